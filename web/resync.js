import { codesOf, sayOf } from './app-codes.js';
import { h, newId } from './dom.js';
import { actions, button, field, heading } from './controls.js';
import { timer } from './countdown.js';
import { PairForm } from './pair-form.js';

/** @typedef {import('./client.js').Schemas} Schemas */

/** Is told what the service learned, and how many seconds later a code counts, where these two earned no token.
 * @typedef {(answer: Schemas['Resync'], wait: number) => void} Resynced */

const PERIOD = 30; // seconds; RFC 6238, section 4.1

/**
 * Teaches the service how far a device's clock is off: two codes of it in a row.
 *
 * @param {import('./element.js').CountersignElement} screen
 * @param {Schemas['Factor'][]} factors of which one is meant
 * @param {import('./client.js').Purpose} purpose
 * @param {{ onresynced: Resynced, oncancel: () => void }} listeners
 */
export function resyncPanel(screen, factors, purpose, { onresynced, oncancel }) {
  const { t, client } = screen;
  const device = h('select', { part: 'select' }, factors.map((factor) => h('option', { value: factor.factor_id }, factor.name)));
  const form = new PairForm(screen, {
    submit: t('resync.submit'), wrong: () => sayOf(t, codesOf(chosen()), 'resync.wrong'),
    prove: async (codes) => {
      const typed = Date.now();
      const answer = await client.resync(device.value, { codes, ...purpose });
      onresynced(answer, untilNextButOne(typed, chosen()[0]));
    },
  });
  const chosen = () => factors.filter((factor) => factor.factor_id === device.value);
  device.addEventListener('change', () => form.of(codesOf(chosen())));
  form.of(codesOf(chosen()));
  const head = heading(t('resync.title'), t('resync.lead'));
  head.id = newId();
  return h('div', { class: 'stack', role: 'group', 'aria-labelledby': head.id }, // read out as the field in it gets the focus
    head,
    factors.length > 1 && field(t('resync.device'), device),
    form.element,
    actions(button('link', t('back'), oncancel)));
}

/**
 * How long until a device shows the next code but one, the first that counts after two codes that earned no token. Whenever the
 * device changes its codes, it is there two periods after the second was typed. `next_code_at` is up to one period earlier: the
 * time for a device that changes them together with the service, which one whose clock is off does not, nor need this browser.
 *
 * @param {number} typed @param {Schemas['Factor'] | undefined} factor
 */
function untilNextButOne(typed, factor) {
  const period = factor?.totp?.period_seconds ?? PERIOD;
  return Math.ceil((typed - Date.now()) / 1000) + 2 * period;
}

/**
 * Says when the codes of a device count again, and then that they do.
 *
 * @param {import('./element.js').CountersignElement} screen @param {number} wait in seconds
 */
export function untilItCounts({ t, signal }, wait) {
  const clock = timer(Math.max(1, wait), () => { said.textContent = t('resync.done'); });
  const said = h('span', null, `${t('resync.known')} `, clock.element, h('span', { class: 'hidden' }, t('wait.seconds', { count: wait })));
  signal.addEventListener('abort', clock.stop);
  return said;
}
