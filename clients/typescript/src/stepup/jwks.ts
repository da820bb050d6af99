import { base64url, calculateJwkThumbprint, type CryptoKey, importJWK } from 'jose';
import { parseObject, readText, reasonOf } from '../answer.js';

/** Beyond every set of the service, which has a handful of keys. */
const LARGEST_SET = 256 << 10;

/** Public keys, by id. */
export type KeySet = ReadonlyMap<string, CryptoKey>;

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Reads the published keys; otherwise in a word why not. A set without any is no answer of the service: it would make
 * every token invalid.
 */
export async function fetchKeys(fetch: Fetch, url: string, signal: AbortSignal): Promise<KeySet | string> {
  let response: Response;
  let text: string | undefined;
  try {
    // A cache between us would add its age to ours.
    response = await fetch(url, { signal, redirect: 'manual', cache: 'no-store', headers: { Accept: 'application/json', 'Cache-Control': 'no-cache' } });
    text = await readText(response, LARGEST_SET);
  } catch (error) {
    return reasonOf(error);
  }
  if (response.status !== 200 || response.redirected) return `${url} answers ${response.status}`;
  const known = await parseSet(text);
  return known.size > 0 ? known : `${url} has no key of Countersign`;
}

/** The keys that sign step-up tokens. Others are passed over: a later service may publish further kinds (RFC 7517, section 5). */
async function parseSet(text: string | undefined): Promise<KeySet> {
  const keys = parseObject(text)?.['keys'];
  const read = await Promise.all((Array.isArray(keys) ? keys : []).map(publicKey));
  return new Map(read.filter((entry) => entry !== undefined));
}

/** Undefined unless a key is what the service signs with, and its id its thumbprint: two keys cannot have one id, nor one key another's. */
async function publicKey(jwk: unknown): Promise<[string, CryptoKey] | undefined> {
  const { kty, crv, x, y, kid, use, alg } = (jwk ?? {}) as Record<string, unknown>;
  if (kty !== 'EC' || crv !== 'P-256' || alg !== 'ES256' || use !== 'sig' || !isBytes(x, 32) || !isBytes(y, 32)) return undefined;
  if (kid !== (await calculateJwkThumbprint({ kty, crv, x, y }))) return undefined;
  try {
    return [kid, (await importJWK({ kty, crv, x, y }, 'ES256')) as CryptoKey];
  } catch {
    return undefined; // no point of the curve
  }
}

/** Whether a text is so many bytes in base64url, spelled in the one way that leaves no bit over. */
export function isBytes(text: unknown, length?: number): text is string {
  if (typeof text !== 'string' || !/^[\w-]+$/.test(text)) return false;
  try {
    const bytes = base64url.decode(text);
    return (length === undefined || bytes.length === length) && base64url.encode(bytes) === text;
  } catch {
    return false;
  }
}
