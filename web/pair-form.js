import { h } from './dom.js';
import { labelOf, sayOf, STANDARD } from './app-codes.js';
import { AttemptForm, openLanes } from './attempt-form.js';
import { CodeField } from './code-field.js';
import { button, notice } from './controls.js';
import { Problem } from './problem.js';

const TOO_LATE = 2.5; // periods; codes that far apart cannot follow each other, slow typing included

/** Asks for two codes in a row, one after the other: the second does not exist yet while the first is typed. */
export class PairForm extends AttemptForm {
  /**
   * @param {import('./element.js').CountersignElement} screen
   * @param {{ submit: string, wrong: () => string, codes?: number, after?: string, prove: (codes: string[]) => Promise<void> }} options
   *   wrong is said of codes that were not accepted; after names what is to be done before the first of them
   */
  constructor(screen, options) {
    super(screen, options);
    this.options = options;
    this.codes = options.codes ?? 2;
    this.shown = STANDARD;
    this.first = '';
    this.typed = 0;
    this.begin();
  }

  /** @override */
  get field() { return this.input ?? null; }

  /** @override */
  get ready() { return this.codes === 1 || this.first !== ''; }

  /** Begins with a device that shows such codes. @param {import('./app-codes.js').AppCodes} shown */
  of(shown) {
    this.shown = shown;
    this.begin();
  }

  /** Asks for the first code. */
  begin() {
    this.first = '';
    this.tell();
    this.#ask(this.t(this.codes === 1 ? labelOf(this.shown) : 'pair.first'), [sayOf(this.t, this.shown, 'pair.first.hint')]);
  }

  /** @param {string} label @param {(string | Node)[]} hint @param {...Node} above */
  #ask(label, hint, ...above) {
    this.input = new CodeField({ label, hint, lengths: this.shown.lengths, oncomplete: () => this.submit() });
    const { input } = this.input;
    const before = this.first ? '' : this.options.after ?? '';
    input.setAttribute('aria-describedby', `${before} ${input.getAttribute('aria-describedby')} ${this.message.id}`.trim());
    this.fields.replaceChildren(...above, this.input.element);
    this.button.hidden = !this.ready;
  }

  /** @override */
  submit() {
    if (this.busy || this.held || !this.input) return;
    const code = this.input.value;
    if (!this.input.complete) return this.#mistake(this.t('code.missing', { count: this.input.missing }));
    if (this.codes === 1) return this.#prove([code]);
    if (!this.first) return this.#keep(code);
    if (code === this.first) return this.#mistake(sayOf(this.t, this.shown, 'pair.same'), true);
    if (Date.now() - this.typed > TOO_LATE * this.#period * 1000) return this.#keep(code, this.t('pair.late'));
    return this.#prove([this.first, code]);
  }

  get #period() { return this.shown.period ?? 30; }

  /** @param {string} text @param {boolean} [clear] */
  #mistake(text, clear = false) {
    if (clear) this.input?.clear();
    this.input?.mark(true);
    this.tell(notice('error', h('p', null, text)));
    if (clear) this.message.querySelector('.notice > div')?.append(this.nextCode(this.#period));
    this.input?.focus();
  }

  /** Keeps the first code in sight, and asks for the one after it. @param {string} code @param {string} [why] */
  #keep(code, why) {
    this.first = code;
    this.typed = Date.now();
    const shown = h('span', { class: 'digits mono' }, `${code.slice(0, code.length / 2)} ${code.slice(code.length / 2)}`);
    const change = button('link', this.t('pair.change'), () => { this.begin(); this.input?.focus(); });
    change.setAttribute('aria-label', this.t('pair.change.label'));
    this.tell(...(why ? [notice('info', h('p', null, why))] : []));
    this.#ask(this.t('pair.second'), [`${sayOf(this.t, this.shown, 'pair.second.hint')} `, this.nextCode(this.#period)],
      h('p', { class: 'kept' }, h('span', { class: 'muted' }, this.t('pair.first')), shown, change));
    this.input?.focus();
  }

  /** @param {string[]} codes */
  #prove(codes) { this.attempt(() => this.options.prove(codes)); }

  /** @override @param {unknown} error */
  refused(error) {
    if (!(error instanceof Problem)) return super.refused(error);
    if (error.code === 'code_invalid' || error.code === 'too_many_attempts') this.begin();
    if (error.code === 'locked') return this.#closed();
    if (error.code === 'too_many_attempts' || (error.code === 'code_invalid' && error.retryAfter > 0)) return this.#mustWait(error.retryAfter);
    if (error.code !== 'code_invalid') return super.refused(error);
    this.tell(notice('error', h('p', null, this.options.wrong())));
    this.input?.mark(true);
    this.input?.focus();
    this.#lookAhead();
  }

  /** @param {number} seconds */
  #mustWait(seconds) {
    this.wait(seconds);
    this.input?.focus();
  }

  /** The failure that closes codes for good says no more than the others. */
  async #lookAhead() {
    const { signal } = this.screen;
    const open = await openLanes(this.screen);
    if (!signal.aborted && !open.code) this.#closed();
  }

  #closed() {
    this.fields.replaceChildren();
    this.row.hidden = true;
    this.tell(notice('error', h('p', null, this.t('locked.pair'))));
  }
}
