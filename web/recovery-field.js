import { h, newId } from './dom.js';

// A recovery code and a one-time pass are told apart by their length.
const CODE = 16;
const PASS = 20;

/** The symbols of a recovery code, whatever stands between them. @param {string} text */
const symbolsOf = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, '');

/** @param {string} symbols */
const grouped = (symbols) => symbols.match(/.{1,4}/g)?.join('-') ?? '';

/** The input for a recovery code or a one-time pass, which sorts out case, spaces and hyphens itself. */
export class RecoveryField {
  /** @param {{ label: string, hint: string, passes: boolean }} options whether a pass will do as well */
  constructor({ label, hint, passes }) {
    this.lengths = passes ? [CODE, PASS] : [CODE];
    const id = newId();
    this.input = h('input', {
      id, part: 'recovery-code', class: 'recovery', type: 'text', autocomplete: 'off', autocapitalize: 'characters', autocorrect: 'off',
      spellcheck: 'false', enterkeyhint: 'done', required: true, 'aria-describedby': `${id}-hint`,
    });
    this.element = h('div', { class: 'field' },
      h('label', { for: id, part: 'label' }, label), this.input, h('p', { class: 'hint', id: `${id}-hint` }, hint));
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
    return t(this.lengths.includes(PASS) ? 'recovery.length' : 'recovery.length.only', { count: symbols.length });
  }

  /** Groups are written only at the end, so that nothing moves under somebody who corrects the middle. */
  #write() {
    this.mark(false);
    const { input } = this;
    if (input.selectionStart === input.value.length) input.value = grouped(symbolsOf(input.value).slice(0, this.lengths.at(-1)));
  }
}
