// Elements without HTML in strings, which the policy of the page forbids.

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean>} [attributes] true: without a value; false: left out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** Where the site's files are: the folder of its scripts. @param {string} name */
export const file = (name) => new URL(name, import.meta.url).href;

const heard = make('p', { class: 'unseen', role: 'status' });
document.body.append(heard);

/** Says something to those who hear the page. @param {string} text */
export function say(text) {
  heard.textContent = '';
  setTimeout(() => { heard.textContent = text; }, 50); // the same text again is heard again
}
