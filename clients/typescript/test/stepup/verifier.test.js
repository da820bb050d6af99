import { equal, ok as holds, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createVerifier } from '@countersign/client/stepup';
import { issuer, SigningKey, tenant } from './forge.js';
import { Published, verdict } from './published.js';

for (const [name, options] of Object.entries({
  'nothing': {}, 'no tenant': { issuer }, 'no issuer': { tenant, baseUrl: issuer }, 'an issuer that is no URL': { issuer: '2fa.example.com', tenant },
  'an issuer of another scheme': { issuer: 'ftp://2fa.example.com', tenant }, 'an issuer with a query': { issuer: `${issuer}?x`, tenant },
  'a base with a password': { issuer, tenant, baseUrl: 'https://u:sentinel@2fa.example.com' }, 'a tenant with a path': { issuer, tenant: 'sandbox/acme' },
  'a tenant in capitals': { issuer, tenant: 'Acme' }, 'a tenant with a line break': { issuer, tenant: 'acme\n' }, "the service's own audience": { issuer, tenant, audience: 'countersign' },
  "the service's own audience, as a tenant": { issuer, tenant: 'countersign' },
})) {
  test(`a verifier that would believe the wrong tokens is not made: ${name}`, () => {
    throws(() => createVerifier(/** @type {any} */ (options)), (error) => error instanceof TypeError && !inspect(error).includes('sentinel'));
  });
}

test('an issuer may have a slash behind, a path, and be on this machine', () => {
  createVerifier({ issuer: `${issuer}/`, tenant });
  createVerifier({ issuer: `${issuer}/2fa`, tenant });
  createVerifier({ issuer: 'http://127.0.0.1:8080', tenant, audience: 'portal' });
});

const [ordinary, sandbox] = [new SigningKey(), new SigningKey()];

test('sandbox tokens are for sandbox verifiers alone', async () => {
  const service = new Published(ordinary);
  service.sandbox = [sandbox.jwk];
  for (const isSandbox of [false, true]) {
    const verifier = service.verifier({ sandbox: isSandbox });
    const verdicts = [ordinary.token(), sandbox.token()].map((token) => verdict(verifier, token));
    equal(String(await Promise.all(verdicts)), isSandbox ? 'InvalidToken,good' : 'good,InvalidToken');
  }
});

test("another audience is another host's", async () => {
  const verifier = new Published(ordinary).verifier({ issuer: `${issuer}/`, audience: 'portal', baseUrl: 'https://inside.example.com/' });
  equal(await verdict(verifier, ordinary.token({ aud: 'portal' })), 'good');
  equal(await verdict(verifier, ordinary.token()), 'InvalidToken');
});

test('keys are fetched where they are said to be', async () => {
  const service = new Published(ordinary);
  await service.verifier({ baseUrl: 'https://inside.example.com/' }).ready();
  equal(service.fetches[0]?.url, 'https://inside.example.com/.well-known/jwks.json');
});

test('a verifier prints as whom it believes', () => {
  holds(inspect({ verifier: new Published().verifier() }).includes('[verifier of https://2fa.example.com/acme for acme]'));
});
