import { h, newId } from './dom.js';

const ZEROS = [0x30, 0x660, 0x6f0, 0x966, 0xff10]; // of keyboards that write other digits

/**
 * The digits of a text, whatever stands between them: "Your code: 123 456" is 123456.
 *
 * @param {string} text
 * @param {number} [most] how many at most
 */
export function digitsOf(text, most = 6) {
  const digits = Array.from(text, (character) => {
    const zero = ZEROS.find((first) => character.charCodeAt(0) >= first && character.charCodeAt(0) <= first + 9);
    return zero === undefined ? '' : String(character.charCodeAt(0) - zero);
  });
  return digits.join('').slice(0, most);
}

/**
 * One input for the digits of a code, so that a phone's keyboard, a password manager and a paste can fill it; the boxes
 * behind it are a picture.
 */
export class CodeField {
  /**
   * @param {{ label: string, lengths?: number[], hint?: (string | Node)[], oncomplete: (code: string) => void, onshort?: () => void }} options
   *   lengths are how many digits a code can have, the least first; oncomplete is told the last one: of the longest, or of
   *   any that came at once, as from a paste; onshort that it may be all, and that more may follow
   */
  constructor({ label, lengths = [6], hint, oncomplete, onshort = () => {} }) {
    const id = newId();
    this.oncomplete = oncomplete;
    this.onshort = onshort;
    this.filled = 0;
    this.label = h('label', { for: id, part: 'label' }, label);
    this.picture = h('span', { class: 'boxes', 'aria-hidden': 'true' });
    this.hint = h('p', { class: 'hint', id: `${id}-hint` }, hint ?? []);
    this.input = h('input', {
      id, part: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', autocapitalize: 'off',
      autocorrect: 'off', spellcheck: 'false', enterkeyhint: 'done', required: true, 'aria-describedby': `${id}-hint`,
    });
    this.code = h('div', { class: 'code' }, this.picture, this.input);
    this.element = h('div', { class: 'field' }, this.label, h('div', { class: 'frame' }, this.code), this.hint);
    this.input.addEventListener('input', (event) => this.#write(/** @type {InputEvent} */ (event)));
    for (const event of ['focus', 'blur', 'keyup', 'pointerup', 'select']) this.input.addEventListener(event, () => this.#paint());
    this.lengths = lengths;
    this.#draw();
  }

  get #longest() { return this.lengths.at(-1) ?? 6; }

  /** How many digits stand before the gap. */
  get #half() { return this.#longest / 2; }

  get value() { return digitsOf(this.input.value, this.#longest); }

  get complete() { return this.lengths.includes(this.value.length); }

  /** How many digits the next length wants. */
  get missing() { return (this.lengths.find((length) => length >= this.value.length) ?? this.#longest) - this.value.length; }

  /** What a code looks like is known now; what was typed stays, and counts if that is all of it. @param {number[]} lengths @param {string} label */
  expect(lengths, label) {
    this.label.textContent = label;
    if (lengths.join() === this.lengths.join()) return;
    const typed = this.value;
    this.lengths = lengths;
    this.input.value = this.#grouped(this.value);
    this.#draw();
    if (typed.length === this.#longest && !this.input.readOnly) this.oncomplete(typed);
  }

  focus() { this.input.focus(); }

  clear() {
    this.input.value = '';
    this.filled = 0;
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

  /** @param {string} digits */
  #grouped(digits) {
    return digits.length > this.#half ? `${digits.slice(0, this.#half)} ${digits.slice(this.#half)}` : digits;
  }

  /** Groups what was typed, and leaves the caret after the same digit. @param {InputEvent} event */
  #write(event) {
    if (event.isComposing) return;
    const half = this.#half;
    const before = digitsOf(this.input.value.slice(0, this.input.selectionStart ?? this.#longest), this.#longest).length;
    const digits = this.value;
    const came = digits.length - this.filled;
    this.filled = digits.length;
    this.input.value = this.#grouped(digits);
    const past = before > half || (before === half && digits.length > half && !event.inputType?.startsWith('delete'));
    const caret = past ? before + 1 : before;
    if (this.input.matches(':focus')) this.input.setSelectionRange(caret, caret);
    this.mark(false);
    this.#paint();
    if (digits.length === this.#longest || (this.complete && came === digits.length)) this.oncomplete(digits);
    else if (this.complete && came > 0) this.onshort();
  }

  #draw() {
    const longest = this.#longest;
    this.boxes = Array.from({ length: longest }, (_, i) => h('span', { class: i < (this.lengths[0] ?? longest) ? 'box' : 'box optional' }));
    this.picture.replaceChildren(...this.boxes);
    this.code.classList.toggle('long', longest > 6);
    this.#paint();
  }

  #paint() {
    const caret = this.input.selectionStart ?? 0;
    const focused = this.input.matches(':focus') && !this.input.readOnly;
    const at = Math.min(caret > this.#half ? caret - 1 : caret, this.#longest - 1);
    this.boxes?.forEach((box, i) => {
      box.classList.toggle('active', focused && i === at);
      box.classList.toggle('filled', i < this.value.length);
    });
  }
}
