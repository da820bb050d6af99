import { h } from './dom.js';
import { CountersignElement, define } from './element.js';
import { button, heading, more, success } from './controls.js';
import { ProofForm } from './proof-form.js';
import { resyncPanel } from './resync.js';
import { endOf } from './token.js';

/** @typedef {import('./proof-form.js').Mode} Mode */
/** @typedef {import('./proof-form.js').Proof} Proof */

/** What a challenge tells with the event `verified`.
 * @typedef {{ stepUpToken: string, method: string, expiresAt: string, recoveryCodesRemaining: number | null }} Verified */

/**
 * The second step of a login: a code of the app, or a recovery code.
 *
 * Attributes `audience`, `action` and `token-nonce` go into the step-up token. (Browsers hide an attribute `nonce`.) With
 * `action` it asks to confirm something instead of logging in; with `code-only` no recovery code will do.
 *
 * @fires verified with a {@link Verified}
 */
export class CountersignChallenge extends CountersignElement {
  /** @override */
  start() {
    this.form = new ProofForm(this, {
      submit: this.t(`${this.#what}.submit`),
      recovery: this.hasAttribute('code-only') ? undefined : this.t(`${this.#what}.recovery`),
      prove: (proof) => this.#prove(proof),
      onmode: (mode) => this.#head(mode),
      onresync: () => this.#resync(),
    });
    this.head = h('div');
    this.#head('code');
    this.#ask();
    if (this.hasAttribute('autofocus')) this.focus();
    this.form.lookAhead();
  }

  /** @override */
  focus() { this.form?.field?.focus(); }

  get #what() { return this.hasAttribute('action') ? 'action' : 'challenge'; }

  #ask() { this.show(this.head ?? '', this.form?.element, this.#help()); }

  /** @param {Mode} mode */
  #head(mode) {
    this.head?.replaceChildren(heading(this.t(`${this.#what}.${mode}.title`), this.t(`challenge.${mode}.lead`)));
  }

  #help() {
    const lost = this.hasAttribute('code-only') ? 'help.lost.anew' : 'help.lost';
    return more(this.t('help.title'),
      h('ul', { class: 'stack' },
        h('li', null, h('h3', null, this.t('help.wrong.title')), h('p', { class: 'muted' }, this.t('help.wrong')),
          button('link', this.t('resync.offer'), () => this.#resync())),
        h('li', null, h('h3', null, this.t('help.lost.title')), h('p', { class: 'muted' }, this.t(lost))),
        h('li', null, h('h3', null, this.t('help.none.title')), h('slot', { name: 'help' }, h('p', { class: 'muted' }, this.t('help.none'))))));
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

  /** @param {Proof} proof */
  async #prove(proof) {
    const proven = await this.client.verify({ ...proof, ...this.#purpose });
    this.#verified({
      stepUpToken: proven.step_up_token, method: proven.method, expiresAt: proven.expires_at,
      recoveryCodesRemaining: proven.recovery_codes_remaining,
    });
  }

  async #resync() {
    await this.attempt(async () => {
      const { factors } = await this.client.factors();
      this.show(resyncPanel(this, factors.filter((factor) => factor.state === 'active'), this.#purpose, {
        oncancel: () => { this.#ask(); this.focus(); },
        onresynced: ({ step_up_token: token }, wait) => (token === null ? this.#next(wait) : this.#verified({
          stepUpToken: token, method: 'totp', expiresAt: endOf(token), recoveryCodesRemaining: null,
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

  /** @param {Verified} verified */
  #verified(verified) {
    this.show(success(this.t(`${this.#what}.done`), this.t(`${this.#what}.done.lead`)));
    this.focusOn();
    this.emit('verified', verified);
  }
}

define('countersign-challenge', CountersignChallenge);
