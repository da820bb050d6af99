import { equal, ok as holds } from 'node:assert/strict';
import { test } from 'node:test';
import { ACR_RECOVERY, ACR_TWO_FACTORS, FETCH_EVERY_MS } from '@countersign/client/stepup';
import { rejected } from '../fake.js';
import { issuer, SigningKey, start, want } from './forge.js';
import { Published, verdict } from './published.js';

const key = new SigningKey();
const verifier = new Published(key).verifier();

/** @param {Promise<unknown>} verified */
const said = async (verified) => String((await rejected(verified)).message);

/** @type {Record<string, [changes: object, ...want: string[]]>} */
const refused = {
  'another issuer': [{ iss: 'http://localhost:8080/acme' }, `iss is "http://localhost:8080/acme", expected "${issuer}/acme"`, 'set issuer'],
  'another tenant': [{ tid: 'demo' }, 'tid is "demo", expected "acme"', 'set tenant'],
  'another audience': [{ aud: 'portal' }, 'aud is "portal", expected "acme"', 'set audience'],
  'no sub': [{ sub: undefined }, 'sub is missing'],
  expired: [{ iat: start - 400, nbf: start - 400, exp: start - 100 }, 'exp was 100 s ago', 'proven again'],
  'too long': [{ exp: start + 301 }, 'exp is not at most 300 s after iat'],
  'a clock that is ahead': [{ iat: start + 60 }, 'iat is 60 s ahead', 'at most 5 s', 'clocks'],
  'no acr of ours': [{ acr: 'aal3' }, 'are "aal3", ["pwd","otp","mfa"] and "totp"', 'older'],
  'another user': [{ sub: 'u2' }, 'sub is not the userId'],
  'another session': [{ session_id: 's2' }, 'session_id is not the sessionId', 'the decision or the ticket'],
  'no session': [{ session_id: undefined }, 'session_id is missing', 'the same sessionId'],
  'another action': [{ action: 'delete' }, 'action is "delete", expected "export"', 'the same action'],
  'a recovery code': [{ acr: ACR_RECOVERY, method: 'recovery_code', amr: ['pwd', 'mfa'] }, `acr is "${ACR_RECOVERY}", expected "${ACR_TWO_FACTORS}"`, 'name it in acr'],
  'an old proof': [{ auth_time: start - 301 }, 'auth_time is 301 s ago, expected at most 300 s', 'maxAgeSeconds'],
};

for (const [name, [changes, ...parts]] of Object.entries(refused)) {
  test(`a refusal names what was found, what was expected and the remedy: ${name}`, async () => {
    const message = await said(verifier.verify(key.token(changes), want));
    for (const part of parts) holds(message.includes(part), message);
  });
}

test('a session where none is expected, and a ticket, are said to be what they are', async () => {
  const { sessionId: _, ...noSession } = want;
  holds((await said(verifier.verify(key.token(), noSession))).includes('session_id is there, and no sessionId is expected'));
  holds((await said(verifier.verify('ticket', want))).includes('a ticket is none'));
});

test('a token of the other kind of tenant is said to be one', async () => {
  const [ordinary, sandbox] = [new SigningKey(), new SigningKey()];
  const service = new Published(ordinary);
  service.sandbox = [sandbox.jwk];
  for (const isSandbox of [false, true]) {
    const strict = service.verifier({ sandbox: isSandbox });
    const message = await said(strict.verify((isSandbox ? ordinary : sandbox).token(), want));
    holds(message.includes(isSandbox ? 'leave sandbox out to accept it' : 'this token was signed by a sandbox; set sandbox to accept it'), message);
    const foreign = await said(strict.verify(new SigningKey().token(), want));
    holds(foreign.includes(`${issuer}/.well-known/jwks`) && !foreign.includes('signed by'), foreign);
  }
});

test('the keys of the other kind are asked for once a minute', async () => {
  for (const sandbox of [[new SigningKey().jwk], []]) {
    const service = new Published(key);
    const strict = service.verifier();
    service.sandbox = sandbox;
    equal(await verdict(strict, key.token()), 'good');
    equal(service.sandboxFetches, 0);
    for (let half = 0; half < 3; half++, service.now += FETCH_EVERY_MS / 2) {
      for (let i = 0; i < 10; i++) equal(await verdict(strict, new SigningKey().token()), 'InvalidToken');
    }
    equal(service.sandboxFetches, 2);
  }
});
