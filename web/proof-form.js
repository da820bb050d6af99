import { h } from './dom.js';
import { AttemptForm, Lane, openLanes } from './attempt-form.js';
import { CodeField } from './code-field.js';
import { button, notice } from './controls.js';
import { Problem } from './problem.js';
import { RecoveryField } from './recovery-field.js';

/** @typedef {'code' | 'recovery'} Mode */
/** @typedef {{ code: string } | { recovery_code: string }} Proof */

/**
 * @typedef {object} Options
 * @property {string} submit what the button says
 * @property {'primary' | 'danger'} [kind] of the button
 * @property {(proof: Proof) => Promise<void>} prove
 * @property {string} [recovery] what leads to recovery codes; left out where none will do
 * @property {(mode: Mode) => void} [onmode]
 * @property {() => void} [onresync] where a clock can be corrected
 * @property {() => { text: string, input: HTMLElement } | null} [check] what is wrong with the other fields of the form
 */

const HINT_AFTER = 3; // failures in a row, until the clock is suspected

/** Asks for a code of the app, or for a recovery code instead. */
export class ProofForm extends AttemptForm {
  /** @param {import('./element.js').CountersignElement} screen @param {Options} options */
  constructor(screen, options) {
    super(screen, options);
    this.options = options;
    /** @type {Mode} */ this.mode = 'code';
    this.lanes = { code: new Lane(), recovery: new Lane() };
    this.other = h('div', { class: 'links' });
    this.element.append(this.other);
    this.switchMode('code');
  }

  get lane() { return this.lanes[this.mode]; }

  /** @override */
  get field() { return this.input ?? null; }

  /** Asks for the other kind. @param {Mode} mode */
  switchMode(mode) {
    this.mode = mode;
    this.held = false;
    this.element.classList.remove('held');
    this.tell();
    this.input = mode === 'code' ? this.#codeField() : this.#recoveryField();
    this.input.input.setAttribute('aria-describedby', `${this.input.input.getAttribute('aria-describedby')} ${this.message.id}`);
    this.fields.replaceChildren(this.input.element);
    this.button.hidden = false;
    this.#offerOther();
    if (this.lane.wait > 0) this.wait(this.lane.wait, this.lane.why);
  }

  #codeField() {
    return new CodeField({ label: this.t('code.label'), oncomplete: () => this.submit() });
  }

  #recoveryField() {
    return new RecoveryField({ label: this.t('recovery.label'), hint: this.t('recovery.hint') });
  }

  #offerOther() {
    const other = this.mode === 'code' ? 'recovery' : 'code';
    const offered = this.options.recovery && !this.lanes[other].closed;
    const text = other === 'code' ? this.t('recovery.back') : this.options.recovery ?? '';
    this.other.replaceChildren(...(offered ? [button('link', text, () => this.#switch(other))] : []));
  }

  /** @param {Mode} mode */
  #switch(mode) {
    this.options.onmode?.(mode);
    this.switchMode(mode);
    this.input?.focus();
  }

  /** @override */
  submit() {
    if (this.busy || this.held || !this.input) return;
    const mistake = this.#mistake();
    const elsewhere = this.options.check?.();
    if (mistake || elsewhere) {
      this.input.mark(Boolean(mistake));
      this.tell(notice('error', h('p', null, elsewhere?.text ?? mistake)));
      (elsewhere?.input ?? this.input).focus();
      return;
    }
    const proof = this.mode === 'code' ? { code: this.input.value } : { recovery_code: this.input.value };
    this.attempt(() => this.options.prove(proof));
  }

  #mistake() {
    if (this.input instanceof RecoveryField) return this.input.mistake(this.t);
    const missing = 6 - (this.input?.value.length ?? 0);
    return missing > 0 ? this.t('code.missing', { count: missing }) : '';
  }

  /** @override @param {unknown} error */
  refused(error) {
    const code = error instanceof Problem ? error.code : '';
    if (error instanceof Problem && code === 'too_many_attempts') this.#mustWait(error.retryAfter);
    else if (code === 'locked') this.#closed();
    else if (error instanceof Problem && code === 'code_invalid') this.#wrong(error.retryAfter);
    else super.refused(error);
  }

  /** @param {number} wait that this failure brought, if the service says so */
  #wrong(wait) {
    this.lane.failures++;
    this.input?.clear();
    this.input?.mark(true);
    if (wait > 0) return this.#mustWait(wait);
    this.tell(notice('error', ...(this.mode === 'code' ? this.#wrongCode() : [h('p', null, this.t('recovery.wrong'))])));
    if (this.mode === 'code') this.message.querySelector('.notice > div')?.append(this.nextCode());
    this.input?.focus();
    this.lookAhead();
  }

  #wrongCode() {
    if (this.lane.failures < HINT_AFTER) return [h('p', null, this.t('code.wrong'))];
    const { onresync } = this.options;
    return [h('p', null, this.t('code.wrong.again')), onresync ? button('link', this.t('resync.offer'), onresync) : ''];
  }

  /** @param {number} seconds @param {import('./attempt-form.js').Wait} [why] */
  #mustWait(seconds, why = 'wait') {
    Object.assign(this.lane, { until: Date.now() + seconds * 1000, why });
    this.input?.clear();
    this.input?.mark(false);
    this.wait(seconds, why);
  }

  /** The clock of the device is known, and its next code is needed. @param {number} seconds until it is there */
  awaitNext(seconds) {
    this.lanes.code = new Lane();
    this.switchMode('code');
    this.#mustWait(seconds, 'next');
  }

  /** Nobody has to type a code to learn that it is not looked at; the failure that closes a kind for good says no more than others. */
  async lookAhead() {
    const { signal } = this.screen;
    const open = await openLanes(this.screen);
    if (signal.aborted) return;
    if (!open.recovery) this.#close('recovery');
    if (!open.code) this.#close('code');
  }

  /** @param {Mode} mode */
  #close(mode) {
    if (this.lanes[mode].closed) return;
    this.lanes[mode].closed = true;
    if (this.mode === mode) this.#closed();
    else this.#offerOther();
  }

  /** No try is left of this kind: the other kind is, unless it is closed too. */
  #closed() {
    this.lane.closed = true;
    const other = this.mode === 'code' ? 'recovery' : 'code';
    const why = this.t(`locked.${this.mode}`);
    if (this.options.recovery && !this.lanes[other].closed) {
      const focused = this.element.matches(':focus-within');
      this.options.onmode?.(other);
      this.switchMode(other);
      this.message.prepend(notice('info', h('p', null, why)));
      if (focused) this.input?.focus();
      return;
    }
    this.fields.replaceChildren();
    this.row.hidden = true;
    this.#offerOther();
    this.tell(notice('error', h('p', null, this.t(this.options.recovery ? 'locked.both' : 'locked.pair'))));
  }
}
