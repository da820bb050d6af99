import { h } from './dom.js';
import { field } from './controls.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */

/**
 * Asks which device was lost, where there are several; else says which one it is. A recovery code replaces a device and adds none.
 *
 * @param {import('./strings.js').Translate} t
 * @param {Factor[]} factors the active ones, one at least
 * @param {'lost' | 'lost.passkey'} [what] they are called
 */
export function lostDevice(t, factors, what = 'lost') {
  const choice = h('select', { part: 'select' }, factors.map((factor) => h('option', { value: factor.factor_id }, factor.name)));
  const element = factors.length > 1 ? field(t(`${what}.which`), choice, t(`${what}.which.hint`))
    : h('p', null, t('lost.one', { name: factors[0].name }));
  return { element, get factor() { return factors[choice.selectedIndex]; } };
}
