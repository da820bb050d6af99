import { h, newId } from './dom.js';

// A recovery code and a one-time pass are told apart by their length.
const CODE = 16;
const PASS = 20;

/** The symbols of a recovery code, whatever stands between them. @param {string} text */
const symbolsOf = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, '');

/** @param {string} symbols */
const grouped = (symbols) => symbols.match(/.{1,4}/g)?.join('-') ?? '';

/** @typedef {'codes' | 'passes' | 'both'} Takes what will do */

const KINDS = /** @type {const} */ ({
  codes: { lengths: [CODE], label: 'recovery.label.only', hint: 'recovery.hint.only', length: 'recovery.length.only' },
  passes: { lengths: [PASS], label: 'pass.label', hint: 'pass.hint', length: 'pass.length' },
  both: { lengths: [CODE, PASS], label: 'recovery.label', hint: 'recovery.hint', length: 'recovery.length' },
});

/** The input for a recovery code or a one-time pass, which sorts out case, spaces and hyphens itself. */
export class RecoveryField {
  /**
   * @param {import('./strings.js').Translate} t
   * @param {Takes} takes
   */
  constructor(t, takes) {
    const { label, hint, length, lengths } = KINDS[takes];
    /** @type {readonly number[]} */ this.lengths = lengths;
    this.wrongLength = length;
    const id = newId();
    this.input = h('input', {
      id, part: 'recovery-code', class: 'recovery', type: 'text', autocomplete: 'off', autocapitalize: 'characters', autocorrect: 'off',
      spellcheck: 'false', enterkeyhint: 'done', required: true, 'aria-describedby': `${id}-hint`,
    });
    this.element = h('div', { class: 'field' },
      h('label', { for: id, part: 'label' }, t(label)), this.input, h('p', { class: 'hint', id: `${id}-hint` }, t(hint)));
    this.input.addEventListener('input', () => this.#write());
  }

  get value() { return grouped(symbolsOf(this.input.value)); }

  get isPass() { return symbolsOf(this.input.value).length === PASS; }

  /** What is sent. @returns {{ access_pass: string } | { recovery_code: string }} */
  get proof() { return this.isPass ? { access_pass: this.value } : { recovery_code: this.value }; }

  focus() { this.input.focus(); }

  clear() { this.input.value = ''; }

  /** @param {boolean} wrong */
  mark(wrong) {
    if (wrong) this.input.setAttribute('aria-invalid', 'true');
    else this.input.removeAttribute('aria-invalid');
  }

  /** @param {boolean} fixed */
  fix(fixed) { this.input.readOnly = fixed; }

  /** What is wrong with it before anybody is asked. @param {import('./strings.js').Translate} t @returns {string} */
  mistake(t) {
    const symbols = symbolsOf(this.input.value);
    if (symbols.includes('U')) return t('recovery.noU');
    if (this.lengths.includes(symbols.length)) return '';
    return t(this.wrongLength, { count: symbols.length });
  }

  /** Groups are written only at the end, so that nothing moves under somebody who corrects the middle. */
  #write() {
    this.mark(false);
    const { input } = this;
    if (input.selectionStart === input.value.length) input.value = grouped(symbolsOf(input.value).slice(0, this.lengths.at(-1)));
  }
}
