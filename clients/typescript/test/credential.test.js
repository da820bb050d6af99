import { deepEqual, equal, match, ok as holds, throws } from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { inspect } from 'node:util';
import { createCountersign } from '@countersign/client';
import { ok, problem, rejected, scripted, serviceKey } from './fake.js';
import { operations } from './operations.js';

/** A function that gives these tickets, and counts how often it was asked. @param {...string} tickets */
function tickets(...tickets) {
  let asked = 0;
  return Object.assign(() => Promise.resolve(tickets[Math.min(asked++, tickets.length - 1)] ?? ''), { get asked() { return asked; } });
}

/** Takes one credential alone. @param {string} good */
const takes = (good) => (/** @type {Request} */ request) =>
  (request.headers.get('Authorization') === `Bearer ${good}` ? ok('{"decision":"allow"}') : problem(401, 'credential_invalid'))(request);

const bearers = (/** @type {import('./fake.js').Sent[]} */ sent) => sent.map(({ headers }) => headers.get('Authorization'));

test('a function is asked when the first call is made, and then no more', async () => {
  let asked = 0;
  const { client, sent } = scripted([takes('one')], { credential: () => { asked++; return 'one'; } });
  equal(asked, 0);
  for (let call = 0; call < 3; call++) await client.decide({ user_id: 'ada' });
  equal(asked, 1);
  equal(sent.length, 3);
});

test('of a ticket that the service no longer takes there is another, once', async () => {
  const { client, sent } = scripted([takes('two')], { credential: tickets('one', 'two', 'three') });
  await client.decide({ user_id: 'ada' });
  deepEqual(bearers(sent), ['Bearer one', 'Bearer two']);
});

test('it is asked once more and not again', async () => {
  for (const [name, { call }] of Object.entries(operations)) {
    const { client, sent } = scripted([problem(401, 'credential_invalid')], { credential: tickets('one', 'two', 'three') });
    equal((await rejected(call(client))).code, 'credential_invalid', name);
    equal(sent.length, name.startsWith('import') ? 1 : 2, name); // what is imported comes once
  }
});

test('the proof is the same one with the other ticket', async () => {
  const { client, sent } = scripted([problem(401, 'credential_invalid'), ok('{}')], { credential: tickets('one', 'two') });
  await client.verify('ada', { code: '314159' });
  equal(sent[0]?.headers.get('Idempotency-Key'), sent[1]?.headers.get('Idempotency-Key'));
  equal(sent[0]?.body, sent[1]?.body);
});

test('the same ticket again is not tried again', async () => {
  const { client, sent } = scripted([problem(401, 'credential_invalid')], { credential: tickets('one') });
  equal((await rejected(client.decide({ user_id: 'ada' }))).code, 'credential_invalid');
  equal(sent.length, 1);
});

test('another 401 asks for no other ticket', async () => {
  for (const code of ['step_up_required', 'credential_required', '']) {
    let asked = 0;
    const { client, sent } = scripted([problem(401, code)], { credential: () => `ticket${++asked}` });
    await rejected(client.deleteUser('ada'));
    deepEqual([sent.length, asked], [1, 1], code);
  }
});

test('many calls share one question', async () => {
  let asked = 0;
  let turns = 0;
  const { client, sent } = scripted([async (request) => {
    for (let turn = turns++ % 10; turn > 0; turn--) await undefined; // so that refusals come one closely after the other
    return takes('t2')(request);
  }], { credential: async () => `t${++asked}` });
  await Promise.all(Array.from({ length: 20 }, () => client.decide({ user_id: 'ada' })));
  equal(asked, 2);
  equal(sent.length, 40);
});

test('a function that fails fails its call alone', async () => {
  let asked = 0;
  const why = new Error('the session is over');
  const { client } = scripted([takes('t')], { credential: async () => { if (++asked === 1) throw why; return 't'; } });
  equal(await rejected(client.decide({ user_id: 'ada' })), why);
  equal((await client.decide({ user_id: 'ada' })).decision, 'allow');
});

test('what a function gives is looked at too', async () => {
  for (const wrong of ['', 'sentinel\r\nX: y', undefined, 7]) {
    const { client, sent } = scripted([ok('{}')], { credential: () => /** @type {any} */ (wrong) });
    const error = await rejected(client.getUser('ada'));
    match(error.message, /^countersign: the credential is empty or has blanks/);
    holds(!inspect(error).includes('sentinel'));
    equal(sent.length, 0);
  }
});

test('a step-up token or an ETag that no header holds is not sent, nor told', async () => {
  const { client, sent } = scripted([ok('{}')]);
  for (const wrong of ['', 'sentinel\n', 'senti nel', /** @type {any} */ (undefined)]) {
    throws(() => client.withStepUp(wrong), (/** @type {Error} */ error) => error.name === 'TypeError' && !inspect(error).includes('sentinel'));
  }
  holds(!inspect(await rejected(client.patchPolicy('sentinel\n', {}))).includes('sentinel'));
  equal(sent.length, 0);
});

afterEach(() => {
  for (const name of ['document', 'importScripts']) Reflect.deleteProperty(globalThis, name);
});

for (const [name, value] of Object.entries({ document: {}, importScripts: () => {} })) {
  test(`a service key is refused in a browser, which has ${name}`, async () => {
    Object.defineProperty(globalThis, name, { value, configurable: true });
    const refused = (/** @type {Error} */ error) => /must never reach a browser/.test(error.message) && !inspect(error).includes('sentinel');
    throws(() => createCountersign({ baseUrl: 'https://2fa.example.com', credential: serviceKey }), refused);
    const { client, sent } = scripted([ok('{}')], { credential: () => serviceKey });
    holds(refused(await rejected(client.getUser('ada'))));
    equal(sent.length, 0);
    scripted([ok('{}')], { credential: 'a.ticket.here' });
  });
}
