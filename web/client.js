import { Problem } from './problem.js';

/** @typedef {import('./contract.js').components['schemas']} Schemas */
/** @typedef {Schemas['VerifyRequest']} VerifyRequest */
/** @typedef {{ audience?: string, action?: string, nonce?: string }} Purpose what the token is for */

/**
 * @typedef {object} Access what a client needs to know, asked anew for each call
 * @property {URL} base where the service is
 * @property {string} userId whose calls these are
 * @property {(expired: boolean) => Promise<string>} ticket the one at hand, or a new one when that has expired
 * @property {AbortSignal} signal ends what is under way
 */

/**
 * @typedef {object} Options
 * @property {object} [body]
 * @property {string} [stepUp]
 * @property {string} [ifMatch]
 * @property {boolean} [repeatable] may be sent again with the same Idempotency-Key
 */

const TIMEOUT = 15_000;
const LONGEST_PAUSE = 5;

/** @param {string} text */
export const part = (text) => encodeURIComponent(text);

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** A key that a lost answer can be asked for again with; crypto.randomUUID is for secure contexts alone. */
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The calls of the API that the screens make, each on behalf of one person. They throw a {@link Problem}. */
export class Client {
  /** @param {() => Access} access */
  constructor(access) {
    this.access = access;
  }

  get #own() { return `v1/users/${part(this.access().userId)}`; }

  /** @param {VerifyRequest} proof @returns {Promise<Schemas['Verification']>} */
  verify(proof) { return this.answer('POST', `${this.#own}/verify`, { body: proof, repeatable: true }); }

  /** Writes nothing. @param {Purpose} purpose that of the verification @returns {Promise<Schemas['PasskeyOptions']>} */
  async verifyOptions(purpose) { return (await this.answer('POST', `${this.#own}/verify/options`, { body: purpose })).passkey; }

  /** @returns {Promise<Schemas['User']>} */
  user() { return this.answer('GET', this.#own); }

  /** @returns {Promise<Schemas['FactorList']>} */
  factors() { return this.answer('GET', `${this.#own}/factors`); }

  /** @param {Schemas['EnrollmentRequest']} body @param {string} [stepUp] @returns {Promise<Schemas['Enrollment']>} */
  enroll(body, stepUp) { return this.answer('POST', `${this.#own}/factors`, { body, stepUp }); }

  /** @param {string} factor @param {Schemas['ConfirmRequest']} body @returns {Promise<Schemas['Confirmation']>} */
  confirm(factor, body) {
    return this.answer('POST', `${this.#own}/factors/${part(factor)}/confirm`, { body, repeatable: true });
  }

  /** @param {string} factor @param {Schemas['ResyncRequest']} body @returns {Promise<Schemas['Resync']>} */
  resync(factor, body) {
    return this.answer('POST', `${this.#own}/factors/${part(factor)}/resync`, { body, repeatable: true });
  }

  /** @param {string} factor @param {string} name @returns {Promise<Schemas['Factor']>} */
  rename(factor, name) { return this.answer('PATCH', `${this.#own}/factors/${part(factor)}`, { body: { name } }); }

  /** @param {string} factor @param {string} stepUp @returns {Promise<void>} */
  removeFactor(factor, stepUp) { return this.answer('DELETE', `${this.#own}/factors/${part(factor)}`, { stepUp }); }

  /** @param {string} user @param {string} stepUp @param {string} [reason] of somebody else @returns {Promise<void>} */
  disable(user, stepUp, reason) {
    return this.answer('POST', `v1/users/${part(user)}/disable`, { body: reason ? { reason } : {}, stepUp });
  }

  /** @returns {Promise<Schemas['RememberedBrowserList']>} */
  browsers() { return this.answer('GET', `${this.#own}/remembered-browsers`); }

  /** One, or all. @param {string} [browser] @returns {Promise<void>} */
  forgetBrowsers(browser) { return this.answer('DELETE', `${this.#own}/remembered-browsers${browser ? `/${part(browser)}` : ''}`); }

  /** @returns {Promise<Schemas['RecoveryCodeStatus']>} */
  recoveryCodes() { return this.answer('GET', `${this.#own}/recovery-codes`); }

  /** @param {string} user @param {string} stepUp @param {string} [reason] @returns {Promise<Schemas['RecoveryCodes']>} */
  reveal(user, stepUp, reason) {
    return this.answer('POST', `v1/users/${part(user)}/recovery-codes/reveal`, { body: reason ? { reason } : {}, stepUp });
  }

  /** @param {string} stepUp @returns {Promise<Schemas['RecoveryCodes']>} */
  regenerate(stepUp) { return this.answer('POST', `${this.#own}/recovery-codes/regenerate`, { stepUp }); }

  /** @returns {Promise<Schemas['AccessPassList']>} */
  passes() { return this.answer('GET', `${this.#own}/access-passes`); }

  /** @param {string} [user] oneself, unless it is somebody else @returns {Promise<void>} */
  endPass(user = this.access().userId) { return this.answer('DELETE', `v1/users/${part(user)}/access-passes`); }

  /** What has an ETag. @param {string} path */
  async tagged(path) {
    const response = await this.#call('GET', path, {});
    return { value: await response.json(), etag: response.headers.get('ETag') ?? '' };
  }

  /** @param {string} method @param {string} path @param {Options} [options] */
  async answer(method, path, options = {}) {
    const response = await this.#call(method, path, options);
    return response.status === 204 ? undefined : response.json();
  }

  /** A ticket that expired on the way is replaced once. @param {string} method @param {string} path @param {Options} options */
  async #call(method, path, options) {
    const key = options.repeatable ? newKey() : '';
    for (let fresh = false; ; fresh = true) {
      const ticket = await this.access().ticket(fresh);
      try {
        return await this.#withRetry(method, path, options, ticket, key);
      } catch (error) {
        if (fresh || !(error instanceof Problem) || error.code !== 'credential_invalid') throw error;
      }
    }
  }

  /**
   * Sends a call once more when no answer came, or none that decides, and if that can do no harm.
   *
   * @param {string} method @param {string} path @param {Options} options @param {string} ticket @param {string} key
   */
  async #withRetry(method, path, options, ticket, key) {
    try {
      return await this.#send(method, path, options, ticket, key);
    } catch (error) {
      const undecided = error instanceof Problem && (error.code === 'unreachable' || error.status === 503);
      if (!undecided || !(method === 'GET' || key)) throw error;
      await pause(Math.min(error.retryAfter || 1, LONGEST_PAUSE));
      return this.#send(method, path, options, ticket, key);
    }
  }

  /** @param {string} method @param {string} path @param {Options} options @param {string} ticket @param {string} key */
  async #send(method, path, options, ticket, key) {
    const { base, signal } = this.access();
    const headers = new Headers({ Authorization: `Bearer ${ticket}` });
    if (options.body) headers.set('Content-Type', 'application/json');
    if (options.stepUp) headers.set('Step-Up-Token', options.stepUp);
    if (options.ifMatch) headers.set('If-Match', options.ifMatch);
    if (key) headers.set('Idempotency-Key', key);
    const response = await fetch(new URL(path, base), {
      method, headers, body: options.body && JSON.stringify(options.body),
      cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    }).catch((error) => {
      throw signal.aborted ? error : new Problem('unreachable');
    });
    if (!response.ok) throw await Problem.from(response);
    return response;
  }
}
