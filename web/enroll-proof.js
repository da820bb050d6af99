import { codesOf } from './app-codes.js';
import { lostDevice } from './lost-device.js';
import { stepUpPanel } from './step-up.js';
import { methodsOf } from './ways.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {import('./element.js').CountersignElement} Screen */

/** What is left of recovery codes and one-time passes.
 * @typedef {{ recovery: boolean, passOnly: boolean, methods: import('./ways.js').Method[] | null }} Open */

const leads = /** @type {const} */ ({ passkey: 'enroll.stepup.passkey', code: 'enroll.stepup', recovery: 'lost.lead' });

/** What else than a device replaces one, as the texts name it. @param {Open} open */
const besides = ({ passOnly, methods }) => (passOnly ? '.pass' : methods?.includes('access_pass') ? '.both' : '');

/** Is told the token, and the device to replace where that is for the proof to say. @typedef {(token: string, replaced?: Partial<Factor>) => Promise<void>} Proven */

/**
 * Asks for the proof that replaces a device: of a device, or a recovery code.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields @param {Factor[]} factors the active ones, one at least
 * @param {Open} open
 */
export function replacePanel(screen, proven, fields, factors, open) {
  const { t } = screen;
  const { recovery, passOnly } = open, what = besides(open);
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), submit: t('continue'), fields, methods: methodsOf(factors), codes: codesOf(factors),
    byCodeOnly: !recovery, passOnly, recovery: t(what === '.both' ? 'stepup.both.offer' : 'stepup.recovery.offer'),
    lead: (mode) => t(recovery ? `enroll.stepup.replace${mode === 'passkey' ? '.passkey' : ''}${what}` : leads[mode]),
    act: (token) => proven(token),
  });
}

/**
 * Asks for the proof that adds a device. With a recovery code the new one replaces the one that was lost.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields @param {Factor[]} factors the active ones, one at least
 * @param {Open} open
 */
export function addPanel(screen, proven, fields, factors, open) {
  const { t } = screen;
  const { recovery, passOnly } = open, what = besides(open);
  const lost = lostDevice(t, factors);
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), submit: t('continue'), fields: [lost.element, ...fields],
    methods: methodsOf(factors), codes: codesOf(factors), recovery: t(what === '.both' ? 'lost.offer.both' : 'lost.offer'), pass: t('lost.offer.pass'), byCodeOnly: !recovery, passOnly,
    lead: (mode) => t(mode === 'recovery' ? `lost.lead${what}` : leads[mode]),
    onmode: (mode) => { lost.element.hidden = mode !== 'recovery'; },
    act: (token, mode) => proven(token, mode === 'recovery' ? lost.factor : {}),
  });
}
