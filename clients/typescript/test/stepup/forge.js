// A forge of our own, which signs as the service does and as nobody should.
import { createHash, createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** @typedef {Record<string, any>} Members */
/** @typedef {(message: string) => Uint8Array} Signer */

export const issuer = 'https://2fa.example.com';
export const tenant = 'acme';

/** In seconds. */
export const start = Date.UTC(2026, 10, 5, 12) / 1000;

/** What the good token is for. */
export const want = { userId: 'u1', sessionId: 's1', nonce: 'n1', action: 'export' };

/** The claims of a good token, as they stand in it. @returns {Members} */
export const claims = () => ({
  iss: `${issuer}/${tenant}`, aud: tenant, sub: 'u1', tid: tenant, client_id: 'key_1', iat: start, nbf: start, exp: start + 300, auth_time: start,
  acr: 'urn:countersign:acr:aal2', amr: ['pwd', 'otp', 'mfa'], jti: 'sut_1', method: 'totp', session_id: 's1', nonce: 'n1', action: 'export',
});

/** An object with changes; undefined removes a member. @param {Members} object @param {Members} [changes] @returns {Members} */
export const changed = (object, changes = {}) => JSON.parse(JSON.stringify({ ...object, ...changes }));

/** @param {string | Uint8Array} bytes */
export const encode = (bytes) => Buffer.from(bytes).toString('base64url');

/** A part of a token; a text is taken as it is. @param {unknown} value */
const segment = (value) => encode(typeof value === 'string' ? value : JSON.stringify(value));

/** @param {unknown} header @param {unknown} payload @param {Signer} signer */
export function forge(header, payload, signer) {
  const message = `${segment(header)}.${segment(payload)}`;
  return `${message}.${encode(signer(message))}`;
}

/** @param {string} x @param {string} y */
export const thumbprint = (x, y) => createHash('sha256').update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })).digest('base64url');

/** @param {string | Uint8Array} secret @returns {Signer} */
export const hs256 = (secret) => (message) => createHmac('sha256', secret).update(message).digest();

/** @type {Signer} */
export const unsigned = () => new Uint8Array();

/** A key of the service's kind, or nearly. */
export class SigningKey {
  #private;

  constructor(curve = 'P-256') {
    this.#private = generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
    const { x = '', y = '' } = this.public.export({ format: 'jwk' });
    this.x = x;
    this.y = y;
    this.id = thumbprint(x, y);
  }

  get public() { return createPublicKey(this.#private); }

  /** The public key as a point, which is no secret. */
  get point() { return Buffer.concat([Buffer.of(4), Buffer.from(this.x, 'base64url'), Buffer.from(this.y, 'base64url')]); }

  get pkix() { return this.public.export({ type: 'spki', format: 'der' }); }

  /** The key as the service publishes it. @returns {Members} */
  get jwk() { return { kty: 'EC', crv: 'P-256', x: this.x, y: this.y, kid: this.id, use: 'sig', alg: 'ES256' }; }

  get header() { return { alg: 'ES256', kid: this.id, typ: 'step-up+jwt' }; }

  /** Signs as RFC 7518, section 3.4, says: R and S, each as long as the field. @type {Signer} */
  es256 = (message) => sign('sha256', Buffer.from(message), { key: this.#private, dsaEncoding: 'ieee-p1363' });

  /** @type {Signer} */
  asn1 = (message) => sign('sha256', Buffer.from(message), { key: this.#private, dsaEncoding: 'der' });

  /** A good token, but for the changes. @param {Members} [changes] */
  token(changes) { return forge(this.header, changed(claims(), changes), this.es256); }
}

/** Puts other claims under the signature. @param {string} token @param {Members} other */
export function splice(token, other) {
  const [header, , signature] = token.split('.');
  return `${header}.${segment(other)}.${signature}`;
}

/** Sets a bit of the last character that a lenient decoder ignores: the same bytes in another spelling. @param {string} text */
export function loosen(text) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const spelled = text.slice(0, -1) + alphabet[alphabet.indexOf(text.slice(-1)) | 1];
  if (spelled === text) throw new Error('the last character has no spare bits');
  return spelled;
}
