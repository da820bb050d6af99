import { h } from './dom.js';
import { CountersignElement, define } from './element.js';
import { accountOf } from './account.js';
import { adviceFor } from './challenge-help.js';
import { heading, more, notice, success } from './controls.js';
import { askCodes, sayOf, UNKNOWN } from './app-codes.js';
import { openLanes } from './attempt-form.js';
import { finish, post } from './host-proof.js';
import { fetchEnrollScreen } from './inner-screens.js';
import { enrollAtLogin } from './login-enroll.js';
import { lostPasskey, newPasskey } from './lost-passkey.js';
import { Problem } from './problem.js';
import { ProofForm } from './proof-form.js';
import { purposeOf } from './purpose.js';
import { RememberBox } from './remember.js';
import { resyncPanel } from './resync.js';
import { styles } from './theme.js';
import { endOf } from './token.js';

/** @typedef {import('./ways.js').Mode} Mode */
/** @typedef {import('./proof-form.js').Proof} Proof */

const PATIENCE = 1500; // ms, until it goes on without knowing what the person has
const SET = 8; // recovery codes, as they come with a new passkey in the place of another
const USABLE = 240_000; // ms; the service takes a token for five minutes

const sheet = styles('countersign-enroll { --countersign-outline: none; --countersign-padding: 0; --countersign-width: none; }');

/** What a challenge tells with the event `verified`.
 * @typedef {{
 *   stepUpToken: string, method: string, expiresAt: string, recoveryCodesRemaining: number | null, recoveryCodesMissing: boolean, rememberBrowser: boolean,
 * }} Verified */

/**
 * The second step of a login: a passkey, a code of the app, a recovery code or a one-time pass; what was used last comes first.
 *
 * Attributes `audience`, `action` and `token-nonce` go into the step-up token. (Browsers hide an attribute `nonce`.) With
 * `action` it asks to confirm something instead of logging in; with `code-only` neither recovery code nor pass will do. With
 * `remember-days`, the decision's `remember_browser_days`, it offers not to ask again on this one. `tickets`, `proof` and `next` are
 * of the page's own backend, see {@link import('./host.js').Host}.
 *
 * @fires verified with a {@link Verified}
 */
class ChallengeScreen extends CountersignElement {
  /** @type {Promise<boolean>} */ #missing = Promise.resolve(false);
  #advice = h('ul', { class: 'stack' });
  #account = h('div');

  constructor() {
    super();
    this.shadowRoot?.adoptedStyleSheets.push(sheet);
  }

  /** @override @param {string} [said] */
  async start(said) {
    const { signal } = this;
    if (this.host.outcome === 'enroll') return this.#enroll();
    this.said = said;
    const asked = openLanes(this), shown = askCodes(this.client).catch(() => UNKNOWN); // what is wrong shows with the code
    const late = new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE); });
    const [known, codes] = await Promise.all([Promise.race([asked, late]), Promise.race([shown, late])]);
    if (signal.aborted) return;
    this.#begin(known, codes);
    await Promise.all([asked.then((open) => this.#learn(open, signal)), shown.then((learned) => {
      if (!signal.aborted && learned !== UNKNOWN) this.form?.learnCodes(learned);
    })]);
  }

  /** Somebody who has to set it up first does so here. */
  async #enroll() {
    const { signal } = this;
    this.host.hold(); // the screen inside goes on by itself
    const shown = await enrollAtLogin(this);
    if (!signal.aborted) this.show(...shown);
  }

  /** @param {Awaited<ReturnType<typeof openLanes>>} open @param {AbortSignal} signal */
  #learn(open, signal) {
    if (signal.aborted) return;
    this.form?.learn(open);
    this.#name(open);
    this.#advise();
    if (!open.recovery) this.#missing = this.#neverIssued();
  }

  /** Whether the person never had recovery codes: who came from another service has none. Not known is no. */
  async #neverIssued() {
    const asked = this.client.recoveryCodes().then(({ total }) => total === 0).catch(() => false);
    return Promise.race([asked, new Promise((resolve) => { setTimeout(() => resolve(false), PATIENCE); })]);
  }

  /** @param {Awaited<ReturnType<typeof openLanes>> | null} known @param {import('./app-codes.js').AppCodes | null} codes */
  #begin(known, codes) {
    this.form = new ProofForm(this, {
      submit: this.t(`${this.#what}.submit`), passkey: this.t('passkey.use'), methods: known?.methods ?? null, codes, purpose: purposeOf(this),
      passOnly: known?.passOnly, pass: this.t(`${this.#what}.pass`),
      ...(!this.#codeOnly && {
        recovery: this.t(`${this.#what}.recovery`), demanded: known?.demanded,
        lost: { offer: this.t('lost.passkey.offer'), open: (/** @type {string | undefined} */ typed) => this.#lost(typed) },
      }),
      prove: (proof) => this.#prove(proof),
      onmode: (mode) => this.#turn(mode),
      onlearn: () => { this.#turn(this.form?.mode ?? 'code'); this.#advise(); },
      onresync: () => this.#resync(),
    });
    this.head = h('div');
    this.#name(known);
    this.box = this.#days > 0 ? new RememberBox(this.t, this.#days) : undefined;
    if (this.box) this.form.element.prepend(this.box.element); // before the field, whose last digit ends the form
    this.#turn(this.form.mode);
    this.#advise();
    this.help = more(this.t('help.title'), this.#advice);
    this.#ask();
    if (this.hasAttribute('autofocus')) this.focus();
  }

  /** @override */
  focus() {
    if (this.form?.element.isConnected) this.form.field.focus();
    else super.focus();
  }

  /** @override @type {import('./skeleton.js').Placeholder[]} */
  get outline() { return ['title', 'line', 'line', 'field', 'button', 'line', 'line', 'line']; }

  /** Whose second step it is, as soon as that is known. @param {Awaited<ReturnType<typeof openLanes>> | null} known */
  #name(known) { this.#account.replaceChildren(...(known?.user ? [accountOf(this.t, known.user)] : [])); }

  /** What somebody is to confirm is asked for each time. */
  get #days() { return this.hasAttribute('action') ? 0 : Number(this.host.rememberDays ?? this.getAttribute('remember-days')) || 0; }

  get #what() { return this.hasAttribute('action') ? 'action' : 'challenge'; }

  get #codeOnly() { return this.hasAttribute('code-only'); }

  #ask() { this.show(h('div', { class: 'stack tight' }, this.head ?? '', this.#account), this.said && notice('info', h('p', null, this.said)), this.form?.element, this.help); }

  /** @param {Mode} mode */
  #turn(mode) {
    this.box?.follow(mode);
    const asked = mode === 'recovery' && this.form?.passOnly ? 'pass' : mode;
    const lead = asked === 'code' ? sayOf(this.t, this.form?.codes ?? UNKNOWN, 'challenge.code.lead') : this.t(`challenge.${asked}.lead`);
    this.head?.replaceChildren(heading(this.t(`${this.#what}.${asked}.title`), lead));
  }

  #advise() {
    const { ways = [], demanded = false, passOnly = false, codes = UNKNOWN } = this.form ?? {};
    this.#advice.replaceChildren(...adviceFor(this.t, {
      ways, demanded, passOnly, codes, codeOnly: this.#codeOnly, resync: () => this.#resync(), pass: () => (this.form?.demanded ? this.#lost() : this.form?.openRecovery()),
    }));
  }

  /** @param {() => Promise<Proof>} proof */
  async #prove(proof) {
    const proven = await this.client.verify({ ...await proof(), ...purposeOf(this) });
    await this.#verified({
      stepUpToken: proven.step_up_token, method: proven.method, expiresAt: proven.expires_at,
      recoveryCodesRemaining: proven.recovery_codes_remaining, rememberBrowser: Boolean(this.box?.chosen),
    });
  }

  async #active() { return (await this.client.factors()).factors.filter(({ state }) => state === 'active'); }

  #back() {
    this.#ask();
    this.focus();
  }

  /** The way of somebody whose passkey is lost, where nothing else logs in. @param {string} [typed] */
  #lost(typed) {
    return this.attempt(async () => {
      await fetchEnrollScreen();
      const factors = await this.#active();
      if (!factors.some(({ type }) => type === 'passkey')) throw new Problem('factor_not_accepted');
      const back = { oncancel: () => this.#back(), passOnly: this.form?.passOnly };
      this.show(lostPasskey(this, factors, { typed, ...back, proven: async (token, lost) => {
        this.host.hold();
        this.show(await newPasskey(this, token, lost, { ...back, onreplaced: (enrolled, age) => this.#replaced(enrolled, age) }));
      } }));
      this.focusOn('.panel :is(input, select)');
    });
  }

  /** A new passkey logs in; by itself, when its codes took longer to save than its token lasts. @param {import('./enroll.js').Enrolled} enrolled @param {number} age */
  #replaced({ stepUpToken, expiresAt }, age) {
    if (age > USABLE) return this.attempt(() => this.start(this.t('lost.passkey.again')));
    this.#missing = Promise.resolve(false);
    return this.#verified({ stepUpToken, method: 'passkey', expiresAt, recoveryCodesRemaining: SET, rememberBrowser: false });
  }

  async #resync() {
    await this.attempt(async () => {
      const apps = (await this.#active()).filter(({ type }) => type === 'totp');
      this.show(resyncPanel(this, apps, purposeOf(this), {
        oncancel: () => this.#back(),
        onresynced: ({ step_up_token: token }, wait) => (token === null ? this.#next(wait) : this.#verified({
          stepUpToken: token, method: 'totp', expiresAt: endOf(token), recoveryCodesRemaining: null, rememberBrowser: Boolean(this.box?.chosen),
        })),
      }));
      this.focusOn('select, input');
    });
  }

  /** Codes that lie so far back do not log in: the next one does. @param {number} wait in seconds, until it is there */
  #next(wait) {
    this.head?.replaceChildren(heading(this.t('next.title'), this.t('next.lead')));
    this.#ask();
    this.form?.awaitNext(wait);
    this.focus();
  }

  /** @param {Omit<Verified, 'recoveryCodesMissing'>} proof */
  async #verified(proof) {
    /** @type {Verified} */
    const verified = { ...proof, recoveryCodesMissing: await this.#missing };
    const done = () => {
      this.show(success(this.t(`${this.#what}.done`), this.t(`${this.#what}.done.lead`)),
        verified.recoveryCodesMissing && notice('info', h('p', null, this.t('codes.missing'))));
      this.focusOn();
      return true;
    };
    if (!this.host.proof) {
      done();
      if (this.emit('verified', verified) && this.hasAttribute('next')) this.host.goOn();
    } else if (this.emit('verified', verified)) {
      const again = () => post(this.host, verified.stepUpToken, verified.rememberBrowser);
      await finish(this.host, again(), { again, done });
    } else done(); // the page takes it from here
  }
}

export const CountersignChallenge = define('countersign-challenge', ChallengeScreen);
/** @typedef {InstanceType<typeof CountersignChallenge>} CountersignChallenge */
