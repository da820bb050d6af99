import { h } from './dom.js';
import { button } from './controls.js';

/** @typedef {import('./strings.js').Key} Key */

/**
 * @typedef {object} Situation
 * @property {import('./ways.js').Mode[]} ways what the person can be asked for
 * @property {boolean} codeOnly neither recovery code nor pass will do
 * @property {boolean} demanded a passkey alone logs in
 * @property {() => unknown} resync
 * @property {() => unknown} pass what takes a one-time pass
 */

/**
 * What to do when the second step does not work: a list, whose last advice the page may replace.
 *
 * @param {import('./strings.js').Translate} t @param {Situation} situation
 */
export function adviceFor(t, { ways, codeOnly, demanded, resync, pass }) {
  const text = (/** @type {Key} */ key) => h('p', { class: 'muted' }, t(key));
  /** @param {Key} title @param {...import('./dom.js').Child} advice */
  const item = (title, ...advice) => h('li', null, h('h3', null, t(title)), ...advice);
  const lost = codeOnly ? 'help.lost.anew' : demanded ? 'help.lost.passkey' : 'help.lost';
  return [
    ways.includes('passkey') && item('help.passkey.title', text('help.passkey')),
    ways.includes('code') && item('help.wrong.title', text('help.wrong'), button('link', t('resync.offer'), resync)),
    item('help.lost.title', text(lost)),
    item('help.none.title', h('slot', { name: 'help' }, text('help.none')), !codeOnly && button('link', t('pass.have'), pass)),
  ].filter((advice) => advice instanceof HTMLElement);
}
