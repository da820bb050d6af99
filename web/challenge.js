import { h } from './dom.js';
import { CountersignElement, define } from './element.js';
import { button, heading, more, notice, success } from './controls.js';
import { askCodes, UNKNOWN } from './app-codes.js';
import { openLanes } from './attempt-form.js';
import { ProofForm } from './proof-form.js';
import { RememberBox } from './remember.js';
import { resyncPanel } from './resync.js';
import { endOf } from './token.js';

/** @typedef {import('./ways.js').Mode} Mode */
/** @typedef {import('./proof-form.js').Proof} Proof */

const PATIENCE = 1500; // ms, until it goes on without knowing what the person has

/** What a challenge tells with the event `verified`.
 * @typedef {{
 *   stepUpToken: string, method: string, expiresAt: string, recoveryCodesRemaining: number | null, recoveryCodesMissing: boolean, rememberBrowser: boolean,
 * }} Verified */

/**
 * The second step of a login: a passkey, a code of the app, a recovery code or a one-time pass; what was used last comes first.
 *
 * Attributes `audience`, `action` and `token-nonce` go into the step-up token. (Browsers hide an attribute `nonce`.) With
 * `action` it asks to confirm something instead of logging in; with `code-only` neither recovery code nor pass will do. With
 * `remember-days`, for how many days the policy lets browsers be remembered, it offers not to ask again on this one.
 *
 * @fires verified with a {@link Verified}
 */
export class CountersignChallenge extends CountersignElement {
  /** @type {Promise<boolean>} */ #missing = Promise.resolve(false);

  /** @override */
  async start() {
    const { signal } = this;
    const asked = openLanes(this), shown = askCodes(this.client).catch(() => UNKNOWN); // what is wrong shows with the code
    const late = new Promise((resolve) => { setTimeout(() => resolve(null), PATIENCE); });
    const [known, codes] = await Promise.all([Promise.race([asked, late]), Promise.race([shown, late])]);
    if (signal.aborted) return;
    this.#begin(known?.methods ?? null, codes);
    await Promise.all([asked.then((open) => this.#learn(open, signal)), shown.then((learned) => {
      if (!signal.aborted && learned !== UNKNOWN) this.form?.learnCodes(learned);
    })]);
  }

  /** @param {Awaited<ReturnType<typeof openLanes>>} open @param {AbortSignal} signal */
  #learn(open, signal) {
    if (signal.aborted) return;
    this.form?.learn(open);
    if (!open.recovery) this.#missing = this.#neverIssued();
  }

  /** Whether the person never had recovery codes: who came from another service has none. Not known is no. */
  async #neverIssued() {
    const asked = this.client.recoveryCodes().then(({ total }) => total === 0).catch(() => false);
    return Promise.race([asked, new Promise((resolve) => { setTimeout(() => resolve(false), PATIENCE); })]);
  }

  /** @param {import('./ways.js').Method[] | null} methods @param {import('./app-codes.js').AppCodes | null} codes */
  #begin(methods, codes) {
    this.form = new ProofForm(this, {
      submit: this.t(`${this.#what}.submit`), passkey: this.t('passkey.use'), methods, codes, purpose: this.#purpose,
      recovery: this.hasAttribute('code-only') ? undefined : this.t(`${this.#what}.recovery`),
      prove: (proof) => this.#prove(proof),
      onmode: (mode) => this.#turn(mode),
      onresync: () => this.#resync(),
    });
    this.head = h('div');
    this.box = this.#days > 0 ? new RememberBox(this.t, this.#days) : undefined;
    if (this.box) this.form.element.insertBefore(this.box.element, this.form.row);
    this.#turn(this.form.mode);
    this.#ask();
    if (this.hasAttribute('autofocus')) this.focus();
  }

  /** @override */
  focus() { this.form?.field.focus(); }

  /** What somebody is to confirm is asked for each time. */
  get #days() { return this.hasAttribute('action') ? 0 : Number(this.getAttribute('remember-days')) || 0; }

  get #what() { return this.hasAttribute('action') ? 'action' : 'challenge'; }

  #ask() { this.show(this.head ?? '', this.form?.element, this.#help()); }

  /** @param {Mode} mode */
  #turn(mode) {
    this.box?.follow(mode);
    this.head?.replaceChildren(heading(this.t(`${this.#what}.${mode}.title`), this.t(`challenge.${mode}.lead`)));
  }

  #help() {
    const ways = this.form?.ways ?? [];
    const lost = this.hasAttribute('code-only') ? 'help.lost.anew' : 'help.lost';
    /** @param {'help.passkey' | 'help.wrong' | 'help.lost' | 'help.none'} what @param {...import('./dom.js').Child} advice */
    const item = (what, ...advice) => h('li', null, h('h3', null, this.t(`${what}.title`)), ...advice);
    const text = (/** @type {import('./strings.js').Key} */ key) => h('p', { class: 'muted' }, this.t(key));
    return more(this.t('help.title'),
      h('ul', { class: 'stack' },
        ways.includes('passkey') && item('help.passkey', text('help.passkey')),
        ways.includes('code') && item('help.wrong', text('help.wrong'), button('link', this.t('resync.offer'), () => this.#resync())),
        item('help.lost', text(lost)),
        item('help.none', h('slot', { name: 'help' }, text('help.none')),
          !this.hasAttribute('code-only') && button('link', this.t('pass.have'), () => this.form?.openRecovery()))));
  }

  get #purpose() {
    /** @type {import('./client.js').Purpose} */
    const purpose = {};
    for (const [name, attribute] of /** @type {const} */ ([['audience', 'audience'], ['action', 'action'], ['nonce', 'token-nonce']])) {
      const value = this.getAttribute(attribute);
      if (value) purpose[name] = value;
    }
    return purpose;
  }

  /** @param {() => Promise<Proof>} proof */
  async #prove(proof) {
    const proven = await this.client.verify({ ...await proof(), ...this.#purpose });
    await this.#verified({
      stepUpToken: proven.step_up_token, method: proven.method, expiresAt: proven.expires_at,
      recoveryCodesRemaining: proven.recovery_codes_remaining, rememberBrowser: Boolean(this.box?.chosen),
    });
  }

  async #resync() {
    await this.attempt(async () => {
      const { factors } = await this.client.factors();
      this.show(resyncPanel(this, factors.filter((factor) => factor.state === 'active' && factor.type === 'totp'), this.#purpose, {
        oncancel: () => { this.#ask(); this.focus(); },
        onresynced: ({ step_up_token: token }, wait) => (token === null ? this.#next(wait) : this.#verified({
          stepUpToken: token, method: 'totp', expiresAt: endOf(token), recoveryCodesRemaining: null, rememberBrowser: Boolean(this.box?.chosen),
        })),
      }));
      this.focusOn();
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
    this.show(success(this.t(`${this.#what}.done`), this.t(`${this.#what}.done.lead`)),
      verified.recoveryCodesMissing && notice('info', h('p', null, this.t('codes.missing'))));
    this.focusOn();
    this.emit('verified', verified);
  }
}

define('countersign-challenge', CountersignChallenge);
