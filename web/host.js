import { Problem } from './problem.js';

/** @typedef {import('./element.js').CountersignElement} Screen */

/** What the host answers to the request for a ticket; `outcome` is there in a login alone.
 * @typedef {{ outcome?: 'challenge' | 'enroll', user_id: string, ticket: string, reason?: string, remember_browser_days?: number }} Granted */
/** @typedef {Granted | { outcome: 'allow', next?: string }} Answer */

const TIMEOUT = 15_000;
/** What a refusal of the route for tickets means. @type {Record<number, string>} */
const TICKET_REFUSED = { 401: 'ticket_expired', 403: 'host_refused', 409: 'host_conflict' };

/**
 * The two routes of a page's own backend, as the attributes of a screen name them: `tickets` gives it tickets and says what is asked
 * of whom, `proof` takes the step-up token, and `next` is where the person goes then. Both are of the page's own origin.
 */
export class Host {
  /** @type {Granted | null} what the host said last */ #granted = null;
  /** @type {BroadcastChannel | null} */ #channel = null;
  #held = false;
  /** @type {(() => void) | null} goes on, since the login was finished in another tab */ elsewhere = null;

  /** @param {Screen} screen */
  constructor(screen) { this.screen = screen; }

  /** Where tickets come from, unless the page gives them by itself. */
  get tickets() { return this.screen.getTicket ? null : this.screen.getAttribute('tickets'); }

  get proof() { return this.screen.getAttribute('proof'); }

  get userId() { return this.#granted?.user_id; }

  get outcome() { return this.#granted?.outcome; }

  get reason() { return this.#granted?.reason; }

  get rememberDays() { return this.#granted?.remember_browser_days; }

  /** Starts a screen as soon as it is known whose it is. @param {() => unknown} start */
  begin(start) {
    this.#held = false;
    this.#listen();
    const known = this.#granted || (this.screen.userId && this.screen.ticket);
    return !this.tickets || known ? start() : this.#ask().then((granted) => granted && start());
  }

  /** Another ticket. Where the host asks something else now, or of somebody else, the screen begins anew. */
  async renew() {
    const { outcome, userId } = this;
    const granted = await this.#ask();
    if (granted && (granted.outcome !== outcome || granted.user_id !== userId)) this.screen.restart();
    return granted?.ticket;
  }

  /** Nothing leads away from here now: there are recovery codes to save. */
  hold() { this.#held = true; }

  /** Null: the host has let the person in. */
  async #ask() {
    const { signal } = this.screen;
    const granted = await this.tell(this.tickets ?? '', signal, TICKET_REFUSED).then(readAnswer).finally(() => this.screen.spoken).catch((error) => {
      const refused = ['host_refused', 'host_conflict'].includes(error.code);
      if (!refused || this.screen.emit('refused', { status: error.status, message: error.detail ?? '' })) throw error;
      this.screen.end(); // the page takes it from here
    });
    if (signal.aborted || !granted) return null;
    if (granted.outcome === 'allow') {
      this.screen.end();
      this.screen.showAllowed();
      this.accepted(granted.next);
      return null;
    }
    this.#granted = granted;
    this.screen.ticket = granted.ticket;
    return granted;
  }

  /** Tells the other tabs, and leaves the page: the host has let the person in. @param {string} [next] as the host says it */
  accepted(next) {
    this.#channel?.close(); // else it would hear itself
    const channel = this.#open();
    channel?.postMessage({ next });
    channel?.close();
    this.goOn(next);
  }

  /** Leaves the page, where it says for which one. @param {string} [next] instead of that one */
  goOn(next) {
    const path = pathOf(next) ?? pathOf(this.screen.getAttribute('next'));
    if (this.screen.emit('finished', { next: path ?? null }) && path) location.replace(path);
  }

  /** Of all tabs with the same login. What somebody confirms is of its own tab alone. */
  #open() {
    const { proof } = this;
    return proof && !this.screen.hasAttribute('action') ? new BroadcastChannel(`countersign ${new URL(proof, document.baseURI).pathname}`) : null;
  }

  /** A login that was finished in another tab is finished here too. */
  #listen() {
    this.#channel = this.#open();
    this.#channel?.addEventListener('message', ({ data }) => {
      this.elsewhere = () => {
        this.screen.end();
        this.screen.showAllowed();
        this.goOn(data?.next);
      };
      if (!this.#held) this.elsewhere();
    });
    this.screen.signal.addEventListener('abort', () => this.#channel?.close());
  }

  /**
   * Sends a request to the page's own origin, which nobody else can.
   *
   * @param {string} path @param {AbortSignal | null} signal @param {Record<number, string>} refused what a status means
   * @param {{ token?: string, body?: object }} [proof]
   */
  async tell(path, signal, refused, { token, body } = {}) {
    const headers = new Headers({ Accept: 'application/json', 'Content-Type': 'application/json' });
    if (token) headers.set('Step-Up-Token', token);
    const response = await fetch(new URL(path, document.baseURI), {
      method: 'POST', headers, body: JSON.stringify(body ?? {}), mode: 'same-origin', cache: 'no-store', redirect: 'error', keepalive: Boolean(token),
      signal: AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(TIMEOUT)]),
    }).catch((error) => {
      throw signal?.aborted ? error : new Problem('host_unavailable');
    });
    if (response.ok) return response;
    const { status } = response;
    const message = refused[status] === 'host_conflict' ? (await objectOf(response))?.message : '';
    throw new Problem(refused[status] ?? 'host_unavailable', { status, detail: typeof message === 'string' ? message : '' });
  }
}

/** The JSON object of an answer; null: it is none. @param {Response} response @returns {Promise<Record<string, unknown> | null>} */
export async function objectOf(response) {
  const value = await response.json().catch(() => null);
  return typeof value === 'object' && !Array.isArray(value) ? value : null;
}

/** What is none of the answers lets nobody on. @param {Response} response @returns {Promise<Answer>} */
async function readAnswer(response) {
  const answer = await response.json().catch(() => null);
  const { outcome, user_id: userId, ticket } = answer ?? {};
  const granted = [undefined, 'challenge', 'enroll'].includes(outcome) && Boolean(ticket && userId) && typeof ticket === 'string' && typeof userId === 'string';
  if (outcome === 'allow' || granted) return answer;
  console.error('countersign: the route for tickets answers with none of {"outcome": "challenge" | "enroll", "user_id", "ticket"} and {"outcome": "allow"}');
  throw new Problem('host_unavailable');
}

/** A path to go to: of this origin, or undefined. @param {unknown} path */
function pathOf(path) {
  if (typeof path !== 'string' || path === '') return undefined;
  const url = URL.canParse(path, location.href) ? new URL(path, location.href) : null;
  if (url && /^https?:$/.test(url.protocol) && url.origin === location.origin) return url.href;
  console.error('countersign: next is no path of this origin, and is not gone to');
  return undefined;
}
