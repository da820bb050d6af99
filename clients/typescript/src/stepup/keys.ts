import type { CryptoKey } from 'jose';
import { within } from '../within.js';
import { InvalidToken, KeysUnavailable } from './errors.js';
import { type Fetch, fetchKeys, type KeySet } from './jwks.js';

const MINUTE = 60_000;

/**
 * In milliseconds, how old keys get before they are fetched again: what the service asks of hosts, which learn of a next
 * key before it signs and of a withdrawn one within this time.
 */
export const FRESH_FOR_MS = 5 * MINUTE;

/**
 * How old keys may get while the service cannot be reached. Nothing that was signed before it went can live so long;
 * whatever is shown later is refused with {@link KeysUnavailable}.
 */
export const KEPT_FOR_MS = 15 * MINUTE;

/** How often keys are fetched at most, whatever tokens name: an unknown key costs a forger nothing. */
export const FETCH_EVERY_MS = MINUTE;

/** The same while there are no keys at all, as when the host started first. */
const FETCH_EVERY_WITHOUT = 1_000;

/** How long a token waits for keys. */
const FETCH_TIMEOUT = 3_000;

/** The service's public keys, as last fetched. Fetching happens when a token needs it; there is nothing to start or to stop. */
export class Keys {
  readonly #url: string;
  readonly #fetch: Fetch;
  readonly #now: () => number;
  #known: KeySet = new Map();
  /** When known was asked for. */
  #loaded: number | undefined;
  /** When keys were last asked for. */
  #tried: number | undefined;
  /** Why that failed. */
  #failed = 'they were not asked for';
  #fetching: Promise<void> | undefined;

  readonly #fetchEveryWithout: number;

  constructor(url: string, fetch: Fetch, now: () => number, fetchEveryWithout = FETCH_EVERY_WITHOUT) {
    this.#fetchEveryWithout = fetchEveryWithout;
    this.#url = url;
    this.#fetch = fetch;
    this.#now = now;
  }

  /** The key of that id. */
  async find(kid: string, signal: AbortSignal | undefined): Promise<CryptoKey> {
    const key = (await this.current(kid, signal)).get(kid);
    if (!key) throw new InvalidToken('kid', `is of no key at ${this.#url}; set issuer, and baseUrl where there is one, to the service that signed it`);
    return key;
  }

  /** Whether a key is known to be among these. It fetches no more often than find does, and of a set without keys once a minute. */
  async has(kid: string, signal: AbortSignal | undefined): Promise<boolean> {
    return this.find(kid, signal).then(() => true, () => false);
  }

  /** The keys, fetched anew where that may be and they are old or have none of the wanted id; undefined is none in particular. */
  async current(wanted: string | undefined, signal: AbortSignal | undefined): Promise<KeySet> {
    let now = this.#now();
    const enough = isWithin(now, this.#loaded, FRESH_FOR_MS) && (wanted === undefined || this.#known.has(wanted));
    if (!enough && this.#isDue(now)) {
      const done = (this.#fetching ??= this.#load(now));
      await within(undefined, signal, () => done, (cause) => new KeysUnavailable('nobody waits', { cause }));
      now = this.#now(); // of a fetch after ours, keys must not look as if they were to come
    }
    if (!isWithin(now, this.#loaded, KEPT_FOR_MS)) throw new KeysUnavailable(this.#failed);
    return this.#known;
  }

  /** Whether keys may be asked for, or are just being. */
  #isDue(now: number): boolean {
    const every = isWithin(now, this.#loaded, KEPT_FOR_MS) ? FETCH_EVERY_MS : this.#fetchEveryWithout;
    return this.#fetching !== undefined || !isWithin(now, this.#tried, every);
  }

  /** One fetch for all who wait. It is nobody's own, so that it does not end when the one who began it leaves. */
  async #load(began: number): Promise<void> {
    this.#tried = began;
    const read = await within(FETCH_TIMEOUT, undefined, (signal) => fetchKeys(this.#fetch, this.#url, signal), () => undefined).catch(() => 'timeout');
    if (typeof read === 'string') this.#failed = read;
    else [this.#known, this.#loaded] = [read, began];
    this.#fetching = undefined;
  }
}

/** Whether now is less than so long after a time. A clock that was set back makes nothing younger. */
function isWithin(now: number, at: number | undefined, milliseconds: number): boolean {
  return at !== undefined && now >= at && now < at + milliseconds;
}
