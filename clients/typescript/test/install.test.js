// The package as `npm pack` makes it in a clone, in an empty project with the host of the README.
import { equal, notEqual, ok as holds } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Phone } from './phone.js';
import { Site } from './service.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [packed] = readdirSync(join(root, 'packed'));

/** An empty project that installed what was packed, and what it needs in the versions that we know. @param {import('node:test').TestContext} t */
function project(t) {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-install-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const overrides = Object.fromEntries(['jose', 'openapi-fetch', 'openapi-typescript-helpers'].map((name) => [name, packages[`node_modules/${name}`].version]));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, type: 'module', overrides }));
  const { npm_config_local_prefix: _, ...env } = process.env; // ours is that of `npm test`
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(root, 'packed', String(packed))], { cwd: dir, env, stdio: ['ignore', 'ignore', 'inherit'] });
  copyFileSync(join(root, 'test/second-step/sample-host.js'), join(dir, 'host.js'));
  return dir;
}

/** @param {import('node:test').TestContext} t @param {import('node:http').Server} server */
async function listen(t, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** The service at an address that is known before it starts, so that its tokens can name it. @param {import('node:test').TestContext} t */
async function serviceThatNamesItself(t) {
  /** @type {Site} */ let site;
  const url = await listen(t, createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    asked.pipe(ask(site.url + path, { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    }));
  }));
  site = await Site.start(t, url);
  return { site, url };
}

test('the package installs into an empty project and logs in', async (t) => {
  equal(packed, 'countersign-client-1.0.0.tgz');
  holds(readFileSync(join(root, 'README.md'), 'utf8').includes(`$ npm install ./${packed}`));
  const dir = project(t);
  const { site, url } = await serviceThatNamesItself(t);
  const serviceKey = site.serviceKey('acme');
  const service = site.client(serviceKey);
  await service.putUser('ada', { username: 'ada', auth_source: 'local', role: 'member', active: true });
  const begun = await service.beginEnrollment('ada', { type: 'totp' });
  const phone = new Phone(begun);
  await service.confirmFactor('ada', begun.factor_id, { codes: [phone.code(-1), phone.code(0)] });

  const { createHost } = await import(pathToFileURL(join(dir, 'host.js')).href);
  const checkPassword = (/** @type {string} */ name, /** @type {string} */ password) => (name === 'ada' && password === 'correct horse' ? name : null);
  const host = await listen(t, createHost({ url, serviceKey, checkPassword }));
  let cookie = '';
  /** @param {string} path @param {string} [body] @param {Record<string, string>} [headers] */
  const send = async (path, body, headers) => {
    const answer = await fetch(host + path, { method: body === undefined ? 'GET' : 'POST', ...(body !== undefined && { body }), redirect: 'manual', headers: { Origin: host, Cookie: cookie, ...headers } });
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return answer;
  };
  equal((await send('/login', 'username=ada&password=correct+horse')).status, 303);
  const halfway = cookie;
  const { outcome, ticket } = await (await send('/login/ticket', '{}')).json();
  equal(outcome, 'challenge');
  equal((await send('/login/second-step', '{}', { 'Step-Up-Token': 'forged' })).status, 403);
  equal((await send('/')).status, 303);
  const { step_up_token: token } = await site.client(ticket).verify('ada', { code: phone.code(1) });
  equal((await send('/login/second-step', '{}', { 'Step-Up-Token': token })).status, 204);
  notEqual(cookie, halfway);
  equal(await (await send('/')).text(), 'Welcome, ada');
});
