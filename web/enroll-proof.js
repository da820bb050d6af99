import { codesOf } from './app-codes.js';
import { lostDevice } from './lost-device.js';
import { stepUpPanel } from './step-up.js';
import { methodsOf } from './ways.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {import('./element.js').CountersignElement} Screen */

/** Is told the token, and the device to replace where that is for the proof to say. @typedef {(token: string, replaced?: Partial<Factor>) => Promise<void>} Proven */

/**
 * Asks for the proof that replaces a device: of a device, or a recovery code.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields @param {Factor[]} factors the active ones, one at least
 */
export function replacePanel(screen, proven, fields, factors) {
  const { t } = screen;
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), submit: t('continue'), fields, methods: methodsOf(factors), codes: codesOf(factors),
    lead: (mode) => t(mode === 'passkey' ? 'enroll.stepup.replace.passkey' : 'enroll.stepup.replace'),
    act: (token) => proven(token),
  });
}

/**
 * Asks for the proof that adds a device. With a recovery code the new one replaces the one that was lost.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields @param {Factor[]} factors the active ones, one at least
 */
export function addPanel(screen, proven, fields, factors) {
  const { t } = screen;
  const lost = lostDevice(t, factors);
  const leads = /** @type {const} */ ({ passkey: 'enroll.stepup.passkey', code: 'enroll.stepup', recovery: 'lost.lead' });
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), submit: t('continue'), fields: [lost.element, ...fields],
    methods: methodsOf(factors), codes: codesOf(factors), recovery: t('lost.offer'), lead: (mode) => t(leads[mode]),
    onmode: (mode) => { lost.element.hidden = mode !== 'recovery'; },
    act: (token, mode) => proven(token, mode === 'recovery' ? lost.factor : {}),
  });
}
