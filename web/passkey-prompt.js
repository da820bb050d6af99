import { usePasskey } from './passkey.js';

/** @typedef {import('./client.js').Schemas} Schemas */

const FRESH = 90_000; // ms; the service takes an answer for two minutes

/**
 * Asks for a passkey with options that were there before the tap. A browser shows its dialogue only right after one, and to ask the
 * service in between can take too long for that: Safari counts.
 */
export class PasskeyPrompt {
  /** @type {{ options: Promise<Schemas['PasskeyOptions']>, at: number } | null} */ #asked = null;
  #open = new AbortController();

  /** @param {() => Promise<Schemas['PasskeyOptions']>} ask the service for options */
  constructor(ask) {
    this.ask = ask;
  }

  /** Gets options, and forgets those there were. */
  prepare() {
    const options = this.ask();
    this.#asked = { options, at: Date.now() };
    return options;
  }

  /** Shows the browser's dialogue. @param {AbortSignal} signal @returns {Promise<Schemas['PasskeyAssertion']>} */
  async use(signal) {
    this.close();
    this.#open = new AbortController();
    const prepared = this.#asked && Date.now() - this.#asked.at < FRESH ? this.#asked.options : this.prepare();
    const { state, request_options: options } = await prepared.catch(() => this.prepare());
    const credential = await usePasskey(options, AbortSignal.any([signal, this.#open.signal]));
    this.#asked = null; // a challenge is good once
    return { state, credential };
  }

  /** Takes the dialogue away. */
  close() { this.#open.abort(); }
}
