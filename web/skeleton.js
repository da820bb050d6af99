import { h } from './dom.js';

/** What will stand somewhere, as far as its height goes. @typedef {'title' | 'line' | 'field' | 'button' | 'option' | 'row' | 'picture'} Placeholder */

/**
 * The place of a screen whose answers are under way: about as high, so that nothing of the page jumps when they come. It shows
 * a moment later, and not at all to whom the service answers at once.
 *
 * @param {import('./strings.js').Translate} t @param {Placeholder[]} places
 */
export const skeleton = (t, places) => h('div', { class: 'stack skeleton', role: 'status' },
  h('span', { class: 'hidden' }, t('loading')), places.map((place) => h('div', { class: `placeholder ${place}`, 'aria-hidden': 'true' })));
