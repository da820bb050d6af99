// Through the service itself: in a sandbox, which has a passkey for each user, and in a page with an authenticator of Chromium's.
import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ACR_PHISHING_RESISTANT, ACR_RECOVERY, ACR_TWO_FACTORS } from '@countersign/client/stepup';
import { chromium } from 'playwright-core';
import ts from 'typescript';
import { rejected } from './fake.js';
import { Site } from './service.js';

/** @typedef {import('@countersign/client').Countersign} Countersign */

/** @type {import('@countersign/client').DecisionRequest} */
const login = { user_id: 'ada', session_id: 's-1', first_factor: ['pwd'] };
const expects = { userId: 'ada', sessionId: 's-1', acr: [ACR_TWO_FACTORS, ACR_RECOVERY] };

/** @param {Countersign} client */
const putAda = (client) => client.putUser('ada', { username: 'ada@example.com', auth_source: 'local', role: 'member', active: true });

/** A user with a passkey, and nothing else, in a sandbox. @param {Site} site */
async function enrolled(site) {
  const client = site.tenant('ci', '--sandbox', '--origin', 'https://app.example.com', '--rp-id', 'example.com');
  await putAda(client);
  const { factor_id: factor, passkey, totp } = await client.beginEnrollment('ada', { type: 'passkey', name: 'Laptop' });
  holds(passkey && !totp);
  const { credential } = await client.useSandboxPasskey('ada', { creation_options: passkey.creation_options });
  const confirmed = await client.confirmFactor('ada', factor, { passkey: { credential } });
  return { client, factor, confirmed };
}

/** What the browser sends, whose credential `asks` has. @param {Countersign} client @param {Countersign} asks @param {import('@countersign/client').VerifyOptionsRequest} [request] */
async function assertion(client, asks, request = {}) {
  const { passkey: { state, request_options: options } } = await asks.verifyOptions('ada', request);
  const { credential } = await client.useSandboxPasskey('ada', { request_options: options });
  return { state, credential };
}

test('a user goes the whole way by passkey', async (t) => {
  const site = await Site.start(t);
  const { client, factor, confirmed } = await enrolled(site);
  deepEqual([confirmed.recovery_codes.length, confirmed.next_code_at], [8, null]);
  deepEqual((await client.listFactors('ada')).map((each) => [each.factor_id, each.totp, each.passkey?.rp_id]), [[factor, undefined, 'example.com']]);
  const decision = await client.decide(login);
  holds(decision.decision === 'challenge' && decision.methods.includes('passkey'));

  // The browser, which has the ticket and no service key.
  const browser = site.client(decision.ticket);
  const passkey = await assertion(client, browser);
  const proven = await browser.verify('ada', { passkey });
  deepEqual([proven.method, proven.factor_id], ['passkey', factor]);
  equal((await rejected(browser.verify('ada', { passkey }))).code, 'passkey_invalid'); // it is spent

  const verifier = site.verifier({ tenant: 'ci', sandbox: true });
  const claims = await verifier.verify(proven.step_up_token, expects);
  deepEqual([claims.acr, claims.method], [ACR_PHISHING_RESISTANT, 'passkey']);
  await verifier.verify(proven.step_up_token, { ...expects, acr: [ACR_PHISHING_RESISTANT] });
});

test('a passkey is proven for one purpose', async (t) => {
  const { client } = await enrolled(await Site.start(t));
  const asked = { action: 'payment.approve', nonce: '4711' };
  const other = client.verify('ada', { ...asked, nonce: '4712', passkey: await assertion(client, client, asked) });
  equal((await rejected(other)).code, 'passkey_invalid');
  equal((await client.verify('ada', { ...asked, passkey: await assertion(client, client, asked) })).method, 'passkey');
});

test('a passkey disables as a code does', async (t) => {
  const { client } = await enrolled(await Site.start(t));
  await client.disableTwoFactor('ada', { passkey: await assertion(client, client, { action: 'disable' }) });
  equal((await rejected(client.verifyOptions('ada', {}))).code, 'not_enrolled');
});

test('a tenant without a relying party id has no passkeys', async (t) => {
  const client = (await Site.start(t)).tenant('acme');
  await putAda(client);
  equal((await rejected(client.beginEnrollment('ada', { type: 'passkey' }))).code, 'passkeys_not_configured');
});

const read = (/** @type {string} */ name) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

test('the sample of the README is the one that is tested', async () => {
  holds((await read('README.md')).includes('```ts\n' + (await read('test/passkey-page.ts')) + '```\n'));
});

/** A page at localhost, to which browsers bind passkeys. @param {import('node:test').TestContext} t */
async function host(t) {
  const imports = { '@countersign/client': '/dist/index.js', 'openapi-fetch': '/node_modules/openapi-fetch/dist/index.mjs' };
  const server = createServer(async ({ url = '' }, response) => {
    if (url === '/') return response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>Acme</title><script type="importmap">${JSON.stringify({ imports })}</script>`);
    const text = url === '/passkey-page.js'
      ? ts.transpileModule(await read('test/passkey-page.ts'), { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } }).outputText
      : await read(url.slice(1)).catch(() => '');
    return response.writeHead(text ? 200 : 404, { 'Content-Type': 'text/javascript' }).end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

test('a page of the host makes a passkey and logs in with it', async (t) => {
  const [site, own] = await Promise.all([Site.start(t), host(t)]);
  const client = site.tenant('acme', '--origin', own, '--rp-id', 'localhost');
  await putAda(client);
  const { ticket: account } = await client.createTicket('ada', { purpose: 'account' });

  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu'] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const authenticators = await page.context().newCDPSession(page);
  await authenticators.send('WebAuthn.enable');
  await authenticators.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await page.goto(own);
  const inPage = (/** @type {'addPasskey' | 'provePasskey'} */ does, /** @type {string} */ credential) => page.evaluate(async ([name, baseUrl, ticket]) => {
    const { createCountersign } = await import(/** @type {any} */ ('@countersign/client'));
    return (await import(/** @type {any} */ ('/passkey-page.js')))[name](createCountersign({ baseUrl, credential: ticket }), 'ada', 'Laptop');
  }, /** @type {const} */ ([does, site.url, credential]));

  equal((await inPage('addPasskey', account)).length, 8);
  const decision = await client.decide(login);
  const claims = await site.verifier({ tenant: 'acme' }).verify(await inPage('provePasskey', decision.ticket ?? ''), expects);
  deepEqual([claims.sub, claims.acr], ['ada', ACR_PHISHING_RESISTANT]);
});
