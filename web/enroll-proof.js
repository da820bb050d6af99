import { h } from './dom.js';
import { lostDevice } from './lost-device.js';
import { stepUpPanel } from './step-up.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {import('./element.js').CountersignElement} Screen */

/** Is told the token, and the device to replace where that is for the proof to say. @typedef {(token: string, replaced?: Partial<Factor>) => Promise<void>} Proven */

/**
 * Asks for the proof that replaces a device: a code, or a recovery code.
 *
 * @param {Screen} screen @param {Proven} proven @param {HTMLElement[]} fields
 */
export function replacePanel(screen, proven, fields) {
  const { t } = screen;
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), lead: t('enroll.stepup.replace'), submit: t('continue'), fields,
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
  const lead = h('span', { role: 'status' }, t('enroll.stepup')); // heard when it changes
  const lost = lostDevice(t, factors);
  lost.element.hidden = true;
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('stepup.title'), lead, submit: t('continue'), fields: [lost.element, ...fields],
    recovery: t('lost.offer'),
    onmode: (mode) => {
      lost.element.hidden = mode === 'code';
      lead.textContent = t(mode === 'code' ? 'enroll.stepup' : 'lost.lead');
    },
    act: (token, mode) => proven(token, mode === 'recovery' ? lost.factor : {}),
  });
}
