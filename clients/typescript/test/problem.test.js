import { deepEqual, equal, ok as holds, throws } from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { CountersignProblem, createCountersign, NoAnswerError } from '@countersign/client';
import { cut, halfway, ok, problem, rejected, says, scripted, serviceKey } from './fake.js';
import { operations } from './operations.js';

test('a problem says what the service said', async () => {
  const { client } = scripted([says(429, 'application/problem+json; charset=utf-8', JSON.stringify({
    type: 'urn:countersign:problem:too_many_attempts', title: 'Too many attempts', status: 429, code: 'too_many_attempts', detail: 'Wait.',
    request_id: 'req1', retry_after_seconds: 30, errors: [{ pointer: '/code', detail: 'must be six digits' }], something: 'new',
  }))]);
  const error = await rejected(client.verify('ada', { code: '314159' }));
  holds(error instanceof CountersignProblem);
  const { status, code, title, detail, requestId, fields, retryAfterSeconds, linesDone, message } = error;
  deepEqual({ status, code, title, detail, requestId, fields, retryAfterSeconds, linesDone, message }, {
    status: 429, code: 'too_many_attempts', title: 'Too many attempts', detail: 'Wait.', requestId: 'req1', retryAfterSeconds: 30, linesDone: 0,
    fields: [{ pointer: '/code', detail: 'must be six digits' }], message: 'countersign: verify: too_many_attempts (429): Wait. [request req1]',
  });
});

// The wrong code that begins a wait is answered 422, and still says how long.
for (const [name, [answer, seconds]] of /** @type {[string, [import('./fake.js').Answer, number]][]} */ (Object.entries({
  'a wrong code': [problem(422, 'code_invalid'), 0],
  'the wrong code that begins one': [problem(422, 'code_invalid', { 'Retry-After': '30' }), 30],
  'the same, where the header cannot be read': [says(422, 'application/problem+json', '{"status":422,"code":"code_invalid","retry_after_seconds":30}'), 30],
  'a try during the wait': [problem(429, 'too_many_attempts', { 'Retry-After': '12' }), 12],
  'what is no number of seconds': [problem(422, 'code_invalid', { 'Retry-After': 'soon' }), 0],
}))) {
  test(`any problem that names a wait carries it: ${name}`, async () => {
    const { client, sent } = scripted([answer]);
    deepEqual([(await rejected(client.verify('ada', { code: '314159' }))).retryAfterSeconds, sent.length], [seconds, 1]);
  });
}

for (const [name, answer] of Object.entries({
  'a page': says(404, 'text/html', '<html>sentinel'), 'another problem': says(404, 'application/problem+json', '{"title":"sentinel"}'),
  'JSON': says(404, 'application/json', '{"code":"not_found","detail":"sentinel"}'), 'no JSON': says(404, 'application/problem+json', '{sentinel'),
  'a code that is no text': says(404, 'application/problem+json', '{"code":404,"detail":"sentinel"}'),
})) {
  test(`an answer of something in between has no code: ${name}`, async () => {
    const error = await rejected(scripted([answer]).client.getUser('ada'));
    deepEqual([error.name, error.status, error.code], ['CountersignProblem', 404, '']);
    holds(!inspect(error).includes('sentinel'));
  });
}

test('no answer is told apart', async () => {
  for (const [answer, reason] of /** @type {const} */ ([[cut, 'ECONNRESET'], [halfway, 'lost connection']])) {
    const error = await rejected(scripted([answer]).client.consumeToken('token'));
    holds(error instanceof NoAnswerError);
    deepEqual([error.reason, error.message], [reason, `countersign: consume token: no answer (${reason})`]);
  }
});

// Success is what the contract says, not any page that says 200.
for (const [name, answer] of Object.entries({
  'a page': says(200, 'text/html', '<html>'), 'nothing': says(200, ''), 'a list': ok('[]'), 'accepted': says(202, 'text/plain', 'ok'), 'a number': ok('1'),
})) {
  test(`nothing is taken for a success that is none: ${name}`, async () => {
    for (const [operation, { call }] of Object.entries(operations)) {
      const error = await rejected(call(scripted([answer]).client));
      deepEqual([error.name, error.code], ['CountersignProblem', ''], operation);
    }
  });
}

test('content where there should be none is no success, nor none where there should be', async () => {
  for (const [name, { empty, call }] of Object.entries(operations)) {
    equal((await rejected(call(scripted([empty ? ok('{}') : says(204, '')]).client))).name, 'CountersignProblem', name);
  }
});

test('a list that is none is no list', async () => {
  for (const body of ['{}', '{"users":1,"factors":{},"events":"","recovery_codes":null}']) {
    for (const name of ['listUsers', 'usersStatus', 'listFactors', 'listAuditEvents', 'followEvents', 'revealRecoveryCodes', 'regenerateRecoveryCodes']) {
      equal((await rejected(/** @type {any} */ (operations[name]).call(scripted([ok(body)]).client))).name, 'CountersignProblem', name);
    }
  }
});

test('a call follows no redirect, carries no cookies and is kept nowhere', async () => {
  for (const [name, { call }] of Object.entries(operations)) {
    await rejected(call(scripted([({ redirect, credentials, cache, referrerPolicy }) => {
      deepEqual([redirect, credentials, cache, referrerPolicy], ['manual', 'omit', 'no-store', 'no-referrer'], name);
      return problem(500, 'internal')(/** @type {any} */ (undefined));
    }]).client)).then((error) => equal(error.code, 'internal', error.message));
  }
});

test('lists are read page by page', async () => {
  const { client, sent } = scripted([ok('{"users":[{"user_id":"a"},{"user_id":"b"}],"next_cursor":"n"}'), ok('{"users":[{"user_id":"c"}],"next_cursor":null}')]);
  const read = [];
  for await (const user of client.allUsers({ active: true })) read.push(user.user_id);
  deepEqual([read, sent.length], [['a', 'b', 'c'], 2]);
});

test('an id that would reach another route is not sent', async () => {
  const { client, sent } = scripted([says(204, '')]);
  for (const id of ['', '.', '..', 'x/../ada', 'x\\..', '\ud800', undefined, null, 7]) {
    const wrong = /** @type {any} */ (id);
    for (const call of [client.deleteUser(wrong), client.disableTwoFactor(wrong, {}), client.removeFactor('ada', wrong)]) {
      equal((await rejected(call)).name, 'TypeError', String(id));
    }
  }
  deepEqual(sent, []);
});

test('ids go through paths unharmed', async () => {
  const { client, sent } = scripted([ok('{}')]);
  for (const id of ['a/b', '/', '50%', 'a%2Fb', '%2e%2e', '..a/metrics', 'x y', '+', 'ü', '😀', 'a?b=c', 'a#b', "a&b;c'$&", 'a\\b', '~', 'a@b.example', '{factor_id}', '...']) {
    await client.getUser(id);
    const path = /** @type {import('./fake.js').Sent} */ (sent.at(-1)).path;
    equal(decodeURIComponent(path.slice('/v1/users/'.length)), id);
    equal(path.split('/').length, 4);
  }
});

for (const [name, [baseUrl, credential]] of Object.entries({
  'no URL': ['', serviceKey], 'no scheme': ['2fa.example.com', serviceKey], 'no host': ['https://', serviceKey], 'another scheme': ['file:///etc', serviceKey],
  'a password': ['https://u:sentinel@2fa.example.com', serviceKey], 'a query': ['https://2fa.example.com?x=1', serviceKey], 'a fragment': ['https://2fa.example.com#x', serviceKey],
  'a line break': ['https://2fa.example.com\n', serviceKey], 'no credential': ['https://2fa.example.com', ''], 'a credential with a line break': ['https://2fa.example.com', 'csk_sentinel\n'],
  'a credential with a blank': ['https://2fa.example.com', 'csk_sentinel x'], 'a credential that is none': ['https://2fa.example.com', undefined],
})) {
  test(`a client that could not work is not made: ${name}`, () => {
    throws(() => createCountersign(/** @type {any} */ ({ baseUrl, credential })), (error) => error instanceof TypeError && !inspect(error).includes('sentinel'));
  });
}

test('nor is one that would not wait', () => {
  for (const timeoutMs of [0, -1, NaN, Infinity, 2 ** 31]) throws(() => scripted([cut], { timeoutMs }), RangeError);
});

test('an import that ends early tells where to go on', async () => {
  const { client } = scripted([says(503, 'application/problem+json', '{"status":503,"code":"unavailable","request_id":"req1","lines_done":1200}')]);
  equal((await rejected(client.importUsers([]))).linesDone, 1200);
  equal((await rejected(client.importFactors([]))).linesDone, 1200);
});

test('users that cannot be read end their import with the reason', async () => {
  const { client } = scripted([async (request) => { await request.text(); return ok('{}')(request); }]);
  const why = new Error('the file is broken');
  equal(await rejected(client.importUsers((function* () { throw why; })())), why);
  equal(await rejected(client.importFactors((function* () { throw why; })())), why);
});

test('a problem of one operation is not one of another', async () => {
  const error = await rejected(scripted([problem(409, 'last_admin')]).client.deleteUser('ada'));
  deepEqual([error.code, error.message], ['last_admin', 'countersign: delete user: last_admin (409): The detail. [request req1]']);
});
