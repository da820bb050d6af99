import { codesOf } from './app-codes.js';
import { lostDevice } from './lost-device.js';
import { stepUpPanel } from './step-up.js';
import { methodsOf } from './ways.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {import('./element.js').CountersignElement} Screen */

/** What is left of recovery codes. @typedef {{ recovery: boolean, passOnly: boolean }} Open */

const leads = /** @type {const} */ ({ passkey: 'enroll.stepup.passkey', code: 'enroll.stepup', recovery: 'lost.lead' });

/** Is told the token, and the device to replace where that is for the proof to say. @typedef {(token: string, replaced?: Partial<Factor>) => Promise<void>} Proven */

/**
 * Asks for the proof that replaces a device: of a device, or a recovery code.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields @param {Factor[]} factors the active ones, one at least
 * @param {Open} open
 */
export function replacePanel(screen, proven, fields, factors, { recovery, passOnly }) {
  const { t } = screen;
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), submit: t('continue'), fields, methods: methodsOf(factors), codes: codesOf(factors),
    byCodeOnly: !recovery, passOnly,
    lead: (mode) => t(recovery ? mode === 'passkey' ? 'enroll.stepup.replace.passkey' : 'enroll.stepup.replace' : leads[mode]),
    act: (token) => proven(token),
  });
}

/**
 * Asks for the proof that adds a device. With a recovery code the new one replaces the one that was lost.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields @param {Factor[]} factors the active ones, one at least
 * @param {Open} open
 */
export function addPanel(screen, proven, fields, factors, { recovery, passOnly }) {
  const { t } = screen;
  const lost = lostDevice(t, factors);
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), submit: t('continue'), fields: [lost.element, ...fields],
    methods: methodsOf(factors), codes: codesOf(factors), recovery: t('lost.offer'), pass: t('lost.offer.pass'), byCodeOnly: !recovery, passOnly,
    lead: (mode) => t(mode === 'recovery' && passOnly ? 'lost.lead.pass' : leads[mode]),
    onmode: (mode) => { lost.element.hidden = mode !== 'recovery'; },
    act: (token, mode) => proven(token, mode === 'recovery' ? lost.factor : {}),
  });
}
