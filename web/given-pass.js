import { h } from './dom.js';
import { actions, button, copyButton, field } from './controls.js';
import { named } from './devices.js';
import { time, when } from './strings.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {import('./strings.js').Translate} Translate */

const MINUTES = [5, 15, 30, 60];
const USUAL = 15;

/** Asks how long a pass shall be good for. @param {Translate} t */
export function passMinutes(t) {
  const choice = h('select', { part: 'select' }, MINUTES.map((minutes) =>
    h('option', { value: String(minutes), selected: minutes === USUAL }, t('pass.minutes', { count: minutes }))));
  return { element: field(t('pass.minutes.label'), choice), get minutes() { return Number(choice.value); } };
}

/**
 * A pass that was just given: it is shown once.
 *
 * @param {Translate} t
 * @param {Schemas['GivenAccessPass']} given
 * @param {string} name whose it is
 * @param {() => unknown} ondone
 */
export function givenPass(t, { access_pass: pass, expires_at: until }, name, ondone) {
  return h('div', { class: 'stack panel' },
    h('h3', { tabindex: -1 }, t('users.pass.shown', { name })),
    h('p', { class: 'muted' }, t('users.pass.shown.lead', { name, time: time(t, until) })),
    h('div', { class: 'frame' }, h('div', { class: 'codes-block' },
      h('p', { class: 'mono pass', part: 'access-pass', translate: 'no' }, pass),
      h('div', { class: 'actions' }, copyButton(pass, t('codes.copy'), t)))),
    actions(button('plain', t('done'), ondone)));
}

/**
 * That there is a pass for oneself, and how to be rid of it; nothing where there is none.
 *
 * @param {Translate} t
 * @param {Schemas['AccessPassStatus'][]} passes
 * @param {() => unknown} end
 */
export function ownPass(t, passes, end) {
  const [pass] = passes;
  if (!pass) return null;
  return h('section', { class: 'stack' }, h('h3', null, t('pass.title')),
    h('ul', { class: 'rows' }, h('li', { part: 'access-pass' }, h('div', { class: 'stack tight' },
      h('p', null, t('pass.live', { when: when(t, pass.expires_at) })),
      h('p', { class: 'hint' }, t('pass.live.lead')),
      h('div', { class: 'actions' }, named(t('pass.end'), t('pass.title'), end))))));
}
