import { h, icon } from './dom.js';
import { askCodes, labelOf, sayOf, UNKNOWN } from './app-codes.js';
import { AttemptForm, Lane, openLanes } from './attempt-form.js';
import { CodeField } from './code-field.js';
import { button, markWrong, notice } from './controls.js';
import { PasskeyPrompt } from './passkey-prompt.js';
import { Problem } from './problem.js';
import { passkeysSupported } from './passkey.js';
import { RecoveryField } from './recovery-field.js';
import { waysOf } from './ways.js';

/** @typedef {import('./ways.js').Mode} Mode */
/** @typedef {import('./ways.js').Method} Method */
/** @typedef {Pick<import('./client.js').VerifyRequest, 'code' | 'recovery_code' | 'access_pass' | 'passkey'>} Proof */

/**
 * @typedef {object} Options
 * @property {string} submit what the button says
 * @property {string} [passkey] what it says instead where it opens the browser's dialogue
 * @property {'primary' | 'danger'} [kind] of the button
 * @property {import('./client.js').Purpose} purpose what the proof is for
 * @property {Method[] | null} methods what the person has, the one used last first; null where that is not known yet
 * @property {import('./app-codes.js').AppCodes | null} [codes] what the person's devices show; null: the form is told later; left out: it asks
 * @property {(proof: () => Promise<Proof>) => Promise<void>} prove what asks for the proof when it needs one
 * @property {string} [recovery] what leads to recovery codes; left out where none will do
 * @property {boolean} [passes] whether a one-time pass will do wherever a recovery code does
 * @property {boolean} [passOnly] whether no recovery code is left, so that only a one-time pass will do
 * @property {string} [pass] what leads to the pass then
 * @property {string} [typed] a recovery code or a one-time pass that was typed already
 * @property {boolean} [own] whether the proof is about somebody else, so that it says whose code is asked for
 * @property {boolean} [demanded] whether a passkey alone will do
 * @property {{ offer: string, open: (typed?: string) => void }} [lost] what leads on who has lost the passkey that alone will do
 * @property {(mode: Mode) => void} [onmode]
 * @property {() => void} [onlearn] when it is known what the person's devices show
 * @property {() => void} [onresync] where a clock can be corrected
 * @property {() => { text: string, input: HTMLElement } | null} [check] what is wrong with the other fields of the form
 */

const HINT_AFTER = 3; // failures in a row, until the clock is suspected

/** What the service answers where no passkey can be used. */
const NO_PASSKEY = ['passkey_unavailable', 'passkeys_not_configured', 'not_enrolled'];

/** Asks for a passkey, for a code of the app, or for a recovery code or a one-time pass: first for what was used last. */
export class ProofForm extends AttemptForm {
  /** @param {import('./element.js').CountersignElement} screen @param {Options} options */
  constructor(screen, options) {
    super(screen, options);
    this.options = options;
    this.lanes = { passkey: new Lane(), code: new Lane(), recovery: new Lane() };
    this.prompt = new PasskeyPrompt(() => screen.client.verifyOptions(options.purpose));
    this.unmark = () => {};
    this.demanded = Boolean(options.lost && options.demanded);
    this.passOnly = Boolean(options.passOnly);
    this.ways = this.#waysOf(options.methods);
    this.mode = options.typed ? 'recovery' : this.ways[0] ?? 'passkey';
    this.codes = options.codes ?? UNKNOWN;
    this.other = h('div', { class: 'links' });
    this.element.append(this.other);
    screen.signal.addEventListener('abort', () => this.prompt.close());
    if (this.ways.length === 0) this.#end(this.t('passkey.unsupported'));
    else this.switchMode(this.mode);
    if (options.typed && this.input) this.input.input.value = options.typed;
    if (options.codes === undefined) this.#askCodes(() => {});
    if (this.#unsupported) this.message.prepend(notice('info', h('p', null, this.t('passkey.unsupported.recovery'))));
  }

  /** Whether the person has passkeys alone, and this browser can use none. */
  get #unsupported() {
    const { methods } = this.options;
    return this.mode === 'recovery' && Boolean(methods?.includes('passkey')) && !methods?.includes('totp');
  }

  /** @param {Method[] | null} methods */
  #waysOf(methods) { return waysOf(methods, Boolean(this.options.recovery) && !this.demanded); }

  get lane() { return this.lanes[this.mode]; }

  /** @override */
  get field() { return this.input ?? { focus: () => this.button.focus(), fix: () => {} }; }

  /** The kinds of proof that are left beside the one that is asked for. */
  get #others() { return this.ways.filter((way) => way !== this.mode && !this.lanes[way].closed); }

  /** Asks for another kind. @param {Mode} mode */
  switchMode(mode) {
    this.prompt.close();
    this.mode = mode;
    this.held = false;
    this.element.classList.remove('held');
    this.tell();
    this.input = mode === 'passkey' ? undefined : mode === 'code' ? this.#codeField() : this.#recoveryField();
    this.fields.replaceChildren(...(this.input ? [this.input.element] : []));
    this.#describe(this.input?.input ?? this.button);
    this.#nameButton();
    this.button.hidden = false;
    this.#offerOthers();
    if (mode === 'passkey') this.#prepare();
    if (this.lane.wait > 0) this.wait(this.lane.wait, this.lane.why);
  }

  /** Has readers say the message with what has the focus. @param {HTMLElement} described */
  #describe(described) {
    this.button.removeAttribute('aria-describedby');
    described.setAttribute('aria-describedby', `${described.getAttribute('aria-describedby') ?? ''} ${this.message.id}`.trim());
  }

  /** What the button says from now on. @param {string} submit */
  rename(submit) {
    this.options.submit = submit;
    this.#nameButton();
  }

  #nameButton() {
    const { submit, passkey = submit } = this.options;
    const asks = this.mode === 'passkey';
    this.button.replaceChildren(...(asks ? [icon('key')] : []), h('span', null, asks ? passkey : submit));
  }

  #codeField() {
    const { lengths } = this.codes;
    return new CodeField({ label: this.t(labelOf(this.codes, this.options.own)), lengths, oncomplete: () => this.submit(), onshort: () => this.#mayBeAll() });
  }

  /** Whether six digits are all is for the devices to say: where that is not known, it is asked, once more perhaps. */
  #mayBeAll() {
    if (this.codes !== UNKNOWN) return;
    this.#askCodes((error) => {
      this.screen.report(error);
      this.refused(error);
    });
  }

  /** @param {(error: unknown) => void} unanswered */
  async #askCodes(unanswered) {
    const { signal } = this.screen;
    try {
      const codes = await askCodes(this.screen.client);
      if (!signal.aborted) this.learnCodes(codes);
    } catch (error) {
      if (!signal.aborted && this.codes === UNKNOWN) unanswered(error);
    }
  }

  /** The field takes what the devices show. @param {import('./app-codes.js').AppCodes} codes */
  learnCodes(codes) {
    this.codes = codes;
    if (this.input instanceof CodeField) this.input.expect(codes.lengths, this.t(labelOf(codes, this.options.own)));
    this.#offerOthers();
    this.options.onlearn?.();
  }

  #recoveryField() {
    const { passes = true } = this.options;
    return new RecoveryField(this.t, !passes ? 'codes' : this.passOnly ? 'passes' : 'both');
  }

  #offerOthers() {
    const { lost, recovery = '', pass } = this.options;
    const texts = { passkey: this.t('passkey.offer'), code: sayOf(this.t, this.codes, 'recovery.back'), recovery: (this.passOnly && pass) || recovery };
    this.other.replaceChildren(...this.#others.map((way) => button('link', texts[way], () => this.#switch(way))),
      ...(lost && this.demanded && passkeysSupported() ? [button('link', lost.offer, () => lost.open())] : []));
  }

  /** @param {Mode} mode */
  #switch(mode) {
    this.options.onmode?.(mode);
    this.switchMode(mode);
    this.field.focus();
  }

  /** Has the options at hand when the button is pressed; whatever is wrong with them is said then, unless no press can help. */
  #prepare() {
    const { signal } = this.screen;
    this.prompt.prepare().catch((error) => {
      if (signal.aborted || this.busy || this.mode !== 'passkey' || !(error instanceof Problem) || !NO_PASSKEY.includes(error.code)) return;
      this.screen.report(error);
      this.#close('passkey');
    });
  }

  /** @override */
  submit() {
    if (this.busy || this.held) return;
    this.unmark();
    const mistake = this.#mistake();
    const elsewhere = this.options.check?.();
    if (mistake || elsewhere) {
      this.input?.mark(Boolean(mistake));
      if (elsewhere) this.unmark = markWrong(elsewhere.input, this.message.id);
      this.tell(notice('error', h('p', null, elsewhere?.text ?? mistake)));
      (elsewhere?.input ?? this.field).focus();
      return;
    }
    if (this.mode === 'passkey') this.tell(); // the dialogue is before it
    this.attempt(() => this.options.prove(() => this.#proof()));
  }

  /** @returns {Promise<Proof>} */
  async #proof() {
    if (this.mode === 'passkey') return { passkey: await this.prompt.use(this.screen.signal) };
    return this.input instanceof RecoveryField ? this.input.proof : { code: this.input?.value };
  }

  #mistake() {
    if (!this.input) return '';
    if (this.input instanceof RecoveryField) return this.input.mistake(this.t);
    return this.input.complete ? '' : this.t('code.missing', { count: this.input.missing });
  }

  /** @override @param {unknown} error */
  refused(error) {
    const code = error instanceof Problem ? error.code : '';
    if (code.startsWith('passkey_') && this.mode !== 'passkey') return; // another way was taken meanwhile
    if (error instanceof Problem && code === 'too_many_attempts') this.#mustWait(error.retryAfter);
    else if (code === 'locked') this.#closed();
    else if (error instanceof Problem && code === 'code_invalid') this.#wrong(error.retryAfter);
    else if (code === 'passkey_dismissed' || code === 'passkey_invalid') this.#again(code);
    else if (this.mode === 'passkey' && NO_PASSKEY.includes(code)) this.#closed();
    else if (this.options.lost && code === 'factor_not_accepted') this.#demand(error);
    else super.refused(error);
  }

  /** A passkey is demanded, which the page did not know: what proves nothing here may still replace a lost one. @param {unknown} error */
  #demand(error) {
    if (this.input instanceof RecoveryField) return this.options.lost?.open(this.input.value);
    super.refused(error);
    this.lookAhead();
  }

  /** A passkey cannot be wrong by a typing error: it was not there, or it came too late. @param {'passkey_dismissed' | 'passkey_invalid'} code */
  #again(code) {
    this.tell(notice(code === 'passkey_invalid' ? 'error' : 'info', h('p', null, this.t(`problem.${code}`))));
    if (code === 'passkey_invalid') this.#prepare();
    this.field.focus();
  }

  /** @param {number} wait that this failure brought, if the service says so */
  #wrong(wait) {
    this.lane.failures++;
    const why = this.input instanceof RecoveryField && this.input.isPass ? 'pass.wrong' : 'recovery.wrong';
    this.input?.clear();
    this.input?.mark(true);
    if (wait > 0) return this.#mustWait(wait);
    this.tell(notice('error', ...(this.mode === 'code' ? this.#wrongCode() : [h('p', null, this.t(why))])));
    if (this.mode === 'code') this.message.querySelector('.notice > div')?.append(this.nextCode(this.codes.period));
    this.field.focus();
    this.lookAhead();
  }

  #wrongCode() {
    if (this.lane.failures < HINT_AFTER) return [h('p', null, this.t('code.wrong'))];
    const { onresync } = this.options;
    return [h('p', null, sayOf(this.t, this.codes, 'code.wrong.again')), onresync ? button('link', this.t('resync.offer'), onresync) : ''];
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
    if (!signal.aborted) this.learn(open);
  }

  /** @param {Awaited<ReturnType<typeof openLanes>>} open */
  learn(open) {
    const demanded = Boolean(this.options.lost && open.demanded);
    if (open.passOnly !== this.passOnly) {
      this.passOnly = open.passOnly;
      this.#offerOthers();
    }
    if (open.methods && (!this.options.methods || demanded !== this.demanded)) this.#learnMethods(open.methods, demanded);
    if (!open.recovery) this.#close('recovery');
    if (!open.code) this.#close('code');
  }

  /** What is asked for stays, unless the person does not have it. @param {Method[]} methods @param {boolean} demanded */
  #learnMethods(methods, demanded) {
    const why = this.options.methods && demanded ? this.t('lost.passkey.only') : undefined;
    this.demanded = demanded;
    this.options.methods = methods;
    this.ways = this.#waysOf(methods);
    if (this.ways.includes(this.mode)) this.#offerOthers();
    else this.#leave(this.ways[0], why);
  }

  /** Somebody was given a one-time pass meanwhile, whatever was closed before. */
  openRecovery() {
    this.lanes.recovery = new Lane();
    this.row.hidden = false;
    if (!this.ways.includes('recovery')) this.ways.push('recovery');
    this.#switch('recovery');
  }

  /** @param {Mode} mode */
  #close(mode) {
    if (this.lanes[mode].closed) return;
    this.lanes[mode].closed = true;
    if (this.mode === mode) this.#closed();
    else this.#offerOthers();
  }

  /** No try is left of this kind: another kind is, unless all are closed. */
  #closed() {
    this.lane.closed = true;
    const [other] = this.#others;
    if (other) return this.#leave(other, this.#whyElse(this.mode, other));
    this.#offerOthers();
    if (this.#unsupported && !passkeysSupported()) this.#end(this.t('passkey.unsupported'));
    else if (this.ways.length === 1 && this.mode === 'passkey') this.#end(this.t('problem.passkey_unavailable'));
    else this.#end(this.t(this.options.recovery ? 'locked.both' : 'locked.pair'));
  }

  /** Why another kind is asked for. @param {Mode} closed @param {Mode} other */
  #whyElse(closed, other) {
    if (closed !== 'passkey' && other === 'passkey') return this.t(`locked.${closed}.passkey`);
    return this.t(closed === 'code' && this.passOnly ? 'locked.code.pass' : `locked.${closed}`);
  }

  /** Asks for another kind, and says why. @param {Mode | undefined} other @param {string} [why] */
  #leave(other, why) {
    if (!other) return this.#end(this.t('passkey.unsupported'));
    const focused = this.element.matches(':focus-within');
    this.options.onmode?.(other);
    this.switchMode(other);
    if (why) this.message.prepend(notice('info', h('p', null, why)));
    if (focused) this.field.focus();
  }

  /** Nothing can be proven here. @param {string} why */
  #end(why) {
    this.fields.replaceChildren();
    this.row.hidden = true;
    this.tell(notice('error', h('p', null, why)));
  }
}
