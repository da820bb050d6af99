// A service, as far as a verifier sees it: its key sets, on a clock that the test sets.
import { createVerifier } from '@countersign/client/stepup';
import { rejected } from '../fake.js';
import { issuer, start, tenant, want } from './forge.js';

/** @typedef {import('./forge.js').SigningKey} SigningKey */

export class Published {
  fetches = /** @type {{ url: string, init: RequestInit }[]} */ ([]);
  /** How often the keys of sandboxes were asked for. */
  sandboxFetches = 0;
  keys = /** @type {object[]} */ ([]);
  sandbox = /** @type {object[]} */ ([]);
  /** Answers instead, when set. @type {((init: RequestInit) => Response | Promise<Response>) | undefined} */
  answer;
  /** In milliseconds. */
  now = start * 1000;

  /** @param {...SigningKey} keys */
  constructor(...keys) { this.set(...keys); }

  /** @param {...SigningKey} keys */
  set(...keys) { this.keys = keys.map((key) => key.jwk); }

  /** A service that is down, behind a proxy that says so. */
  breaks() { this.answer = () => new Response('', { status: 502 }); }

  /** @param {string} url @param {RequestInit} init */
  fetch = async (url, init) => {
    if (url.endsWith('jwks-sandbox.json')) this.sandboxFetches++;
    else this.fetches.push({ url, init });
    if (this.answer) return this.answer(init);
    return Response.json({ keys: url.endsWith('jwks-sandbox.json') ? this.sandbox : this.keys });
  };

  /** One of the tenant acme. @param {Partial<import('@countersign/client/stepup').VerifierOptions>} [options] */
  verifier(options) {
    return createVerifier({ issuer, tenant, fetch: this.fetch, now: () => this.now, ...options });
  }
}

/**
 * `good`, or what is wrong: the error's name and its claim or reason.
 *
 * @param {import('@countersign/client/stepup').Verifier} verifier @param {unknown} token @param {import('@countersign/client/stepup').Expect} [expect]
 */
export async function verdict(verifier, token, expect = want) {
  const error = await rejected(verifier.verify(/** @type {any} */ (token), expect).then(() => { throw { name: 'good' }; }));
  return String(error.name);
}
