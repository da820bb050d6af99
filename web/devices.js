import { h, icon } from './dom.js';
import { button } from './controls.js';
import { day, line, when } from './strings.js';

/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {'devices.rename' | 'devices.replace' | 'devices.resync' | 'devices.remove'} Care */

/**
 * The devices of a person, with what can be done to each.
 *
 * @param {import('./strings.js').Translate} t
 * @param {Factor[]} factors
 * @param {(care: Care, factor: Factor, row: HTMLElement) => unknown} act
 */
export function deviceList(t, factors, act) {
  return h('ul', { class: 'rows' }, factors.map((factor) => {
    const row = h('li', { part: 'device', 'data-factor': factor.factor_id }, icon(factor.type === 'passkey' ? 'key' : 'phone'));
    const kind = line([t(`method.${factor.type}`), factor.passkey?.backed_up && t('devices.backed_up')]);
    row.append(h('div', { class: 'stack tight' },
      h('strong', null, factor.name),
      h('p', { class: 'hint' }, kind),
      h('p', { class: 'hint' }, t('devices.since', { day: day(t, factor.created_at) })),
      h('p', { class: 'hint' }, factor.last_used_at ? t('devices.used', { when: when(t, factor.last_used_at) }) : t('devices.unused')),
      h('div', { class: 'actions' }, cares(factor, factors.length > 1).map((care) => named(t(care), factor.name, () => act(care, factor, row))))));
    return row;
  }));
}

/** What can be done to a device; the last one goes only with all the rest. @param {Factor} factor @param {boolean} others */
function cares(factor, others) {
  /** @type {Care[]} */
  const found = ['devices.rename', 'devices.replace'];
  if (factor.type === 'totp') found.push('devices.resync');
  if (others) found.push('devices.remove');
  return found;
}

/**
 * A small button of a row. Heard alone, it says which row it is of.
 *
 * @param {string} text @param {string} of @param {() => unknown} act
 */
export function named(text, of, act) {
  const small = button('link', text, act);
  small.setAttribute('aria-label', `${text}: ${of}`);
  return small;
}
