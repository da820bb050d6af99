// The keys that calls are sent with. They are in variables of this page alone: they are gone when the page is left.
import { make } from './dom.js';

/** What the reader gave: an operator key is no tenant's, and not sent where a service key or a ticket is asked for. */
const given = { tenant: '', operator: '' };

/** @param {string} credential what an operation takes, as its contract says @returns {keyof typeof given} */
const kindOf = (credential) => (credential === 'Operator key' ? 'operator' : 'tenant');

/** @param {string} credential */
export const keyFor = (credential) => (credential ? given[kindOf(credential)] : '');

/** The tenant of a service key, which stands in it; a ticket names its tenant too, and is not read here. @param {string} key */
export const tenantOf = (key) => /^csk_([a-z0-9-]+)_./.exec(key)?.[1];

/** What a key is, without what makes it one. @param {string} key */
function described(key) {
  const tenant = tenantOf(key);
  if (tenant) return `Sent with csk_${tenant}_…, a service key of ${tenant}.`;
  if (key.startsWith('cso_')) return 'Sent with cso_…, an operator key.';
  if (key.startsWith('eyJ')) return 'Sent with a ticket, eyJ….';
  return 'This begins neither as a key (csk_…, cso_…) nor as a ticket (eyJ…).';
}

/** What to do where there is none. @param {string} credential */
const wanted = (credential) => (kindOf(credential) === 'operator'
  ? ['Make one with ', make('code', {}, 'countersign operatorkey create'), '. Call a replica itself: proxies do not pass these.']
  : ['With ', make('code', {}, 'make run'), ' it is in ', make('code', {}, 'data/demo.key'), '.']);

/**
 * A field for the key: all of one kind show the same one.
 *
 * @param {string} id @param {string} credential
 */
export function keyField(id, credential) {
  const kind = kindOf(credential);
  const input = make('input', { id, type: 'password', autocomplete: 'off', spellcheck: 'false', class: 'key', 'aria-describedby': `${id}-is` });
  const is = make('p', { class: 'hint', id: `${id}-is` });
  const show = () => {
    const key = given[kind];
    if (input.value.trim() !== key) input.value = key;
    if (key) input.removeAttribute('aria-invalid');
    is.replaceChildren(...(key ? [described(key)] : wanted(credential)));
  };
  input.addEventListener('input', (event) => {
    event.stopPropagation(); // it is no part of the call that the form shows
    given[kind] = input.value.trim();
    document.dispatchEvent(new Event('key-given'));
  });
  document.addEventListener('key-given', show);
  show();
  return { row: make('div', { class: 'row' }, make('label', { for: id }, credential), input, is), input };
}
