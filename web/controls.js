import { h, icon, newId } from './dom.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {'primary' | 'plain' | 'danger' | 'link'} Kind */

/**
 * A button. While what it began is under way it is busy, and further clicks do nothing; it keeps the focus.
 *
 * @param {Kind} kind
 * @param {string} text
 * @param {() => unknown} act
 * @param {Parameters<typeof icon>[0]} [picture]
 */
export function button(kind, text, act, picture) {
  const element = h('button', { type: 'button', class: kind, part: `button ${kind}` }, picture && icon(picture), h('span', null, text));
  element.addEventListener('click', async () => {
    if (element.getAttribute('aria-disabled') === 'true') return;
    setBusy(element, true);
    try {
      await act();
    } finally {
      setBusy(element, false);
    }
  });
  return element;
}

/** @param {HTMLElement} element @param {boolean} busy */
export function setBusy(element, busy) {
  element.classList.toggle('busy', busy);
  if (busy) element.setAttribute('aria-disabled', 'true');
  else element.removeAttribute('aria-disabled');
}

/**
 * A message. One that tells of a mistake or a wait interrupts, the others are read when there is a pause.
 *
 * @param {'error' | 'wait' | 'warn' | 'info' | 'done'} kind
 * @param {...(Child | Child[])} content
 */
export function notice(kind, ...content) {
  const pictures = /** @type {const} */ ({ error: 'alert', wait: 'clock', warn: 'alert', info: 'info', done: 'check' });
  const urgent = kind === 'error' || kind === 'wait';
  return h('div', { class: `notice ${kind}`, part: `notice ${kind}`, role: urgent ? 'alert' : 'status' },
    icon(pictures[kind]), h('div', null, ...content));
}

/**
 * A question with its explanation under it.
 *
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input
 * @param {string} [hint]
 */
export function field(label, input, hint) {
  input.id ||= newId();
  if (hint) input.setAttribute('aria-describedby', `${input.id}-hint`);
  return h('div', { class: 'field' },
    h('label', { for: input.id, part: 'label' }, label), input, hint && h('p', { class: 'hint', id: `${input.id}-hint` }, hint));
}

/**
 * Marks a field as wrong until something else is put into it, and has readers say why.
 *
 * @param {HTMLElement} input @param {string} why id of what says it
 * @returns {() => void} takes the mark away
 */
export function markWrong(input, why) {
  const described = input.getAttribute('aria-describedby');
  const unmark = () => {
    input.removeAttribute('aria-invalid');
    if (described) input.setAttribute('aria-describedby', described);
    else input.removeAttribute('aria-describedby');
  };
  input.setAttribute('aria-invalid', 'true');
  input.setAttribute('aria-describedby', `${described ?? ''} ${why}`.trim());
  input.addEventListener('input', unmark, { once: true });
  return unmark;
}

/**
 * Something that is read on demand.
 *
 * @param {Child | Child[]} summary
 * @param {...(Child | Child[])} content
 */
export const more = (summary, ...content) =>
  h('details', { part: 'details' }, h('summary', null, h('span', null, ...[summary].flat())), h('div', { class: 'stack' }, ...content));

/** What a screen or a panel is about. @param {string} title @param {Child} lead */
export const heading = (title, lead) => h('header', null, h('h2', { part: 'heading' }, title), h('p', { class: 'muted' }, lead));

/** Something went well, and that is all there is to say. @param {string} title @param {...Child} lead */
export const success = (title, ...lead) =>
  h('div', { class: 'success' }, icon('shield'), h('h2', { part: 'heading' }, title), h('p', { class: 'muted' }, lead));

/** @param {...(Child | Child[])} content */
export const actions = (...content) => h('div', { class: 'actions' }, ...content);

/**
 * Puts a text on the clipboard and says so in the button, or in the reader's own words where that is not allowed.
 *
 * @param {string} text
 * @param {string} label
 * @param {import('./strings.js').Translate} t
 * @param {() => void} [copied]
 */
export function copyButton(text, label, t, copied = () => {}) {
  const status = h('span', { role: 'status', class: 'hidden' });
  const copy = button('plain', label, async () => {
    const allowed = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    const said = t(allowed ? 'copy.done' : 'copy.refused');
    caption.textContent = status.textContent = said;
    if (allowed) copied();
    setTimeout(() => { caption.textContent = label; status.textContent = ''; }, 3000);
  }, 'copy');
  const caption = /** @type {HTMLElement} */ (copy.querySelector('span'));
  return h('span', { class: 'with-status' }, copy, status);
}
