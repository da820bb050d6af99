import { deepEqual, equal, match, notEqual, ok as holds } from 'node:assert/strict';
import { mock, test } from 'node:test';
import { NoAnswerError } from '@countersign/client';
import { cut, halfway, ok, problem, rejected, says, scripted, silent } from './fake.js';
import { notOperations, operations } from './operations.js';

/** Lets everything that is due happen. */
const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Carries work out on a clock that is set forward until it ends; tells how far. @param {() => Promise<unknown>} work */
async function timed(work) {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let over = false;
    const done = rejected(work()).catch(() => undefined).finally(() => { over = true; });
    for (let passed = 0; ; passed += 500) {
      for (let turn = 0; turn < 5 && !over; turn++) await settle();
      if (over) return { error: await done, took: passed };
      mock.timers.tick(500);
    }
  } finally {
    mock.timers.reset();
  }
}

// A table that forgets a method would let it be repeated unseen.
test('every operation is in the table', () => {
  deepEqual(Object.keys(scripted([cut]).client).filter((name) => !notOperations.includes(name)).sort(), Object.keys(operations).sort());
});

for (const [name, answer] of Object.entries({
  'a lost connection': cut, 'half an answer': halfway, '503 outcome_unknown': problem(503, 'outcome_unknown'), '503 unavailable': problem(503, 'unavailable', { 'Retry-After': '1' }),
  "a gateway's 503": says(503, 'text/html', '<html>'), "a gateway's 502": says(502, 'text/html', '<html>'), "a gateway's 504": says(504, 'text/html', '<html>'),
})) {
  test(`what is safe to repeat is repeated once, and nothing else is: ${name}`, async () => {
    for (const [operation, { repeatable, call }] of Object.entries(operations)) {
      const { client, sent } = scripted([answer]);
      await timed(() => call(client));
      equal(sent.length, repeatable ? 2 : 1, operation);
    }
  });
}

test('a proof is repeated under the same key with the same body', async () => {
  const keys = new Set();
  for (const [name, { keyed, call }] of Object.entries(operations)) {
    const { client, sent: [first, second] } = await sentTwice(call);
    const key = first?.headers.get('Idempotency-Key');
    equal(key !== null, keyed === true, name);
    holds(client);
    if (!keyed) continue;
    match(String(key), /^[0-9a-f]{32}$/);
    holds(!keys.has(key), 'a key is used again');
    keys.add(key);
    deepEqual([second?.headers.get('Idempotency-Key'), second?.body], [key, first?.body]);
    notEqual(first?.body, '');
  }
});

/** @param {(typeof operations)[string]['call']} call */
async function sentTwice(call) {
  const service = scripted([problem(503, 'outcome_unknown')]);
  await rejected(call(service.client));
  return service;
}

test('the second answer counts', async () => {
  const { client, sent } = scripted([cut, ok('{"method":"totp","factor_id":"fct_1","step_up_token":"t","recovery_codes_remaining":8}')]);
  equal((await client.verify('ada', { code: '314159' })).step_up_token, 't');
  equal(sent.length, 2);
});

for (const [name, answer] of Object.entries({
  '422': problem(422, 'code_invalid'), 'a 422 with a wait': problem(422, 'code_invalid', { 'Retry-After': '1' }), '429': problem(429, 'too_many_attempts', { 'Retry-After': '1' }), '403': problem(403, 'locked'), '401': problem(401, 'credential_invalid'),
  '500': problem(500, 'internal'), 'a 502 of the service': problem(502, 'internal'), 'a page': says(200, 'text/html', '<html>'),
  'a redirect': says(307, 'text/html', '', { Location: 'https://other.example.com/' }), 'a long wait': problem(503, 'unavailable', { 'Retry-After': '3' }),
})) {
  test(`a refusal is not repeated: ${name}`, async () => {
    const { client, sent } = scripted([answer]);
    await rejected(client.verify('ada', { code: '314159' }));
    equal(sent.length, 1);
  });
}

test('a wait is as long as was asked', async () => {
  const { client, sent } = scripted([problem(503, 'outcome_unknown', { 'Retry-After': '2' }), ok('{}')]);
  const { error, took } = await timed(() => client.getUser('ada'));
  deepEqual([error, took, sent.length], [undefined, 2000, 2]);
});

test('a silent service is given up after two tries', async () => {
  const { client, sent } = scripted([silent]);
  const { error, took } = await timed(() => client.decide({ user_id: 'ada' }));
  holds(error instanceof NoAnswerError);
  deepEqual([error.reason, /** @type {any} */ (error.cause).name, took, sent.length], ['timeout', 'TimeoutError', 20_000, 2]);
});

test('the timeout is the one that was set, for the client or for the call', async () => {
  const { client } = scripted([silent], { timeoutMs: 3000 });
  equal((await timed(() => client.consumeToken('t'))).took, 3000);
  equal((await timed(() => client.consumeToken('t', { timeoutMs: 1000 }))).took, 1000);
});

test('an import takes as long as it takes', async () => {
  const late = () => new Promise((/** @type {(answer: Response) => void} */ resolve) => { setTimeout(() => resolve(/** @type {any} */ (ok('{"created":1}'))()), 60_000); });
  const { error, took } = await timed(async () => equal((await scripted([late]).client.importUsers([])).created, 1));
  deepEqual([error, took], [undefined, 60_000]);
});

test('a fetch that ignores the signal, and a credential that never comes, hold nobody up either', async () => {
  for (const options of [{ fetch: () => new Promise(() => {}) }, { credential: () => new Promise(() => {}) }]) {
    const { client } = scripted([cut], /** @type {any} */ (options));
    const { error, took } = await timed(() => client.consumeToken('t'));
    deepEqual([error.name, took], ['NoAnswerError', 10_000]);
  }
});

for (const [name, answer] of Object.entries({ 'while the service is silent': silent, 'during the wait': problem(503, 'unavailable', { 'Retry-After': '2' }) })) {
  test(`a caller who leaves is not waited for: ${name}`, async () => {
    for (const { call } of Object.values(operations)) {
      const { client, sent } = scripted([answer]);
      const leaving = new AbortController();
      const why = new Error('the browser went away');
      const { error, took } = await timed(() => {
        setTimeout(() => leaving.abort(why), 500);
        return call(client, { signal: leaving.signal });
      });
      holds(took <= 500, `after ${took}`);
      equal(sent.length, 1);
      if (answer === silent) deepEqual([error.name, error.reason, error.cause], ['NoAnswerError', 'aborted', why]);
    }
  });
}

test('a caller who left before is not served', async () => {
  const { client, sent } = scripted([ok('{}')]);
  equal((await rejected(client.getUser('ada', { signal: AbortSignal.abort() }))).reason, 'aborted');
  equal(sent.length, 0);
});

test('a step-up token goes with its call alone', async () => {
  const { client, sent } = scripted([says(204, '')]);
  for (const c of [client.withStepUp('proof'), client]) await c.disableTwoFactor('ada', { reason: 'lost' });
  deepEqual(sent.map(({ headers }) => headers.get('Step-Up-Token')), ['proof', null]);
});
