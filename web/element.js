import { h } from './dom.js';
import { Client } from './client.js';
import { button, notice, success } from './controls.js';
import { Host } from './host.js';
import { mustBegin, Problem, say } from './problem.js';
import { skeleton } from './skeleton.js';
import { fetchLanguage, translator } from './strings.js';
import { sheet } from './theme.js';

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {() => string | Promise<string>} GetTicket */

/** The parts of a screen inside another one, which the page can style as well. */
const PARTS = 'account, badge, browser, button, code, danger, details, device, heading, label, link, notice, panel, plain, primary, qr, recovery-code, '
  + 'recovery-codes, secret, select, timer, user';

/**
 * What all screens have in common: whose they are, how they speak to the service, and one card to show things in.
 * A screen begins when it is in the page and knows its user and where tickets come from.
 */
export class CountersignElement extends HTMLElement {
  static observedAttributes = ['user-id', 'ticket', 'tickets'];

  /** @type {string | null} */ #ticket = null;
  /** @type {GetTicket | null} */ #getTicket = null;
  /** @type {Promise<string | null | undefined> | null} the page is asked for a ticket */ #asked = null;
  /** @type {AbortController | null} of what is shown now; null while nothing is */ #life = null;
  /** Whether the focus was in what the screen showed before it began anew. */ #focused = false;
  /** Counts the changes of what is shown. Work that began at an earlier count does not show its result. */ turn = 0;
  /** @type {Promise<void> | undefined} until the language is there that the page speaks */ spoken;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    this.t = translator('en');
    this.host = new Host(this);
    this.card = h('div', { class: 'card', part: 'card' });
    root.append(this.card);
    this.client = new Client(() => ({
      base: this.base, userId: this.userId, signal: this.signal, ticket: (expired) => this.#takeTicket(expired),
    }));
    for (const name of ['ticket', 'getTicket', 'userId', 'api', 'filter', 'stepUpToken']) this.#adopt(name);
  }

  /** Takes over what a page set before this module was loaded. @param {string} name */
  #adopt(name) {
    if (!Object.hasOwn(this, name)) return;
    const self = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
    const value = self[name];
    delete self[name];
    queueMicrotask(() => { self[name] = value; });
  }

  /** The ticket, unless the attribute holds it. It is not reflected: what is in no attribute is in no page source. */
  get ticket() { return this.#ticket ?? this.getAttribute('ticket'); }

  set ticket(ticket) {
    this.#ticket = ticket;
    this.#begin();
  }

  /** Asked for a ticket when there is none, and again when it has expired. @type {GetTicket | null} */
  get getTicket() { return this.#getTicket; }

  set getTicket(getTicket) {
    this.#getTicket = getTicket;
    this.#begin();
  }

  get userId() { return this.host.userId ?? this.getAttribute('user-id') ?? ''; }

  set userId(userId) { this.setAttribute('user-id', userId); }

  /** The base URL of the service; where this file came from, unless set. */
  get api() { return this.getAttribute('api') ?? new URL('..', import.meta.url).href; }

  set api(api) { this.setAttribute('api', api); }

  get base() { return new URL(this.api.endsWith('/') ? this.api : `${this.api}/`, document.baseURI); }

  /** Ends whatever is under way when the screen begins anew or leaves the page. */
  get signal() { return this.#life?.signal ?? AbortSignal.abort(); }

  connectedCallback() { queueMicrotask(() => this.#begin()); }

  disconnectedCallback() { this.end(); }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === 'user-id') this.end();
    this.#begin();
  }

  /** Ends whatever is under way; what is shown stays. */
  end() {
    this.#life?.abort();
    this.#life = null;
  }

  #begin() {
    if (this.#life || !this.isConnected || !(this.host.tickets || (this.userId && (this.ticket || this.#getTicket)))) return;
    this.restart();
  }

  /** Shows the screen from its beginning. */
  restart() {
    this.end();
    this.#life = new AbortController();
    this.#speak();
    this.#focused ||= this.matches(':focus-within');
    this.card.replaceChildren(skeleton(this.t, this.outline));
    this.card.setAttribute('aria-busy', 'true');
    const { signal } = this;
    const spoken = this.spoken = fetchLanguage(this.#language())?.then(() => this.#speak());
    this.attempt(() => this.host.begin(() => (spoken ? spoken.then(() => (signal.aborted ? undefined : this.start())) : this.start())));
  }

  #speak() {
    this.t = translator(this.#language());
    this.card.lang = this.t.lang;
  }

  /** How high it will be about, before it is known what there is to show. @type {import('./skeleton.js').Placeholder[]} */
  get outline() { return ['title', 'line', 'field', 'button']; }

  /** Puts the focus where somebody begins. @override */
  focus() { this.focusOn('h2, h3, button'); }

  /** What a screen shows first. @returns {void | Promise<void>} */
  start() {}

  #language() {
    const nearest = /** @type {HTMLElement | null} */ (this.closest('[lang]'));
    return nearest?.lang || document.documentElement.lang || navigator.language;
  }

  /** @param {boolean} expired */
  async #takeTicket(expired) {
    if (!expired && this.ticket) return this.ticket;
    this.#asked ??= this.#askForTicket().finally(() => { this.#asked = null; }); // calls at once share one
    const ticket = await this.#asked;
    if (!ticket) throw new Problem('ticket_expired');
    this.#ticket = ticket;
    return ticket;
  }

  /** The host asks for nothing more. */
  showAllowed() { this.show(success(this.t('challenge.done'), this.t('challenge.done.lead'))); }

  /** None means that there will be none; a page that could not find out may be asked again. */
  async #askForTicket() {
    try {
      return await (this.#getTicket ? this.#getTicket() : this.host.tickets && this.host.renew());
    } catch (error) {
      throw error instanceof Problem ? error : new Problem('unreachable');
    }
  }

  /**
   * Gives a screen inside this one the address, user and ticket of this one.
   *
   * @template {CountersignElement} T
   * @param {T} inner
   */
  shareAccess(inner) {
    inner.api = this.api;
    inner.userId = this.userId;
    inner.lang = this.t.lang;
    inner.setAttribute('exportparts', PARTS);
    inner.ticket = this.ticket;
    inner.getTicket = this.#getTicket || this.host.tickets ? () => this.#takeTicket(true) : null;
    return inner;
  }

  /**
   * Replaces what the card shows.
   *
   * @param {...(Child | Child[])} content
   */
  show(...content) {
    this.turn++;
    this.card.replaceChildren(h('div', { class: 'stack' }, ...content));
    this.card.removeAttribute('aria-busy');
    if (this.#focused) queueMicrotask(() => this.focus());
    this.#focused = false;
  }

  /** Moves the focus to what has just appeared. @param {string} [selector] @param {FocusOptions} [options] */
  focusOn(selector = 'h2, h3', options) {
    const target = /** @type {HTMLElement | null} */ (this.card.querySelector(selector));
    if (target && !target.matches('input, button, select, a, summary')) target.tabIndex = -1;
    target?.focus(options);
  }

  /** Does work, and shows in place of everything why it could not be done. @param {() => unknown} work */
  async attempt(work) {
    const { signal } = this;
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      this.report(error);
      this.show(this.errorView(error, () => this.restart()));
    }
  }

  /**
   * A problem with the way out of it: once more, or from the beginning when the ticket is gone for good.
   *
   * @param {unknown} error
   * @param {() => unknown} again
   */
  errorView(error, again) {
    const out = mustBegin(error) ? button('primary', this.t('problem.begin'), () => this.emit('restart') && location.reload())
      : button('plain', this.t('problem.again'), again);
    return h('div', { class: 'stack' }, notice('error', say(this.t, error)), out);
  }

  /** Tells the page of a problem; what is none is a mistake of ours, and thrown to the console. @param {unknown} error */
  report(error) {
    if (!(error instanceof Problem)) reportError(error);
    else this.emit('problem', { code: error.code, status: error.status, detail: error.detail, requestId: error.requestId });
  }

  /**
   * Tells the page. False: the page takes care of it itself.
   *
   * @param {string} name @param {object} [detail]
   */
  emit(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/**
 * Makes a tag known, once: another module of ours in the page may have it already, and there is no other class to make it by then.
 *
 * @template {CustomElementConstructor} T
 * @param {string} tag @param {T} screen
 */
export function define(tag, screen) {
  if (!customElements.get(tag)) customElements.define(tag, screen);
  return /** @type {T} */ (customElements.get(tag));
}
