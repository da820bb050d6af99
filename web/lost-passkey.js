import { codesOf } from './app-codes.js';
import { h } from './dom.js';
import { actions, button } from './controls.js';
import { enrollScreen } from './inner-screens.js';
import { lostDevice } from './lost-device.js';
import { sharePurpose } from './purpose.js';
import { stepUpPanel } from './step-up.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {import('./enroll.js').Enrolled} Enrolled */
/** @typedef {import('./element.js').CountersignElement} Screen */

/**
 * Asks for the proof that replaces a lost passkey, where nothing but a passkey logs in: a code of a device that is left, a recovery
 * code or a one-time pass.
 *
 * @param {Screen} screen
 * @param {Factor[]} factors the active ones, a passkey at least
 * @param {{ typed?: string, passOnly?: boolean, proven: (token: string, lost: Factor) => Promise<void>, oncancel: () => void }} options
 *   typed is a recovery code or a pass that is there already; passOnly: no recovery code is left
 */
export function lostPasskey(screen, factors, { typed, passOnly, proven, oncancel }) {
  const { t } = screen;
  const lost = lostDevice(t, factors.filter(({ type }) => type === 'passkey'), 'lost.passkey');
  const hasApp = factors.some(({ type }) => type === 'totp');
  return stepUpPanel(screen, {
    action: 'enroll', level: 'h2', title: t('lost.passkey.title'), submit: t('continue'), fields: [lost.element], typed, passOnly,
    methods: hasApp ? ['totp'] : ['recovery_code'], codes: codesOf(factors), oncancel,
    lead: (mode) => t(mode === 'code' ? 'lost.passkey.lead.code' : passOnly ? 'lost.passkey.lead.pass' : 'lost.passkey.lead'),
    act: (token) => proven(token, lost.factor),
  });
}

/**
 * Sets up a passkey in the place of the one that was lost. The screen itself tells its page what came of it: what the one inside
 * tells would be heard twice.
 *
 * @param {Screen} screen @param {string} token @param {Factor} lost
 * @param {{ onreplaced: (enrolled: Enrolled, age: number) => unknown, oncancel: () => void }} listeners age of the token, in ms
 */
export async function newPasskey(screen, token, lost, { onreplaced, oncancel }) {
  const enroll = await enrollScreen(screen);
  sharePurpose(screen, enroll);
  for (const [name, value] of Object.entries({ type: 'passkey', replace: lost.factor_id, name: lost.name, autofocus: '' })) enroll.setAttribute(name, value);
  enroll.stepUpToken = token;
  const back = actions(button('link', screen.t('back'), oncancel));
  let confirmed = 0;
  enroll.addEventListener('confirmed', (event) => {
    event.stopPropagation();
    confirmed = Date.now();
    back.hidden = true;
  });
  enroll.addEventListener('enrolled', (event) => {
    event.stopPropagation();
    onreplaced(/** @type {CustomEvent<Enrolled>} */ (event).detail, Date.now() - confirmed);
  });
  return h('div', { class: 'stack' }, enroll, back);
}
