import { h } from './dom.js';
import { sayOf } from './app-codes.js';
import { button } from './controls.js';

/** @typedef {import('./strings.js').Key} Key */

/**
 * @typedef {object} Situation
 * @property {import('./ways.js').Mode[]} ways what the person can be asked for
 * @property {import('./app-codes.js').AppCodes} codes what the person's devices show
 * @property {boolean} passOnly no recovery code is left
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
export function adviceFor(t, { ways, codes, passOnly, codeOnly, demanded, resync, pass }) {
  const text = (/** @type {string} */ said) => h('p', { class: 'muted' }, said);
  /** @param {string} title @param {...import('./dom.js').Child} advice */
  const item = (title, ...advice) => h('li', null, h('h3', null, title), ...advice);
  const missing = sayOf(t, codes, 'help.lost.title');
  const lost = codeOnly ? 'help.lost.anew' : demanded ? 'help.lost.passkey' : 'help.lost';
  const ask = demanded ? 'help.none.passkey' : 'help.none';
  const last = [h('slot', { name: 'help' }, text(t(ask))), !codeOnly && button('link', t('pass.have'), pass)];
  return [
    ways.includes('passkey') && item(t('help.passkey.title'), text(t('help.passkey'))),
    ways.includes('code') && item(t('help.wrong.title'), text(sayOf(t, codes, 'help.wrong')), button('link', t('resync.offer'), resync)),
    ...(passOnly ? [item(missing, ...last)] : [item(missing, text(t(lost))), item(t('help.none.title'), ...last)]),
  ].filter((advice) => advice instanceof HTMLElement);
}
