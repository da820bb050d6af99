import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ACR_PHISHING_RESISTANT, ACR_RECOVERY, ACR_SECOND_FACTOR, ACR_TWO_FACTORS } from '@countersign/client/stepup';
import { rejected } from '../fake.js';
import { changed, claims, forge, hs256, issuer, loosen, SigningKey, splice, start, unsigned, want } from './forge.js';
import { Published, verdict } from './published.js';

const key = new SigningKey();
const foreign = new SigningKey();
const p384 = new SigningKey('P-384');
const verifier = new Published(new SigningKey(), key).verifier();
const good = key.token();

test('a good token is believed', async () => {
  deepEqual(await verifier.verify(good, want), claims()); // else the forge, when honest, is refused, and the other tests show nothing
});

test('what a token does not state is not there', async () => {
  const bare = { session_id: undefined, nonce: undefined, action: undefined };
  deepEqual(await verifier.verify(key.token(bare), { userId: 'u1' }), changed(claims(), bare));
});

test('of claims that are not in the contract nothing is told', async () => {
  deepEqual(await verifier.verify(key.token({ admin: true, __proto__: { x: 1 } }), want), claims());
});

const headed = (/** @type {object} */ changes) => forge(changed(key.header, changes), claims(), key.es256);
const hs = (/** @type {string | Uint8Array} */ secret) => forge(changed(key.header, { alg: 'HS256' }), claims(), hs256(secret));
const expired = changed(claims(), { iat: start - 900, nbf: start - 900, exp: start - 600 });

for (const [name, token] of Object.entries({
  'alg none': forge(changed(key.header, { alg: 'none' }), claims(), unsigned),
  'alg None': forge(changed(key.header, { alg: 'None' }), claims(), unsigned),
  'alg none, signed': headed({ alg: 'none' }),
  'no signature': forge(key.header, claims(), unsigned),
  'HS256 with the public point': hs(key.point),
  'HS256 with the public PKIX': hs(key.pkix),
  'HS256 with a coordinate': hs(key.x),
  'HS256 with nothing': hs(''),
  'alg ES384 on another curve': forge(changed(key.header, { alg: 'ES384' }), claims(), p384.es256),
  'ES256 on another curve': forge(key.header, claims(), p384.es256),
  'ES256 of a P-384 key, its id': forge(p384.header, claims(), p384.es256),
  'alg ES512': headed({ alg: 'ES512' }),
  'alg in lower case': headed({ alg: 'es256' }),
  'a foreign key, our kid': forge(key.header, claims(), foreign.es256),
  'a foreign key and kid': foreign.token(),
  'a zero signature': forge(key.header, claims(), () => new Uint8Array(64)),
  'no alg': headed({ alg: undefined }),
  'a number for alg': headed({ alg: 7 }),
  'no typ': headed({ typ: undefined }),
  'typ JWT': headed({ typ: 'JWT' }),
  'typ of an access token': headed({ typ: 'at+jwt' }),
  'typ of a ticket': headed({ typ: 'ticket+jwt' }),
  'typ in capitals': headed({ typ: 'STEP-UP+JWT' }),
  'typ with its tree': headed({ typ: 'application/step-up+jwt' }),
  'no kid': headed({ kid: undefined }),
  'an empty kid': headed({ kid: '' }),
  'a number for kid': headed({ kid: 7 }),
  'a list for kid': headed({ kid: [key.id] }),
  'a path for kid': headed({ kid: '../../dev/null' }),
  'a kid of line breaks': headed({ kid: '\n'.repeat(43) }),
  'a kid in another spelling': headed({ kid: loosen(key.id) }),
  'a kid with padding': headed({ kid: `${key.id}=` }),
  'jku': headed({ jku: 'http://127.0.0.1:9/jwks.json' }),
  'x5u': headed({ x5u: 'http://127.0.0.1:9/cert.pem' }),
  'jwk': headed({ jwk: foreign.jwk }),
  'jwk of a foreign key': forge({ ...foreign.header, jwk: foreign.jwk }, claims(), foreign.es256),
  'crit': headed({ crit: ['exp'] }),
  'crit of what is known': headed({ crit: ['b64'], b64: true }),
  'b64': headed({ b64: false }),
  'a further member instead of typ': headed({ typ: undefined, cty: 'step-up+jwt' }),
  'expired': forge(key.header, expired, key.es256),
  'forged and expired': forge(key.header, expired, foreign.es256),
  'a header that is null': forge('null', claims(), key.es256),
  'a header that is a list': forge([], claims(), key.es256),
  'claims that are null': forge(key.header, 'null', key.es256),
  'claims that are a list': forge(key.header, '[]', key.es256),
  'claims that are no JSON': forge(key.header, '{', key.es256),
  'nothing': '',
  'no token': undefined,
  'null': null,
  'an object': { toString: () => good },
  'a list of a good one': [good],
  'dots': '..',
  '10,000 dots': '.'.repeat(10_000),
  '8,000 dots': '.'.repeat(8_000),
  'a token beyond 8 KiB': key.token({ nonce: 'n'.repeat(6 << 10) }),
  'two parts': good.slice(0, good.lastIndexOf('.')),
  'four parts': `${good}.e30`,
  'five parts': `${good}.e30.e30`,
  'a space in front': ` ${good}`,
  'a space behind': `${good} `,
  'a line break behind': `${good}\n`,
  'a line break inside': `${good.slice(0, -9)}\r\n${good.slice(-9)}`,
  'padding': `${good}==`,
  'the alphabet of base64': good.replaceAll('-', '+').replaceAll('_', '/') === good ? `${good}+` : good.replaceAll('-', '+').replaceAll('_', '/'),
  'a bit that decoding discards': loosen(good),
  'another user, old signature': splice(good, changed(claims(), { sub: 'u2' })),
  'a signature in ASN.1': forge(key.header, claims(), key.asn1),
  "a ticket's header": forge(changed(key.header, { alg: 'HS256', typ: 'ticket+jwt' }), claims(), hs256(key.point)),
  'Bearer in front': `Bearer ${good}`,
})) {
  test(`a forged token is refused: ${name}`, async () => equal(await verdict(verifier, token), 'InvalidToken'));
}

/** @type {Record<string, import('./forge.js').Members>} */
const bad = {
  'aud of none': { aud: [] }, 'aud as a list': { aud: ['acme'] }, 'aud of two': { aud: ['acme', 'countersign'] }, 'aud of another host': { aud: 'portal' },
  'aud of the service': { aud: 'countersign' }, 'aud with a space': { aud: 'acme ' }, 'aud in capitals': { aud: 'ACME' }, 'aud that is empty': { aud: '' },
  'another issuer': { iss: `${issuer}/acme/` }, 'the issuer alone': { iss: issuer }, "another tenant's iss": { iss: `${issuer}/other` },
  'another tenant': { tid: 'other' }, 'sub that is empty': { sub: '' }, 'sub as a number': { sub: 7 },
  'client_id that is empty': { client_id: '' }, 'jti that is empty': { jti: '' },
  'exp beyond its life': { exp: start + 301 }, 'exp before iat': { exp: start + 3, iat: start + 4 }, 'exp before nbf': { exp: start + 3, nbf: start + 4 },
  'exp now': { exp: start, iat: start - 5, nbf: start - 5 }, 'exp as text': { exp: String(start + 300) }, 'exp with a fraction': { exp: start + 299.5 },
  'exp at the end of all': { exp: 2 ** 63 }, 'an exp to overflow': { exp: 2 ** 63, iat: -2 }, 'exp without end': { exp: null },
  'nbf to come': { nbf: start + 6 }, 'iat to come': { iat: start + 6 }, 'auth_time to come': { auth_time: start + 6 },
  'a negative iat': { iat: -1 }, 'a negative nbf': { nbf: -1 }, 'a negative auth_time': { auth_time: -1 }, 'an auth_time of 0': { auth_time: 0 },
  'amr as text': { amr: 'otp' }, 'an amr of numbers': { amr: [1] }, 'a null in amr': { amr: [null, 'otp', 'mfa'] }, 'an amr of null': { amr: null },
  'an amr like a list': { amr: { 0: 'pwd', 1: 'otp', 2: 'mfa', length: 3 } }, 'an amr of two in one': { amr: ['pwd', 'otp mfa'] },
  'recovery without amr': { amr: undefined, acr: ACR_RECOVERY, method: 'recovery_code' }, 'a method of tomorrow': { method: 'webauthn' },
  'an acr of tomorrow': { acr: 'urn:countersign:acr:aal3' }, 'session_id as a number': { session_id: 1 }, 'a nonce of null': { nonce: null }, 'an action that is a list': { action: ['export'] },
  ...Object.fromEntries(Object.keys(claims()).filter((name) => !['session_id', 'nonce', 'action'].includes(name)).map((name) => [`no ${name}`, { [name]: undefined }])),
};

for (const [name, changes] of Object.entries(bad)) {
  test(`a claim is refused under a good signature: ${name}`, async () => {
    equal(await verdict(verifier, key.token(changes)), 'InvalidToken');
    const { claim } = await rejected(verifier.verify(key.token(changes), want));
    holds(claim === 'acr, amr and method' || claim in claims(), claim);
  });
}

// What a host would let in, were acr read alone.
for (const [acr, method, amr, isGood] of /** @type {[string, string, string[], boolean][]} */ ([
  [ACR_TWO_FACTORS, 'totp', ['pwd', 'otp', 'mfa'], true], [ACR_TWO_FACTORS, 'totp', ['pwd', 'pin', 'otp', 'mfa'], true], [ACR_TWO_FACTORS, 'totp', ['otp', 'mfa'], false],
  [ACR_TWO_FACTORS, 'totp', ['pwd', 'otp'], false], [ACR_TWO_FACTORS, 'totp', ['pwd', 'mfa'], false], [ACR_TWO_FACTORS, 'totp', ['pwd', 'mfa', 'otp'], false],
  [ACR_TWO_FACTORS, 'totp', ['pwd', 'otp', 'mfa', 'hwk'], false], [ACR_TWO_FACTORS, 'totp', ['pwd', 'otp', 'otp', 'mfa'], false], [ACR_TWO_FACTORS, 'totp', ['', 'otp', 'mfa'], false],
  [ACR_TWO_FACTORS, 'totp', ['pwd'], false], [ACR_TWO_FACTORS, 'totp', [], false], [ACR_TWO_FACTORS, 'recovery_code', ['pwd', 'otp', 'mfa'], false],
  [ACR_SECOND_FACTOR, 'totp', ['otp'], true], [ACR_SECOND_FACTOR, 'totp', ['pwd', 'otp'], false], [ACR_SECOND_FACTOR, 'totp', [], false],
  [ACR_SECOND_FACTOR, 'totp', ['otp', 'mfa'], false], [ACR_SECOND_FACTOR, 'recovery_code', ['otp'], false],
  [ACR_RECOVERY, 'recovery_code', [], true], [ACR_RECOVERY, 'recovery_code', ['pwd', 'mfa'], true], [ACR_RECOVERY, 'recovery_code', ['mfa'], false],
  [ACR_RECOVERY, 'recovery_code', ['pwd'], false], [ACR_RECOVERY, 'recovery_code', ['pwd', 'otp', 'mfa'], false], [ACR_RECOVERY, 'totp', ['pwd', 'mfa'], false],
  [ACR_RECOVERY, 'access_pass', [], true], [ACR_RECOVERY, 'access_pass', ['pwd', 'mfa'], true], [ACR_RECOVERY, 'access_pass', ['pwd', 'otp', 'mfa'], false],
  [ACR_TWO_FACTORS, 'access_pass', ['pwd', 'otp', 'mfa'], false], [ACR_SECOND_FACTOR, 'access_pass', ['otp'], false], [ACR_PHISHING_RESISTANT, 'access_pass', ['pop'], false],
  [ACR_PHISHING_RESISTANT, 'passkey', ['pop'], true], [ACR_PHISHING_RESISTANT, 'passkey', ['pop', 'user'], true],
  [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'pop', 'mfa'], true], [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'pop', 'user', 'mfa'], true],
  [ACR_PHISHING_RESISTANT, 'passkey', ['pop', 'pop', 'mfa'], true], [ACR_PHISHING_RESISTANT, 'passkey', ['pop', 'user', 'pop', 'user', 'mfa'], true],
  [ACR_PHISHING_RESISTANT, 'passkey', [], false], [ACR_PHISHING_RESISTANT, 'passkey', ['user'], false],
  [ACR_PHISHING_RESISTANT, 'passkey', ['mfa'], false], [ACR_PHISHING_RESISTANT, 'passkey', ['pop', 'mfa'], false],
  [ACR_PHISHING_RESISTANT, 'passkey', ['pop', 'user', 'mfa'], false], [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'pop'], false],
  [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'user', 'mfa'], false], [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'user', 'pop', 'otp', 'mfa'], false],
  [ACR_PHISHING_RESISTANT, 'passkey', ['otp', 'pop', 'mfa'], false], [ACR_PHISHING_RESISTANT, 'passkey', ['', 'pop', 'mfa'], false],
  [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'mfa', 'pop', 'mfa'], false], [ACR_PHISHING_RESISTANT, 'passkey', ['pwd', 'otp', 'mfa'], false],
  [ACR_PHISHING_RESISTANT, 'totp', ['pwd', 'pop', 'mfa'], false], [ACR_PHISHING_RESISTANT, 'recovery_code', ['pop'], false],
  [ACR_TWO_FACTORS, 'passkey', ['pwd', 'pop', 'mfa'], false], [ACR_TWO_FACTORS, 'passkey', ['pwd', 'otp', 'mfa'], false],
  [ACR_SECOND_FACTOR, 'passkey', ['pop'], false], [ACR_RECOVERY, 'passkey', [], false], ['PHR', 'passkey', ['pop'], false],
  ['', 'totp', ['pwd', 'otp', 'mfa'], false],
])) {
  test(`assurance, method and amr must say the same: ${acr}, ${method}, ${amr}`, async () => {
    const all = { ...want, acr: [ACR_TWO_FACTORS, ACR_SECOND_FACTOR, ACR_RECOVERY, ACR_PHISHING_RESISTANT, 'PHR', ''] };
    equal(await verdict(verifier, key.token({ acr, method, amr }), all), isGood ? 'good' : 'InvalidToken');
  });
}

test('errors quote no person, no session and nothing unsigned', async () => {
  for (const token of [
    key.token({ sub: 'sentinel' }), key.token({ session_id: 'sentinel' }), key.token({ nonce: 'sentinel' }), new SigningKey().token({ iss: 'sentinel' }),
    forge(key.header, changed(claims(), { iss: 'sentinel' }), new SigningKey().es256), forge(changed(key.header, { alg: 'sentinel' }), claims(), key.es256),
    forge(changed(key.header, { kid: 'sentinel' }), claims(), key.es256), forge('{sentinel', claims(), key.es256), forge(key.header, '{sentinel', key.es256),
  ]) {
    const error = await rejected(verifier.verify(token, want));
    holds(!inspect(error, { depth: 9, showHidden: true }).includes('sentinel'), inspect(error));
  }
});

test('a token with a character changed is not believed', async () => {
  for (let at = 0; at < good.length; at += 7) {
    const other = good[at] === 'A' ? 'B' : 'A';
    equal(await verdict(verifier, good.slice(0, at) + other + good.slice(at + 1)), 'InvalidToken', `at ${at}`);
  }
});
