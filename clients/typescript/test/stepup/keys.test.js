import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { mock, test } from 'node:test';
import { FETCH_EVERY_MS, FRESH_FOR_MS, KEPT_FOR_MS } from '@countersign/client/stepup';
import { rejected } from '../fake.js';
import { changed, claims, encode, forge, SigningKey, thumbprint, want } from './forge.js';
import { Published, verdict } from './published.js';

/** A service and a verifier, seen through a test's steps. */
class Watch extends Published {
  own = this.verifier();

  /** Of a token that was signed just now. @param {SigningKey} key */
  check(key) {
    const at = Math.floor(this.now / 1000);
    return verdict(this.own, key.token({ iat: at, nbf: at, auth_time: at, exp: at + 300 }));
  }

  /** @param {SigningKey} key */
  async accepts(key) { equal(await this.check(key), 'good'); }

  /** @param {SigningKey} key @param {'InvalidToken' | 'KeysUnavailable'} why */
  async refuses(key, why) { equal(await this.check(key), why); }

  /** @param {number} times */
  fetched(times) { equal(this.fetches.length, times, 'fetches'); }
}

const [key, other, foreign] = [new SigningKey(), new SigningKey(), new SigningKey()];

test('an unknown key is asked for once a minute', async () => {
  const w = new Watch(key);
  await w.accepts(key);
  for (let i = 0; i < 100; i++) await w.refuses(foreign, 'InvalidToken');
  w.fetched(1);
  w.now += FETCH_EVERY_MS - 1;
  await w.refuses(foreign, 'InvalidToken');
  w.fetched(1);
  w.now += 1;
  for (let i = 0; i < 100; i++) await w.refuses(foreign, 'InvalidToken');
  w.fetched(2);
  await w.accepts(key);
  w.fetched(2);
});

// No text makes the host ask for keys but one that could be signed.
test('a malformed token fetches nothing', async () => {
  const w = new Watch(key);
  for (const header of [{ kid: 'x' }, { kid: undefined }, { typ: 'JWT' }, { alg: 'HS256' }, { alg: 'none' }, { jku: 'http://127.0.0.1:9/' }]) {
    equal(await verdict(w.own, forge(changed(key.header, header), claims(), key.es256)), 'InvalidToken');
  }
  w.fetched(0);
});

test('keys are asked for as they are now, and no redirect is followed', async () => {
  const w = new Watch(key);
  await w.accepts(key);
  const { url, init } = /** @type {{ url: string, init: any }} */ (w.fetches[0]);
  deepEqual([url, init.redirect, init.cache, init.headers['Cache-Control']], ['https://2fa.example.com/.well-known/jwks.json', 'manual', 'no-store', 'no-cache']);
});

test('a next key is believed and a withdrawn one is not', async () => {
  const w = new Watch(key, other);
  await w.accepts(key);
  await w.accepts(other); // published before it signs
  w.fetched(1);
  w.set(other, foreign); // rotated, and the old one withdrawn
  await w.accepts(key); // kept keys are still fresh
  w.now += FETCH_EVERY_MS;
  await w.accepts(foreign); // unknown, so that keys are fetched
  await w.refuses(key, 'InvalidToken');
  w.fetched(2);
});

test('a withdrawn key is refused once keys are no longer fresh', async () => {
  const w = new Watch(key, other);
  await w.accepts(key);
  w.set(other);
  w.now += FRESH_FOR_MS - 1;
  await w.accepts(key);
  w.fetched(1);
  w.now += 1;
  await w.refuses(key, 'InvalidToken');
  w.fetched(2);
  await w.accepts(other);
  w.fetched(2);
});

test('kept keys serve while the service is down, and not for ever', async () => {
  const w = new Watch(key);
  await w.accepts(key);
  w.breaks();
  w.now += FRESH_FOR_MS;
  for (let i = 0; i < 10; i++) await w.accepts(key); // asks once, not for every token
  w.fetched(2);
  w.now += KEPT_FOR_MS - FRESH_FOR_MS - 1;
  await w.accepts(key);
  w.now += 1;
  await w.refuses(key, 'KeysUnavailable');
  w.answer = undefined; // it is back
  w.now += 1000;
  await w.accepts(key);
});

for (const [name, answer] of Object.entries(/** @type {Record<string, () => Response | Promise<Response>>} */ ({
  'a broken connection': () => { throw new TypeError('fetch failed'); },
  '503': () => new Response('', { status: 503 }),
  '503 over a set': () => Response.json({ keys: [key.jwk] }, { status: 503 }),
  '201 over a set': () => Response.json({ keys: [key.jwk] }, { status: 201 }),
  'a page': () => new Response('<html>'),
  'no keys': () => Response.json({ keys: [] }),
  'keys that are none': () => Response.json({ keys: [null, 7, 'x', []] }),
  'a list': () => Response.json([key.jwk]),
  'nothing': () => new Response(''),
  'half a set': () => new Response(new ReadableStream({ start: (to) => { to.enqueue(new TextEncoder().encode('{"keys":[')); }, pull: (to) => to.error(new Error('cut')) })),
  'a set beyond all sense': () => Response.json({ keys: [key.jwk], more: 'x'.repeat(256 << 10) }),
  'a redirect': () => new Response(null, { status: 302, headers: { Location: '/.well-known/jwks.json?' } }),
  'a redirect that was followed': () => Object.defineProperty(Response.json({ keys: [key.jwk] }), 'redirected', { value: true }),
}))) {
  test(`without keys nothing is believed: ${name}`, async () => {
    const w = new Watch(key);
    w.answer = answer;
    for (let i = 0; i < 10; i++) await w.refuses(key, 'KeysUnavailable');
    equal((await rejected(w.own.ready())).name, 'KeysUnavailable');
    w.fetched(1);
    w.answer = undefined;
    w.now += 1000;
    await w.own.ready();
    await w.accepts(key);
    w.fetched(2);
  });
}

test('bad keys do not replace good ones', async () => {
  const w = new Watch(key);
  await w.accepts(key);
  w.set();
  w.now += FRESH_FOR_MS;
  await w.accepts(key);
  w.fetched(2);
});

test('ready fetches once, and then when keys are old', async () => {
  const w = new Watch(key);
  for (let i = 0; i < 3; i++) {
    await w.own.ready();
    w.now += FRESH_FOR_MS / 2 - 1000;
  }
  w.fetched(1);
});

test('a clock set back makes no keys young', async () => {
  const w = new Watch(key);
  await w.accepts(key);
  w.now -= 3_600_000;
  await w.accepts(key);
  w.fetched(2);
});

// A key whose id is not its thumbprint could stand for another.
const zeros = encode(new Uint8Array(32));
for (const [name, changes] of Object.entries(/** @type {Record<string, import('./forge.js').Members>} */ ({
  "another's id": { kid: other.id }, 'a plain id': { kid: '1' }, 'no id': { kid: undefined }, 'for encryption': { use: 'enc' }, 'no use': { use: undefined },
  'another algorithm': { alg: 'ES384' }, 'no algorithm': { alg: undefined }, 'another curve': { crv: 'P-384' }, 'another kind': { kty: 'RSA' },
  'a point off the curve': { x: zeros, y: zeros }, 'a short coordinate': { x: 'AA' }, 'a coordinate as number': { x: 1 }, 'no coordinate': { y: undefined },
}))) {
  test(`keys that are not the service's are passed over: ${name}`, async () => {
    const w = new Watch();
    const jwk = changed(key.jwk, changes);
    if (typeof changes['x'] === 'string') jwk['kid'] = thumbprint(jwk['x'], jwk['y']); // an id that fits
    w.keys = [jwk];
    await w.refuses(key, 'KeysUnavailable');
    w.keys.push(other.jwk);
    w.now += 1000;
    await w.accepts(other);
    await w.refuses(key, 'InvalidToken');
  });
}

test('many tokens share one fetch, and who leaves does not end it', async () => {
  const w = new Watch(key);
  let release = () => {};
  w.answer = () => new Promise((resolve) => { release = () => resolve(Response.json({ keys: w.keys })); });
  const leaving = new AbortController();
  const left = rejected(w.own.verify(key.token(), want, { signal: leaving.signal }));
  const others = Array.from({ length: 50 }, () => verdict(w.own, key.token()));
  await new Promise((resolve) => setImmediate(resolve));
  leaving.abort(new Error('gone'));
  const { name, cause } = await left;
  deepEqual([name, cause.message], ['KeysUnavailable', 'gone']);
  release();
  holds((await Promise.all(others)).every((said) => said === 'good'));
  w.fetched(1);
});

// A service that takes the connection and says nothing holds a login up for seconds, not for ever.
test('a silent service is given up', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const w = new Watch(key);
  w.answer = () => new Promise(() => {});
  const checked = w.check(key);
  while (w.fetches.length === 0) await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(2999);
  const early = await Promise.race([checked, new Promise((resolve) => setImmediate(() => setImmediate(() => resolve('waiting'))))]);
  mock.timers.tick(1);
  deepEqual([early, await checked], ['waiting', 'KeysUnavailable']);
  mock.timers.reset();
});
