// Over HTTP, as node:http has it and as Express does.
import { deepEqual, equal, notEqual, ok as holds } from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { toNode } from '@countersign/client/second-step';
import { ok } from '../fake.js';
import { Published } from '../stepup/published.js';
import { challenge, hostOf, key, tokenOf } from './host.js';
import { createHost } from './sample-host.js';

/** @typedef {import('node:http').Server} Server */

/** @param {import('node:test').TestContext} context @param {Server} server */
async function listen(context, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => { server.close(); server.closeAllConnections(); });
  return `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
}

/** What a page of the host's own posts. @param {string} url @param {Record<string, string>} [headers] @param {string} [body] */
const post = (url, headers = {}, body = '{}') => fetch(url, { method: 'POST', body, redirect: 'manual', headers: { 'Origin': new URL(url).origin, 'Content-Type': 'application/json', ...headers } });

test('node:http: requests, answers and cookies come through', async (context) => {
  const { handler, opened } = hostOf([ok(challenge)], { open: (_, passed, given) => {
    opened.push(passed);
    /** @type {any} */ (given).response.setHeader('Set-Cookie', 'session=new');
    return { headers: [['Set-Cookie', 'other=1']] };
  } });
  const node = toNode(handler);
  const url = await listen(context, createServer((request, response) => void node(request, response)));
  equal((await (await post(`${url}/login/ticket`)).json()).ticket, 't1');
  const answer = await post(`${url}/login/second-step`, { 'Step-Up-Token': tokenOf() });
  deepEqual([answer.status, answer.headers.getSetCookie(), opened.length], [204, ['session=new', 'other=1'], 1]);
  equal((await post(`${url}/login/second-step`, { 'Step-Up-Token': tokenOf(), 'Origin': 'https://evil.example.com' })).status, 403);
  equal((await post(`${url}/login/second-step`, { 'Step-Up-Token': tokenOf() }, `{"x":"${'x'.repeat(1 << 20)}"}`)).status, 400);
  equal((await fetch(`${url}/login/ticket`)).status, 405);
  equal(opened.length, 1);
});

test('Express: a router’s path, a body that was read, what middleware knows, and errors for next', async (context) => {
  const lost = new Error('no session');
  /** @type {unknown} */ let told;
  const { handler, opened } = hostOf([ok(challenge)], { pending: (_, given) => {
    const { session } = /** @type {any} */ (given).request;
    if (!session) throw lost;
    return session;
  } });
  const express = toNode(handler);
  const url = await listen(context, createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const known = request.headers['x-lost'] ? undefined : { userId: 'u1', sessionId: 's1' };
    Object.assign(request, { originalUrl: request.url, url: request.url?.replace('/login', ''), body, session: known });
    await express(request, response, (error) => { told = error; response.end(); });
  }));
  equal((await post(`${url}/login/second-step`, { 'Step-Up-Token': tokenOf() })).status, 204);
  equal(opened.length, 1);
  equal((await post(`${url}/login/ticket`, { 'X-Lost': '1' })).status, 503);
  /** @type {any} */ const broken = { method: 'POST', url: '/login/ticket', headers: { host: '[' } };
  await express(broken, /** @type {any} */ ({}), (error) => { told = error; });
  equal(/** @type {any} */ (told).name, 'TypeError');
});

test('without a next, an error is nobody’s success, and does not end the process', async () => {
  const lost = new Error('no session');
  const response = { statusCode: 200, getHeader: () => undefined, setHeader: () => {}, ended: false, end() { this.ended = true; } };
  const request = Object.assign((async function* () { yield '{}'; }()), { method: 'POST', url: '/login/ticket', headers: { host: 'h' } });
  for (const [handler, headers] of /** @type {const} */ ([[() => Promise.reject(lost), { host: 'h' }], [hostOf([]).handler, { host: '[' }]])) {
    Object.assign(response, { statusCode: 200, ended: false });
    await toNode(handler)(Object.assign(request, { headers }), response);
    deepEqual([response.statusCode, response.ended], [500, true]);
  }
});

test('the host of the README logs in by password and proof', async (context) => {
  const published = new Published(key);
  let session = '';
  const service = await listen(context, createServer(async (request, response) => {
    const decides = request.url === '/v1/decisions';
    if (decides) session = JSON.parse(Buffer.concat(await request.toArray()).toString()).session_id;
    const answer = decides ? challenge : JSON.stringify({ keys: published.keys });
    response.setHeader('Content-Type', 'application/json').end(answer);
  }));
  const host = await listen(context, createHost({ url: service, serviceKey: 'csk_acme_x', checkPassword: (/** @type {string} */ name, /** @type {string} */ password) => (name === 'ada' && password === 'right' ? 'u1' : null) }));
  const typed = (/** @type {string} */ password, Cookie = '') => post(`${host}/login`, { Cookie, 'Content-Type': 'application/x-www-form-urlencoded' }, `username=ada&password=${password}`);
  equal((await typed('wrong')).status, 401);
  const cookieOf = (/** @type {Response} */ answer) => String(answer.headers.getSetCookie()[0]?.split(';')[0]);
  const halfway = cookieOf(await typed('right'));
  const home = (/** @type {string} */ cookie) => fetch(`${host}/`, { headers: { Cookie: cookie }, redirect: 'manual' });
  equal((await home(halfway)).status, 303);
  equal((await fetch(`${host}/login/code`, { redirect: 'manual' })).status, 303);
  holds((await (await fetch(`${host}/login/code`, { headers: { Cookie: halfway } })).text()).includes(`${service}/ui/challenge.js`));
  equal(cookieOf(await typed('right', halfway)), 'undefined'); // a second tab goes on with the same login
  equal((await (await post(`${host}/login/ticket`, { Cookie: halfway })).json()).outcome, 'challenge');
  const now = Math.floor(Date.now() / 1000);
  const token = tokenOf({ iss: `${service}/acme`, session_id: session, iat: now, nbf: now, auth_time: now, exp: now + 300 });
  const proven = await post(`${host}/login/second-step`, { 'Cookie': halfway, 'Step-Up-Token': token });
  equal(proven.status, 204);
  equal(await (await home(cookieOf(proven))).text(), 'Welcome, u1');
  equal((await home(halfway)).status, 303);
});

test('the host of the README is the one that is tested, and has ten lines for the second step', () => {
  const read = (/** @type {string} */ name) => readFileSync(new URL(name, import.meta.url), 'utf8');
  const sample = read('sample-host.js').split('\n').slice(1).join('\n');
  holds(read('../../README.md').includes('```js\n' + sample + '```\n'));
  holds(read('../../README.md').includes('```ts\n' + read('express-app.ts').split('// As in the README:\n')[1] + '```\n'));
  const lines = (sample.split('// The second step:\n')[1] ?? '').split('\n\n')[0]?.split('\n') ?? [];
  const routes = sample.split('\n').filter((line) => line.includes(': secondStep'));
  holds(lines.length + routes.length <= 10, `${lines.length + routes.length} lines`);
  notEqual(lines.length, 0);
});
