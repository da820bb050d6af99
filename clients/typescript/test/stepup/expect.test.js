import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ACR_PHISHING_RESISTANT, ACR_RECOVERY, ACR_SECOND_FACTOR, ACR_TWO_FACTORS, LEEWAY_SECONDS } from '@countersign/client/stepup';
import { rejected } from '../fake.js';
import { SigningKey, start, want } from './forge.js';
import { Published, verdict } from './published.js';

const key = new SigningKey();
const bare = { session_id: undefined, nonce: undefined, action: undefined };

const { sessionId: _, ...withoutSession } = want;
const { action: __, ...withoutAction } = want;

for (const [name, [changes, expect, isGood]] of Object.entries(/** @type {Record<string, [object, any, boolean]>} */ ({
  'as expected': [{}, want, true],
  'of another user': [{ sub: 'u2' }, want, false],
  'of a user with a longer id': [{ sub: 'u11' }, want, false],
  'of a user in capitals': [{ sub: 'U1' }, want, false],
  'nobody is expected': [{}, { ...want, userId: '' }, false],
  'it was forgotten who is expected': [{}, { ...want, userId: undefined }, false],
  'nothing is expected': [bare, {}, false],
  'of another session': [{ session_id: 's2' }, want, false],
  'of no session': [{ session_id: undefined }, want, false],
  'with another nonce': [{ nonce: 'n2' }, want, false],
  'without the nonce': [{ nonce: undefined }, want, false],
  'for another action': [{ action: 'delete' }, want, false],
  'for no action': [{ action: undefined }, want, false],
  'a session that is not expected': [{}, withoutSession, false],
  'a nonce that is not expected': [{}, { ...want, nonce: '' }, false],
  'an action that is not expected': [{}, withoutAction, false],
  'a nonce that is a number here': [{ nonce: '4711' }, { ...want, nonce: 4711 }, false],
  'bare, as expected': [bare, { userId: 'u1' }, true],
  'a recovery code, unless named': [{ acr: ACR_RECOVERY, method: 'recovery_code', amr: ['pwd', 'mfa'] }, want, false],
  'a recovery code that is named': [{ acr: ACR_RECOVERY, method: 'recovery_code', amr: [] }, { ...want, acr: [ACR_TWO_FACTORS, ACR_RECOVERY] }, true],
  'a code without a first factor': [{ acr: ACR_SECOND_FACTOR, amr: ['otp'] }, want, false],
  'an empty list of assurances': [{}, { ...want, acr: [] }, true],
  'another assurance alone': [{}, { ...want, acr: [ACR_RECOVERY] }, false],
  'proven just before it was signed': [{ auth_time: start - 299 }, want, true],
  'proven at the age that is allowed': [{ auth_time: start - 300 }, want, true],
  'proven long before it was signed': [{ auth_time: start - 301 }, want, false],
  'an age that is no number': [{}, { ...want, maxAgeSeconds: NaN }, false],
}))) {
  test(`a token is for one user, one session and one purpose: ${name}`, async () => {
    equal(await verdict(new Published(key).verifier(), key.token(changes), expect), isGood ? 'good' : 'Mismatch');
  });
}

// A passkey is more than a code, and nothing else is a passkey.
const passkey = { acr: ACR_PHISHING_RESISTANT, method: 'passkey', amr: ['pwd', 'pop', 'mfa'] };
for (const [name, [changes, acr, isGood]] of Object.entries(/** @type {Record<string, [object, string[] | undefined, boolean]>} */ ({
  'a passkey, unless said otherwise': [passkey, undefined, true],
  'a passkey where a code will do': [passkey, [ACR_TWO_FACTORS, ACR_RECOVERY], true],
  'a passkey where one is asked for': [passkey, [ACR_PHISHING_RESISTANT], true],
  'a passkey for a recovery code': [passkey, [ACR_RECOVERY], false],
  'a passkey for a code alone': [passkey, [ACR_SECOND_FACTOR], false],
  'a code for a passkey': [{}, [ACR_PHISHING_RESISTANT], false],
  'a recovery code for a passkey': [{ acr: ACR_RECOVERY, method: 'recovery_code', amr: [] }, [ACR_PHISHING_RESISTANT], false],
  'a code where either is named': [{}, [ACR_PHISHING_RESISTANT, ACR_TWO_FACTORS], true],
}))) {
  test(`a passkey serves where a code does, and not the other way round: ${name}`, async () => {
    equal(await verdict(new Published(key).verifier(), key.token(changes), { ...want, acr }), isGood ? 'good' : 'Mismatch');
  });
}

// A text would be searched for parts, and has each of them.
test('a list of assurances that is a text is refused', async () => {
  const acr = /** @type {any} */ (ACR_TWO_FACTORS);
  equal((await rejected(new Published(key).verifier().verify(key.token(), { ...want, acr }))).name, 'TypeError');
});

// A name that is misspelt in the host must not unbind its tokens.
for (const name of ['sessionId', 'nonce', 'action']) {
  test(`what is expected and undefined is a mistake of the host: ${name}`, async () => {
    equal((await rejected(new Published(key).verifier().verify(key.token(bare), { userId: 'u1', [name]: undefined }))).name, 'TypeError');
  });
}

test('without an expectation nothing is verified', async () => {
  equal((await rejected(new Published(key).verifier().verify(key.token(), /** @type {any} */ (undefined)))).name, 'TypeError');
});

const young = { ...want, maxAgeSeconds: 60 };

for (const [name, [after, expect, wanted]] of Object.entries(/** @type {Record<string, [number, typeof young | typeof want, string]>} */ ({
  'at once': [0, want, 'good'],
  'on a slower clock': [-LEEWAY_SECONDS * 1000, want, 'good'],
  'on a much slower clock': [-LEEWAY_SECONDS * 1000 - 1, want, 'InvalidToken'],
  'in its last moment': [300_000 - 1, want, 'good'],
  'when it expires, no leeway': [300_000, want, 'InvalidToken'],
  'later': [3_600_000, want, 'InvalidToken'],
  'as young as it must be': [60_000, young, 'good'],
  'a moment older than it may be': [60_001, young, 'Mismatch'],
}))) {
  test(`times of a token: ${name}`, async () => {
    const service = new Published(key);
    service.now += after;
    equal(await verdict(service.verifier(), key.token(), expect), wanted);
  });
}
