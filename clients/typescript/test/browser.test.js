// The main entry in a page of another origin than the service's, without a bundler, under a strict Content Security Policy.
import { deepEqual, equal, match } from 'node:assert/strict';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { Phone } from './phone.js';
import { Site } from './service.js';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

const html = `<!doctype html><meta charset="utf-8"><title>Acme</title>
<script type="importmap" nonce="n">{"imports":{"@countersign/client":"/dist/index.js","openapi-fetch":"/node_modules/openapi-fetch/dist/index.mjs"}}</script>`;

/** @param {import('node:test').TestContext} t @param {import('node:http').RequestListener} listener */
async function listen(t, listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** The host's pages. @param {import('node:test').TestContext} t */
const host = (t) => listen(t, async ({ url = '' }, response) => {
  const policy = "default-src 'none'; script-src 'self' 'nonce-n'; connect-src http://127.0.0.1:*";
  if (url === '/') return response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy }).end(html);
  const text = await readFile(new URL(`..${url}`, import.meta.url)).catch(() => '');
  return response.writeHead(text ? 200 : 404, { 'Content-Type': 'text/javascript' }).end(text);
});

/** Calls a client in a page, and tells the answers or what of an error a page can see. @param {any} asked @returns {Promise<any[]>} */
async function inPage({ baseUrl, tickets, calls }) {
  const { createCountersign } = /** @type {typeof import('@countersign/client')} */ (await import(/** @type {any} */ ('@countersign/client')));
  const told = [];
  for (const [name, ...words] of calls) {
    try {
      const client = /** @type {any} */ (createCountersign({ baseUrl, credential: tickets.length > 1 ? () => tickets.shift() : tickets[0] }));
      told.push({ answer: await client[name](...words), client: `${client}` });
    } catch (/** @type {any} */ error) {
      told.push({ name: error.name, status: error.status, code: error.code, wait: error.retryAfterSeconds > 0, message: error.message });
    }
  }
  return told;
}

test('a page of the host proves codes with a ticket, and a page of another origin does not', async (t) => {
  const [site, own, foreign] = await Promise.all([Site.start(t), host(t), host(t)]);
  const client = site.tenant('acme', '--origin', own);
  await client.putUser('ada', { username: 'ada@example.com', auth_source: 'local', role: 'member', active: true });
  const begun = await client.beginEnrollment('ada', { type: 'totp' });
  const phone = new Phone(begun);
  await client.confirmFactor('ada', begun.factor_id, { codes: [phone.code(-1), phone.code(0)] });
  const decision = await client.decide({ user_id: 'ada', session_id: 's-1', first_factor: ['pwd'] });
  const ticket = decision.ticket ?? '';

  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium-headless-shell', args: flags });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const complaints = /** @type {string[]} */ ([]);
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(own);
  const ask = (/** @type {string[]} */ tickets, /** @type {any[]} */ ...calls) => page.evaluate(inPage, { baseUrl: site.url, tickets, calls });

  const [wrong, right] = await ask([ticket], ['verify', 'ada', { code: phone.code(0) }], ['verify', 'ada', { code: phone.code(1) }]);
  deepEqual([wrong.name, wrong.status, wrong.code], ['CountersignProblem', 422, 'code_invalid']);
  const claims = await site.verifier({ tenant: 'acme' }).verify(right.answer.step_up_token, { userId: 'ada', sessionId: 's-1' });
  deepEqual([claims.sub, right.client], ['ada', `[countersign at ${site.url}]`]);

  const [renewed] = await ask(['e30.e30.old', ticket], ['getUser', 'ada']);
  equal(renewed.answer?.user_id, 'ada', renewed.message);

  for (const secret of ['csk_acme_secret', 'cso_secret']) {
    const [key] = await ask([secret], ['getUser', 'ada']);
    match(key.message, /must never reach a browser/);
  }

  const guesses = await ask([ticket], ...Array.from({ length: 6 }, () => ['verify', 'ada', { code: phone.code(0) }]));
  const told = guesses.map(({ code, wait }) => [code, wait]); // Retry-After is readable
  deepEqual(told.slice(3), [['code_invalid', false], ['code_invalid', true], ['too_many_attempts', true]]);

  let followed = 0;
  const elsewhere = await listen(t, ({ method, headers, url }, response) => {
    if (url?.startsWith('/there')) followed++;
    const allow = { 'Access-Control-Allow-Origin': String(headers.origin), 'Access-Control-Allow-Headers': 'authorization' };
    response.writeHead(method === 'OPTIONS' ? 204 : 307, { ...allow, Location: '/there' }).end();
  });
  const [redirected] = await page.evaluate(inPage, { baseUrl: elsewhere, tickets: [ticket], calls: [['getUser', 'ada']] });
  deepEqual([redirected.name, redirected.status, redirected.code, followed], ['CountersignProblem', 0, '', 0]);

  await page.goto(foreign);
  const [refused] = await ask([ticket], ['getUser', 'ada']);
  equal(refused.name, 'NoAnswerError', refused.message);
  deepEqual(complaints, []);
});
