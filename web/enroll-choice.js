import { h } from './dom.js';
import { button, heading } from './controls.js';
import { passkeysSupported } from './passkey.js';

/** @typedef {import('./element.js').CountersignElement} Screen */
/** @typedef {import('./client.js').Schemas['FactorType']} Type */

const PICTURES = /** @type {const} */ ({ passkey: 'key', totp: 'phone' });

/**
 * The kinds of factor that can be set up here: passkeys where this browser and the service know them, and first.
 *
 * @param {Screen} screen @returns {Promise<Type[]>}
 */
export async function kindsOffered({ client }) {
  if (!passkeysSupported()) return ['totp'];
  const { enrollable_types: types } = await client.factors();
  return types?.includes('passkey') ? ['passkey', 'totp'] : ['totp']; // an older replica does not say
}

/**
 * Asks which kind it is to be, and says which one to take.
 *
 * @param {Screen} screen @param {Type[]} kinds @param {(kind: Type) => unknown} chosen
 */
export function kindChoice({ t }, kinds, chosen) {
  const option = (/** @type {Type} */ kind) => {
    const choice = button('plain', '', () => chosen(kind), PICTURES[kind]);
    choice.classList.add('option');
    choice.querySelector('span')?.replaceChildren(h('strong', null, t(`enroll.${kind}`)), h('span', { class: 'hint' }, t(`enroll.${kind}.is`)));
    return h('li', null, choice);
  };
  return [heading(t('enroll.title'), t('enroll.which')), h('ul', { class: 'options' }, kinds.map(option))];
}
