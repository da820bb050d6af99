import { isAddress } from '../address.js';
import { printsAs } from '../redact.js';
import type { StepUpClaims } from '../types.js';
import { checkClaims } from './claims.js';
import { checkExpected, type Expect } from './expect.js';
import type { Fetch } from './jwks.js';
import { InvalidToken } from './errors.js';
import { FETCH_EVERY_MS, Keys } from './keys.js';
import { readToken } from './token.js';

/** Whose tokens a verifier believes. */
export interface VerifierOptions {
  /** The service's COUNTERSIGN_ISSUER, such as https://2fa.example.com, without the tenant. */
  issuer: string;
  /** The one tenant whose tokens count. */
  tenant: string;
  /** The one host that tokens must be for; the tenant's name unless set, which is what a tenant has unless it was created with another. */
  audience?: string | undefined;
  /** Where the keys are fetched; the issuer unless set. */
  baseUrl?: string | undefined;
  /** Takes the tokens of a sandbox tenant, and those alone. A verifier without it takes none of them, whatever they say. */
  sandbox?: boolean | undefined;
  /** Fetches the keys, instead of the platform's own. It is given three seconds, and follows no redirect. */
  fetch?: Fetch | undefined;
  /** The time in milliseconds; Date.now unless set. */
  now?: (() => number) | undefined;
}

/** Checks step-up tokens of one tenant. Make one and keep it: it keeps the keys. */
export interface Verifier {
  /**
   * The claims of a token that is valid and for what is expected. Otherwise it rejects with {@link InvalidToken},
   * {@link Mismatch} or {@link KeysUnavailable}, which tell the host's log the claim, what was expected and the remedy. Of a
   * token's values errors have those that name no person and no session, and none before its signature is good. It asks
   * the network for keys alone, and rarely. The signal ends the wait for them.
   */
  verify(token: string | null | undefined, expect: Expect, options?: { signal?: AbortSignal | undefined }): Promise<StepUpClaims>;

  /**
   * Fetches the keys unless they are fresh, and rejects with {@link KeysUnavailable} while nothing can be checked: for a
   * start that should fail early, and for a probe.
   */
  ready(options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

/** The audience of tokens for the service's own routes. */
const OWN_AUDIENCE = 'countersign';

const OF_A_SANDBOX = 'is a key of sandboxes: this token was signed by a sandbox; set sandbox to accept it, in tests alone';
const OF_NO_SANDBOX = 'is no key of sandboxes: this token was signed by a tenant that is no sandbox; leave sandbox out to accept it';

/** The form of a tenant's name. */
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Makes a verifier, which has fetched nothing yet; see ready. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { tenant, now = Date.now } = options;
  const issuer = trimmed(options.issuer);
  const audience = options.audience || tenant;
  const base = options.baseUrl ? trimmed(options.baseUrl) : issuer;
  if (!isAddress(issuer)) throw new TypeError("stepup: issuer must be the service's COUNTERSIGN_ISSUER, like https://2fa.example.com");
  if (!isAddress(base)) throw new TypeError('stepup: baseUrl must be like https://2fa.example.com, or not set');
  if (typeof tenant !== 'string' || !SLUG.test(tenant)) throw new TypeError("stepup: tenant must be a tenant's name: lower-case letters, digits and hyphens");
  if (audience === OWN_AUDIENCE) throw new TypeError(`stepup: audience must be the host's own; tokens for "${OWN_AUDIENCE}" are for the service alone`);

  const [set, otherSet] = options.sandbox ? ['jwks-sandbox', 'jwks'] : ['jwks', 'jwks-sandbox'];
  const believed = { issuer: `${issuer}/${tenant}`, tenant, audience };
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const keys = new Keys(`${base}/.well-known/${set}.json`, fetch, now);
  // Those of the other kind of tenant: they sign nothing that is believed, and explain a refusal.
  const others = new Keys(`${base}/.well-known/${otherSet}.json`, fetch, now, FETCH_EVERY_MS);
  const find = (kid: string, signal: AbortSignal | undefined) => keys.find(kid, signal).catch(async (error: unknown) => {
    if (error instanceof InvalidToken && (await others.has(kid, signal))) throw new InvalidToken('kid', options.sandbox ? OF_NO_SANDBOX : OF_A_SANDBOX);
    throw error;
  });
  return printsAs({
    async verify(token, expect, { signal } = {}) {
      const claims = await readToken(token, (kid) => find(kid, signal));
      const at = now();
      checkClaims(claims, believed, at);
      checkExpected(claims, expect, at);
      return claims;
    },
    async ready({ signal } = {}) {
      await keys.current(undefined, signal);
    },
  } satisfies Verifier, `[verifier of ${believed.issuer} for ${audience}]`);
}

const trimmed = (text: unknown): string => (typeof text === 'string' ? text.replace(/\/+$/, '') : '');
