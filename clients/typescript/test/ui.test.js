// The screens in the package: what is packed is unpacked elsewhere, checked by a host's compiler, and logs in from a host's page.
import { equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { Phone } from './phone.js';
import { Site } from './service.js';

const root = new URL('..', import.meta.url).pathname;
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/** Packs, and unpacks into a host's folder. @param {import('node:test').TestContext} t */
function unpacked(t) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pack-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, stdio: 'ignore' });
  const [archive] = readdirSync(folder);
  execFileSync('tar', ['-xzf', join(folder, String(archive)), '-C', folder]);
  return folder;
}

test('a host’s compiler knows the screens, their tags and their events', (t) => {
  const folder = unpacked(t);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  mkdirSync(join(folder, 'node_modules/@countersign'), { recursive: true });
  symlinkSync(join(folder, 'package'), join(folder, 'node_modules/@countersign/client'));
  const check = (/** @type {string} */ source) => {
    writeFileSync(join(folder, 'host.ts'), `import '@countersign/client/ui/challenge.js';\nimport type { Verified } from '@countersign/client/ui';\n${source}`);
    const words = ['--noEmit', '--strict', '--target', 'ES2022', '--module', 'NodeNext', '--lib', 'ES2023,DOM,DOM.Iterable', join(folder, 'host.ts')];
    try {
      return execFileSync(join(root, 'node_modules/.bin/tsc'), words, { cwd: folder, encoding: 'utf8' });
    } catch (/** @type {any} */ error) {
      return error.stdout;
    }
  };
  const listen = "screen?.addEventListener('verified', (event) => { const { stepUpToken } = (event as CustomEvent<Verified>).detail; stepUpToken.at(0); });";
  equal(check(`const screen = document.querySelector('countersign-challenge');\nif (screen) screen.getTicket = async () => 'a ticket';\n${listen}`), '');
  equal(/error TS2322/.test(check("const screen = document.querySelector('countersign-challenge');\nif (screen) screen.getTicket = async () => 1;")), true);
});

test('a page of the host shows a screen from the package and logs in with it', async (t) => {
  const folder = unpacked(t);
  const site = await Site.start(t);
  const html = `<!doctype html><html lang="en"><title>Acme</title><script type="module" src="/package/dist/ui/challenge.js"></script>
<countersign-challenge user-id="ada" api="${site.url}"></countersign-challenge>`;
  const server = createServer(({ url = '' }, response) => {
    if (url === '/') return response.writeHead(200, { 'Content-Type': 'text/html' }).end(html);
    return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(url.startsWith('/package/') ? readFileSync(join(folder, url)) : '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => { server.closeAllConnections(); server.close(); });
  const own = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;

  const client = site.tenant('acme', '--origin', own);
  await client.putUser('ada', { username: 'ada@example.com', auth_source: 'local', role: 'member', active: true });
  const begun = await client.beginEnrollment('ada', { type: 'totp' });
  const phone = new Phone(begun);
  await client.confirmFactor('ada', begun.factor_id, { codes: [phone.code(-1), phone.code(0)] });
  const { ticket } = await client.decide({ user_id: 'ada', session_id: 's-1', first_factor: ['pwd'] });

  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium-headless-shell', args: flags });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(own);
  const verified = page.evaluate((given) => new Promise((resolve) => {
    const screen = /** @type {any} */ (document.querySelector('countersign-challenge'));
    screen.addEventListener('verified', (/** @type {any} */ event) => resolve(event.detail.stepUpToken));
    screen.ticket = given;
  }), ticket);
  await page.getByLabel('Six-digit code').fill(phone.code(1));
  const claims = await site.verifier({ tenant: 'acme' }).verify(/** @type {string} */ (await verified), { userId: 'ada', sessionId: 's-1' });
  equal(claims.sub, 'ada');
});
