import { h } from './dom.js';
import { field } from './controls.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */

/**
 * Asks which device was lost, where there are several; else says which one it is. A recovery code replaces a device and adds none.
 *
 * @param {import('./strings.js').Translate} t
 * @param {Factor[]} factors the active ones, one at least
 */
export function lostDevice(t, factors) {
  const choice = h('select', { part: 'select' }, factors.map((factor) => h('option', { value: factor.factor_id }, factor.name)));
  const element = factors.length > 1 ? field(t('lost.which'), choice, t('lost.which.hint'))
    : h('p', null, t('lost.one', { name: factors[0].name }));
  return { element, get factor() { return factors[choice.selectedIndex]; } };
}
