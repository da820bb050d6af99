// What the service sends, as the published library of Standard Webhooks judges it.
import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { eventually, Site } from './service.js';
import { createReceiver } from './webhook-receiver.js';

/** A receiver at an address that is known before its secret is. @param {import('node:test').TestContext} t */
async function receiver(t) {
  /** @type {{ id: string, event: any }[]} */ const kept = [];
  let secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
  /** @type {import('node:http').IncomingHttpHeaders[]} */ const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    createReceiver(secret, async (event, id) => { kept.push({ id, event }); }).emit('request', request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}/countersign`, kept, seen, trust: (/** @type {string} */ text) => { secret = text; } };
}

test('a delivery of webhook test and one of an event verify, and one of another secret does not', async (t) => {
  const host = await receiver(t);
  const site = await Site.start(t, undefined, { COUNTERSIGN_WEBHOOK_ALLOW: '127.0.0.1' });
  const acme = site.tenant('acme');
  const { webhook, secret } = JSON.parse(site.run('webhook', 'create', 'acme', '--url', host.url, '--type', 'user.*', '--output', 'json'));
  const trial = () => site.runAside('webhook', 'test', webhook);
  await rejects(trial, /The receiver answered 400/); // it has another secret
  equal(host.kept.length, 0);

  host.trust(secret);
  equal(await trial(), 'The receiver took it and answered 204.\n');
  equal(host.kept.length, 1);
  equal(host.kept[0]?.event.type, 'webhook.test');
  equal(host.kept[0]?.event.data.tenant, 'acme');

  await acme.putUser('ada', { username: 'ada', auth_source: 'local', role: 'member', active: true });
  await eventually(async () => equal(host.kept.length, 2));
  const { id, event } = /** @type {any} */ (host.kept[1]);
  deepEqual(Object.keys(event), ['type', 'timestamp', 'data']);
  deepEqual(event.data, { event_id: id, tenant: 'acme', user_id: 'ada', outcome: 'success' });
  equal(event.type, 'user.created');
  match(event.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);

  const rotated = JSON.parse(site.run('webhook', 'rotate-secret', webhook, '--output', 'json')).secret;
  await trial(); // the secret of before still verifies
  host.trust(rotated);
  await trial();
  equal(host.kept.length, 4);
  equal(String(host.seen.at(-1)?.['webhook-signature']).split(' ').length, 2);
});

test('what was changed on its way does not verify', () => {
  const webhook = new Webhook(`whsec_${Buffer.alloc(32, 1).toString('base64')}`);
  const now = new Date();
  const headers = { 'webhook-id': 'a', 'webhook-timestamp': String(Math.floor(now.getTime() / 1000)), 'webhook-signature': webhook.sign('a', now, '{}') };
  webhook.verify('{}', headers);
  throws(() => webhook.verify('{ }', headers));
  throws(() => webhook.verify('{}', { ...headers, 'webhook-id': 'b' }));
});

test('a sender that hangs up, one that signs nothing and an event that cannot be kept end no receiver', async (t) => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  /** @type {string[]} */ const kept = [];
  let full = true;
  const server = createReceiver(secret, async (_event, id) => {
    if (full) throw new Error('full');
    kept.push(id);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const asked = once(server, 'request');
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{');
  const [request] = await asked;
  const closed = new Promise((resolve) => { request.on('close', resolve); });
  socket.destroy();
  await closed;

  const now = new Date();
  const post = async (/** @type {string} */ signature, body = '{}') => {
    const headers = { 'webhook-id': 'a', 'webhook-timestamp': String(Math.floor(now.getTime() / 1000)), 'webhook-signature': signature };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
  };
  const right = new Webhook(secret).sign('a', now, '{}');
  equal(await post('v1,AAAA'), 400);
  equal(await post(''), 400);
  equal(await post(right, '{ }'), 400);
  equal(await post(right), 503);
  full = false;
  await post(right, ' '.repeat(1 << 20)).then((status) => equal(status, 503), () => {}); // or it hangs up
  equal(await post(right), 204);
  deepEqual(kept, ['a']);
});

test('a receiver wants a secret', () => {
  for (const none of ['', 'whsec_', 'whsec_AAAA']) throws(() => createReceiver(none, async () => {}), /The secret of a webhook is/);
});
