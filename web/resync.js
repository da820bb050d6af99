import { h } from './dom.js';
import { actions, button, field, heading } from './controls.js';
import { PairForm } from './pair-form.js';

/** @typedef {import('./client.js').Schemas} Schemas */

/**
 * Teaches the service how far a device's clock is off: two codes of it in a row.
 *
 * @param {import('./element.js').CountersignElement} screen
 * @param {Schemas['Factor'][]} factors of which one is meant
 * @param {import('./client.js').Purpose} purpose
 * @param {{ onresynced: (answer: Schemas['Resync']) => void, oncancel: () => void }} listeners
 */
export function resyncPanel(screen, factors, purpose, { onresynced, oncancel }) {
  const { t, client } = screen;
  const device = h('select', { part: 'select' }, factors.map((factor) => h('option', { value: factor.factor_id }, factor.name)));
  const form = new PairForm(screen, {
    submit: t('resync.submit'), wrong: t('resync.wrong'),
    prove: async (codes) => onresynced(await client.resync(device.value, { codes, ...purpose })),
  });
  return h('div', { class: 'stack' },
    heading(t('resync.title'), t('resync.lead')),
    factors.length > 1 && field(t('resync.device'), device),
    form.element,
    actions(button('link', t('back'), oncancel)));
}
