import { h, newId } from './dom.js';
import { appList } from './app-list.js';
import { openLanes } from './attempt-form.js';
import { CountersignElement, define } from './element.js';
import { actions, button, copyButton, field, heading, more, notice, success } from './controls.js';
import { timer } from './countdown.js';
import { CreatePasskeyForm } from './create-passkey.js';
import { kindChoice, kindsOffered } from './enroll-choice.js';
import { finish, post } from './host-proof.js';
import { PairForm } from './pair-form.js';
import { forgetting } from './passkey-forget.js';
import { passkeysSupported } from './passkey.js';
import { plainText } from './plain-text.js';
import { Problem, say } from './problem.js';
import { purposeOf } from './purpose.js';
import { recoveryCodes } from './recovery-codes.js';
import { endOf } from './token.js';
import { addPanel, replacePanel } from './enroll-proof.js';
import { enrollSheet } from './enroll-sheet.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {{ factorId: string, stepUpToken: string, expiresAt: string, nextCodeAt: string | null }} Enrolled */

const LIFETIME = 600_000; // ms, of a pending factor

/** Where an enrollment is not to be saved: it has to begin anew. */
const GONE = ['enrollment_expired', 'not_found'];

/**
 * Sets up a passkey or an authenticator app, with the recovery codes to keep. Where there can be no passkey, it is an app.
 *
 * Attributes: `codes`, how many the policy asks for; `name` of the device; `type`, `passkey` or `totp`, where there is no choice;
 * `replace`, the factor it stands in for, or `further` for one more beside those there are; `audience`, `action` and `token-nonce`
 * go into the step-up token. A recovery code proves enough to replace a device, not to add one.
 *
 * @fires confirmed with an {@link Enrolled}, when the factor is active and the recovery codes are on the screen
 * @fires enrolled with the same, when the person has saved them
 */
class EnrollScreen extends CountersignElement {
  /** A fresh proof for a user who has a device already. Without it, it is asked for. */
  stepUpToken = '';

  /** @type {{ factor_id?: string, name?: string }} the device whose place the new one takes */ #replaced = {};

  /** @type {Schemas['FactorType'] | null} what is set up; null until that was chosen */ #kind = null;
  /** @type {HTMLInputElement | undefined} where the first code is typed */ #scanned;
  /** Whether the person may have passkeys: known once the proof was asked for here. */ #passkeys = true;
  /** @type {Schemas['FactorType'][]} what there is to choose from */ #kinds = [];
  /** @type {Promise<string | undefined> | null} the proof, on its way to the host */ #posted = null;

  constructor() {
    super();
    this.device = h('input', { type: 'text', maxlength: 64, autocomplete: 'off' });
    this.shadowRoot?.adoptedStyleSheets.push(enrollSheet);
  }

  /** @override */
  focus() {
    if (this.card.querySelector('.panel form')) this.focusOn('.panel :is(input, button)');
    else if (this.#scanned?.isConnected && matchMedia('(pointer: fine)').matches) this.#scanned.focus({ preventScroll: true }); // a phone's keyboard would hide the QR code
    else super.focus();
  }

  /** @override @type {import('./skeleton.js').Placeholder[]} */
  get outline() {
    if (this.hasAttribute('further') || this.hasAttribute('replace')) return ['title', 'line', 'line', 'field', 'field', 'button', 'line'];
    return passkeysSupported() && !this.hasAttribute('type') ? ['title', 'line', 'option', 'option'] : ['title', 'line', 'line', 'picture', 'line', 'line', 'line', 'field', 'line'];
  }

  /** @override */
  async start() {
    this.codes = this.getAttribute('codes') === '1' ? 1 : 2;
    this.#replaced = { factor_id: this.getAttribute('replace') || undefined };
    this.#kind = null;
    this.#passkeys = true;
    const type = this.getAttribute('type');
    this.#kinds = type === 'passkey' || type === 'totp' ? [type] : [];
    if (type === 'passkey' && !passkeysSupported()) return this.show(notice('error', h('p', null, this.t('passkey.unsupported'))));
    const further = this.hasAttribute('further') || this.hasAttribute('replace');
    if (further && !this.stepUpToken) await this.#prove();
    else await this.#choose();
    if (this.hasAttribute('autofocus')) this.focus();
  }

  /** Asks which kind it is to be, where there is a choice. @param {string} [why] it begins again @returns {Promise<void>} */
  async #choose(why) {
    const { signal } = this;
    if (this.#kinds.length === 0) this.#kinds = await kindsOffered(this);
    if (signal.aborted) return undefined;
    if (this.#kinds.length === 1) [this.#kind] = this.#kinds;
    if (this.#kind) return this.#enroll(why);
    window.clearTimeout(this.expiry);
    return this.show(why && notice('info', h('p', null, why)), ...kindChoice(this, this.#kinds, (kind) => this.attempt(async () => {
      this.#kind = kind;
      await this.#enroll();
      this.focus();
    })));
  }

  /** @param {string} [why] it begins again @returns {Promise<void>} */
  async #enroll(why) {
    const { signal } = this;
    try {
      const name = this.getAttribute('name') || plainText(this.device) || this.#replaced.name;
      const enrollment = await this.client.enroll(
        { type: this.#kind ?? 'totp', name, replace_factor_id: this.#replaced.factor_id }, this.stepUpToken || undefined);
      if (signal.aborted) return;
      if (enrollment.passkey) this.#create(enrollment, why);
      else this.#scan(enrollment, why);
    } catch (error) {
      if (error instanceof Problem && error.code === 'factor_not_accepted' && this.#kind !== 'passkey' && this.#kinds.includes('passkey')) {
        this.#kinds = ['passkey'];
        this.#kind = 'passkey';
        return this.#enroll(say(this.t, error));
      }
      if (!(error instanceof Problem) || error.code !== 'step_up_required') throw error;
      await this.#prove(why ?? (this.stepUpToken ? say(this.t, error) : undefined));
    }
  }

  /** @param {string} [why] @returns {Promise<void>} */
  async #prove(why) {
    const { signal } = this;
    this.stepUpToken = '';
    const named = this.hasAttribute('name') ? [] : [field(this.t('enroll.name'), this.device, this.t('enroll.name.hint'))];
    const [factors, open] = await Promise.all([this.#active(), openLanes(this)]);
    this.#passkeys = factors.some(({ type }) => type === 'passkey');
    if (factors.length === 0) return this.#choose(why); // there is nothing to prove it with, nor a need to
    const panel = this.hasAttribute('replace') ? replacePanel : addPanel;
    if (signal.aborted) return undefined;
    return this.show(why && notice('info', h('p', null, why)), panel(this, (token, lost) => this.#proven(token, lost), named, factors, open));
  }

  async #active() { return (await this.client.factors()).factors.filter((factor) => factor.state === 'active'); }

  /** @param {string} token @param {{ factor_id?: string, name?: string }} [replaced] what is not what the page said */
  async #proven(token, replaced = this.#replaced) {
    this.stepUpToken = token;
    this.#replaced = replaced;
    await this.#choose();
    this.focus();
  }

  /** @param {Schemas['Enrollment']} enrollment @param {string} [why] */
  #create(enrollment, why) {
    const form = new CreatePasskeyForm(this, enrollment.passkey?.creation_options ?? {},
      (credential) => this.#confirm(enrollment.factor_id, { passkey: { credential } }));
    this.show(
      heading(this.t('enroll.passkey.title'), this.t('enroll.passkey.lead')),
      why && notice('info', h('p', null, why)),
      form.element, this.#otherKind());
    if (why) this.focusOn();
    this.#expire(enrollment);
  }

  /** Back to the choice, where there is one. */
  #otherKind() {
    if (this.#kinds.length < 2) return null;
    return actions(button('link', this.t('enroll.other'), () => this.attempt(async () => {
      this.#kind = null;
      await this.#choose();
      this.focus();
    })));
  }

  /** @param {Schemas['Enrollment']} enrollment @param {string} [why] */
  #scan(enrollment, why) {
    const { totp: app } = enrollment;
    if (!app) throw new Problem('internal'); // it is there for every factor of this type
    const id = newId();
    const form = new PairForm(this, {
      submit: this.t('enroll.submit'), wrong: () => this.t('enroll.wrong'), codes: this.codes, after: id,
      prove: (codes) => this.#confirmCodes(enrollment.factor_id, codes),
    });
    this.show(
      heading(this.t('enroll.title'), this.t('enroll.lead')),
      why && notice('info', h('p', null, why)),
      h('ol', { class: 'steps' },
        h('li', { class: 'stack' }, h('div', null, h('h3', { id }, this.t('enroll.scan')), h('p', { class: 'muted' }, this.t('enroll.apps'))),
          h('img', { class: 'qr', part: 'qr', src: app.qr_svg, alt: this.t('enroll.qr'), width: 200, height: 200 }),
          h('a', { class: 'here', href: app.otpauth_uri }, this.t('enroll.open')), h('div', { class: 'folded' }, this.#byHand(app), appList(this.t))),
        h('li', { class: 'stack' }, h('h3', null, this.t(this.codes === 1 ? 'enroll.prove.one' : 'enroll.prove')), form.element)),
      this.#otherKind());
    this.#scanned = form.input?.input;
    if (why) this.focusOn();
    this.#expire(enrollment);
  }

  /** @param {Schemas['TOTPEnrollment']} app */
  #byHand({ secret }) {
    const groups = secret.match(/.{1,4}/g) ?? [];
    return more(this.t('enroll.byhand'),
      h('p', { class: 'muted' }, this.t('enroll.byhand.text')),
      h('p', { class: 'secret mono', part: 'secret', translate: 'no' }, groups.map((group) => h('span', null, group))),
      actions(copyButton(secret, this.t('enroll.copy'), this.t)));
  }

  /** Begins again when the time is up, if this browser's clock can be trusted that far. @param {Schemas['Enrollment']} enrollment */
  #expire({ expires_at: at }) {
    const left = new Date(at).getTime() - Date.now();
    window.clearTimeout(this.expiry);
    if (left <= 0 || left > LIFETIME) return;
    this.expiry = window.setTimeout(() => this.attempt(() => this.#enroll(this.#expired)), left);
    this.signal.addEventListener('abort', () => window.clearTimeout(this.expiry));
  }

  get #expired() { return this.t(this.#kind === 'passkey' ? 'enroll.passkey.expired' : 'enroll.expired'); }

  /** False: it came too late, and begins again. @param {string} factor @param {Schemas['ConfirmRequest']} proof */
  async #confirm(factor, proof) {
    try {
      const confirm = () => this.client.confirm(factor, { ...proof, ...purposeOf(this) });
      this.#confirmed(await (this.#replaced.factor_id ? forgetting(this.client, this.#passkeys, confirm) : confirm()));
    } catch (error) {
      if (!(error instanceof Problem) || !GONE.includes(error.code)) throw error;
      await this.#enroll(this.#expired);
      return false;
    }
    return true;
  }

  /** @param {string} factor @param {string[]} codes @returns {Promise<void>} */
  async #confirmCodes(factor, codes) {
    try {
      await this.#confirm(factor, { codes });
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'invalid_request') throw error;
      // The policy asks for another number of codes than the page said; nothing was looked at.
      this.codes = codes.length === 1 ? 2 : 1;
      if (this.codes === 1) return this.#confirmCodes(factor, codes.slice(-1));
      await this.#enroll();
    }
  }

  /** @param {Schemas['Confirmation']} confirmation */
  #confirmed(confirmation) {
    window.clearTimeout(this.expiry);
    const token = confirmation.step_up_token;
    /** @type {Enrolled} */
    const enrolled = { factorId: confirmation.factor_id, stepUpToken: token, expiresAt: endOf(token), nextCodeAt: confirmation.next_code_at };
    this.stepUpToken = '';
    this.host.hold();
    this.#posted = this.emit('confirmed', enrolled) && this.host.proof ? post(this.host, token) : null;
    this.#posted?.catch(() => {}); // what came of it is said when the codes are saved
    if (confirmation.recovery_codes.length === 0) this.#done(enrolled);
    else this.#save(confirmation.recovery_codes, enrolled);
  }

  /** @param {string[]} codes @param {Enrolled} enrolled */
  #save(codes, enrolled) {
    let kept = false;
    const doubt = h('div');
    const saved = button('primary', this.t('enroll.saved'), async () => {
      if (kept) return this.#done(enrolled);
      kept = true; // a second press is an answer
      doubt.replaceChildren(notice('info', h('p', null, this.t('enroll.notkept'))));
      /** @type {HTMLElement} */ (saved.querySelector('span')).textContent = this.t('enroll.saved.really');
      return undefined;
    });
    this.show(
      notice('done', h('p', null, this.t(`enroll.on.${this.#kind ?? 'totp'}`))),
      heading(this.t('enroll.save'), this.t(`enroll.save.${this.#kind ?? 'totp'}`)),
      recoveryCodes(codes, this.t, () => { kept = true; }),
      doubt,
      h('div', { class: 'actions wide' }, saved));
    this.focusOn();
  }

  /** @param {Enrolled} enrolled */
  async #done(enrolled) {
    const done = () => {
      this.show(success(this.t('enroll.done'), ...this.#nextCode(enrolled.nextCodeAt)));
      this.focusOn();
      return this.emit('enrolled', enrolled);
    };
    if (this.#posted) await finish(this.host, this.#posted, { again: () => post(this.host, enrolled.stepUpToken), done });
    else if (done() && this.hasAttribute('next')) this.host.goOn();
  }

  /** The codes that were typed are spent: says when the next one counts. @param {string | null} at */
  #nextCode(at) {
    if (at === null) return [this.t('enroll.next.passkey')];
    const seconds = Math.ceil((new Date(at).getTime() - Date.now()) / 1000);
    if (seconds <= 0 || seconds > LIFETIME / 1000) return [this.t('enroll.next')];
    const { element, stop } = timer(seconds, () => element.remove());
    this.signal.addEventListener('abort', stop);
    return [`${this.t('enroll.next.in')} `, element, h('span', { class: 'hidden' }, this.t('wait.seconds', { count: seconds }))];
  }
}

export const CountersignEnroll = define('countersign-enroll', EnrollScreen);
/** @typedef {InstanceType<typeof CountersignEnroll>} CountersignEnroll */
