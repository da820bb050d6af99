import { h, newId } from './dom.js';

const LENGTH = 6;
const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xff10]; // of keyboards that write other digits

/**
 * The digits of a text, whatever stands between them: "Your code: 123 456" is 123456.
 *
 * @param {string} text
 */
export function digitsOf(text) {
  const digits = Array.from(text, (character) => {
    const zero = ZEROS.find((first) => character.charCodeAt(0) >= first && character.charCodeAt(0) <= first + 9);
    return zero === undefined ? '' : String(character.charCodeAt(0) - zero);
  });
  return digits.join('').slice(0, LENGTH);
}

/** @param {string} digits */
const grouped = (digits) => (digits.length > 3 ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits);

/**
 * One input for six digits, so that a phone's keyboard, a password manager and a paste can fill it; the boxes behind
 * it are a picture.
 */
export class CodeField {
  /**
   * @param {{ label: string, hint?: (string | Node)[], oncomplete: (code: string) => void }} options
   *   oncomplete is told the sixth digit
   */
  constructor({ label, hint, oncomplete }) {
    const id = newId();
    this.oncomplete = oncomplete;
    this.boxes = Array.from({ length: LENGTH }, () => h('span', { class: 'box' }));
    this.hint = h('p', { class: 'hint', id: `${id}-hint` }, hint ?? []);
    this.input = h('input', {
      id, part: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', autocapitalize: 'off',
      autocorrect: 'off', spellcheck: 'false', enterkeyhint: 'done', required: true, 'aria-describedby': `${id}-hint`,
    });
    this.element = h('div', { class: 'field' },
      h('label', { for: id, part: 'label' }, label),
      h('div', { class: 'frame' }, h('div', { class: 'code' }, h('span', { class: 'boxes', 'aria-hidden': 'true' }, this.boxes), this.input)),
      this.hint);
    this.input.addEventListener('input', (event) => this.#write(/** @type {InputEvent} */ (event)));
    for (const event of ['focus', 'blur', 'keyup', 'pointerup', 'select']) this.input.addEventListener(event, () => this.#paint());
    this.#paint();
  }

  get value() { return digitsOf(this.input.value); }

  get complete() { return this.value.length === LENGTH; }

  focus() { this.input.focus(); }

  clear() {
    this.input.value = '';
    this.#paint();
  }

  /** @param {boolean} wrong */
  mark(wrong) {
    if (wrong) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
  }

  /** Readers keep their place in a field that is only read-only. @param {boolean} fixed */
  fix(fixed) {
    this.input.readOnly = fixed;
    this.#paint();
  }

  /** Groups what was typed, and leaves the caret after the same digit. @param {InputEvent} event */
  #write(event) {
    if (event.isComposing) return;
    const before = digitsOf(this.input.value.slice(0, this.input.selectionStart ?? LENGTH)).length;
    const digits = this.value;
    this.input.value = grouped(digits);
    const past = before > 3 || (before === 3 && digits.length > 3 && !event.inputType?.startsWith('delete'));
    const caret = past ? before + 1 : before;
    if (this.input.matches(':focus')) this.input.setSelectionRange(caret, caret);
    this.mark(false);
    this.#paint();
    if (digits.length === LENGTH) this.oncomplete(digits);
  }

  #paint() {
    const caret = this.input.selectionStart ?? 0;
    const focused = this.input.matches(':focus') && !this.input.readOnly;
    const at = Math.min(caret > 3 ? caret - 1 : caret, LENGTH - 1);
    this.boxes.forEach((box, i) => {
      box.classList.toggle('active', focused && i === at);
      box.classList.toggle('filled', i < this.value.length);
    });
  }
}
