import { deepEqual, equal, match, ok as holds } from 'node:assert/strict';
import { test } from 'node:test';
import { Conflict, createTickets } from '@countersign/client/second-step';
import { ACR_PHISHING_RESISTANT, ACR_RECOVERY, ACR_SECOND_FACTOR } from '@countersign/client/stepup';
import { cut, ok, problem, says, scripted } from '../fake.js';
import { SigningKey, start } from '../stepup/forge.js';
import { Published } from '../stepup/published.js';
import { allow, challenge, hostOf, key, posted, tokenOf } from './host.js';

const [TICKET, PROOF] = ['/login/ticket', '/login/second-step'];

test('the screen gets what the decision says', async () => {
  for (const [decision, status, want, opens] of /** @type {const} */ ([
    [challenge, 200, { outcome: 'challenge', user_id: 'u1', ticket: 't1', reason: 'enrolled', remember_browser_days: 30 }, 0],
    ['{"decision":"enroll","reason":"mandatory","ticket":"t2","enroll_by":"2026-02-03T08:13:00Z"}', 200,
      { outcome: 'enroll', user_id: 'u1', ticket: 't2', reason: 'mandatory', enroll_by: '2026-02-03T08:13:00Z' }, 0],
    ['{"decision":"allow","reason":"not_enrolled"}', 200, { outcome: 'allow' }, 1],
    ['{"decision":"deny","reason":"inactive"}', 403, { message: 'Forbidden' }, 0],
  ])) {
    const { handler, opened, sent } = hostOf([ok(decision)]);
    const answer = await handler(posted(TICKET));
    deepEqual([answer.status, await answer.json(), opened.length, answer.headers.get('Cache-Control')], [status, want, opens, 'no-store']);
    deepEqual(JSON.parse(sent[0]?.body ?? ''), { user_id: 'u1', session_id: 's1', first_factor: ['pwd'] });
  }
});

test('nothing but allow or a verified token opens a session', async () => {
  for (const answer of [cut, problem(503, 'unavailable'), ok('{"decision":"later","ticket":"t"}'), ok('{"decision":"challenge"}'), says(200, 'text/html', 'hello')]) {
    const { handler, opened, logged } = hostOf([answer]);
    deepEqual([(await handler(posted(TICKET))).status, opened.length], [503, 0]);
    deepEqual(logged, ['second step: no decision']);
  }
});

test('a proof opens the session it was made in', async () => {
  for (const [name, [token, status]] of Object.entries(/** @type {Record<string, [string, number]>} */ ({
    'a code': [tokenOf(), 204],
    'a recovery code': [tokenOf({ acr: ACR_RECOVERY, method: 'recovery_code', amr: [] }), 204],
    'a passkey': [tokenOf({ acr: ACR_PHISHING_RESISTANT, method: 'passkey', amr: ['pwd', 'pop', 'mfa'] }), 204],
    "another user's": [tokenOf({ sub: 'u2' }), 403],
    "another session's": [tokenOf({ session_id: 's2' }), 403],
    'without a first factor': [tokenOf({ acr: ACR_SECOND_FACTOR, amr: ['otp'] }), 403],
    'for an action': [tokenOf({ action: 'payment.approve' }), 403],
    'for the service': [tokenOf({ aud: 'countersign' }), 403],
    'too old': [tokenOf({ auth_time: start - 301 }), 403],
    'a forged one': [new SigningKey().token({ nonce: undefined, action: undefined }), 403],
    'none': ['', 403],
  }))) {
    const { handler, opened } = hostOf([allow]);
    const answer = await handler(posted(PROOF, { 'Step-Up-Token': token }));
    deepEqual([answer.status, opened.length, answer.headers.get('Set-Cookie')], [status, status === 204 ? 1 : 0, status === 204 ? 'session=new' : null], name);
    if (status === 204) deepEqual([opened[0]?.userId, opened[0]?.claims?.sub], ['u1', 'u1']);
  }
});

test('without a pending login nothing is answered or opened', async () => {
  for (const [login, status] of /** @type {const} */ ([
    [null, 401], [undefined, 401], [{ userId: 'u1', sessionId: '' }, 503], [{ userId: '', sessionId: 's1' }, 503],
  ])) {
    const { handler, opened, sent } = hostOf([allow], { pending: () => login });
    for (const path of [TICKET, PROOF]) {
      equal((await handler(posted(path, { 'Step-Up-Token': tokenOf({ session_id: undefined }) }))).status, status);
    }
    deepEqual([opened.length, sent.length], [0, 0]);
  }
});

test('only a page of the host’s own origin posts', async () => {
  const tickets = createTickets({ service: scripted([ok('{"ticket":"t1","expires_at":"2099-01-01T00:00:00Z"}')]).client, purpose: 'account', user: () => ({ userId: 'u1', sessionId: 's1' }) });
  for (const [name, [headers, served]] of Object.entries(/** @type {Record<string, [Record<string, string>, boolean]>} */ ({
    'the same origin': [{}, true],
    'the same origin, older browsers': [{ 'Sec-Fetch-Site': '', 'Origin': 'https://app.example.com' }, true],
    'another site': [{ 'Sec-Fetch-Site': 'cross-site' }, false],
    'a neighbour under the domain': [{ 'Sec-Fetch-Site': 'same-site', 'Origin': 'https://app.example.com' }, false],
    'an address that was typed': [{ 'Sec-Fetch-Site': 'none' }, false],
    'another origin, older browsers': [{ 'Sec-Fetch-Site': '', 'Origin': 'https://evil.example.com' }, false],
    'an opaque origin': [{ 'Sec-Fetch-Site': '', 'Origin': 'null' }, false],
    'a program that says nothing': [{ 'Sec-Fetch-Site': '' }, false],
  }))) {
    const { handler, opened } = hostOf([allow]);
    for (const [path, handle] of /** @type {const} */ ([[TICKET, handler], [PROOF, handler], ['/tickets/account', tickets]])) {
      const { status } = await handle(posted(path, { 'Step-Up-Token': tokenOf(), ...headers }));
      holds(served ? status < 300 : status === 403, `${name}, ${path}: ${status}`);
    }
    equal(opened.length > 0, served, name);
  }
});

test('what is no post of one of the two routes is refused', async () => {
  const { handler, opened } = hostOf([allow]);
  const got = await handler(new Request(`https://app.example.com${TICKET}`, { headers: { 'Sec-Fetch-Site': 'same-origin' } }));
  deepEqual([got.status, got.headers.get('Allow')], [405, 'POST']);
  for (const path of ['/login/other', '/']) equal((await handler(posted(path))).status, 404);
  for (const body of ['{', '{"remember_browser":"yes"}', `{"more":"${'x'.repeat(5000)}"}`, 'null']) {
    equal((await handler(posted(PROOF, { 'Step-Up-Token': tokenOf() }, body))).status, 400, body.slice(0, 40));
  }
  equal(opened.length, 0);
  equal((await handler(posted(PROOF, { 'Step-Up-Token': tokenOf() }, ''))).status, 204);
});

test('while the keys cannot be had nobody is let in, and the same token serves afterwards', async () => {
  const down = new Published(key);
  down.breaks();
  const { handler, opened } = hostOf([allow], { verifier: down.verifier() });
  deepEqual([(await handler(posted(PROOF, { 'Step-Up-Token': tokenOf() }))).status, opened.length], [503, 0]);
  down.answer = undefined;
  down.now += 60_000;
  const later = hostOf([allow], { verifier: down.verifier() });
  equal((await later.handler(posted(PROOF, { 'Step-Up-Token': tokenOf() }))).status, 204);
});

test('a session that did not open is not said to be open, and remembers no browser', async () => {
  for (const [error, status, message] of /** @type {const} */ ([[new Error('ECONNREFUSED'), 503, 'Service Unavailable'], [new Conflict('Your trial is over.'), 409, 'Your trial is over.']])) {
    for (const path of [TICKET, PROOF]) {
      const { handler, sent } = hostOf([allow], { open: () => Promise.reject(error) });
      const answer = await handler(posted(path, { 'Step-Up-Token': tokenOf() }, '{"remember_browser":true}'));
      deepEqual([answer.status, (await answer.json()).message, sent.filter((one) => one.path.endsWith('remembered-browsers')).length], [status, message, 0]);
    }
  }
});

test('a browser is remembered where the person asks for it and the host keeps one', async () => {
  const issued = ok('{"browser_id":"b1","secret":"csb_x","expires_at":"2099-01-01T00:00:00Z"}');
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  for (const [body, answer, browser, asked, kept] of /** @type {const} */ ([
    ['{"remember_browser":true}', issued, {}, 1, true], ['{}', issued, {}, 0, false],
    ['{"remember_browser":true}', problem(503, 'unavailable'), {}, 1, false], ['{"remember_browser":true}', issued, undefined, 0, false],
  ])) {
    const { handler, opened, sent } = hostOf([answer], { browser });
    const { status, headers } = await handler(posted(PROOF, { 'Step-Up-Token': tokenOf(), 'User-Agent': agent }, body));
    deepEqual([status, opened.length, sent.length, headers.getSetCookie().some((cookie) => cookie.includes('csb_x'))], [204, 1, asked, kept]);
    if (asked) deepEqual(JSON.parse(sent[0]?.body ?? '').name, 'Firefox on Linux');
    const offers = hostOf([ok(challenge)], { browser });
    equal('remember_browser_days' in await (await offers.handler(posted(TICKET))).json(), Boolean(browser));
  }
});

test('a remembered browser shows its secret and keeps the next, beside the cookie of the session', async () => {
  const { handler, opened, sent } = hostOf([ok('{"decision":"allow","reason":"remembered_browser","remembered_browser":{"secret":"csb_next","expires_at":"2099-01-01T00:00:00Z"}}')]);
  const { headers } = await handler(posted(TICKET, { Cookie: '__Host-countersign-browser=csb_before' }));
  equal(JSON.parse(sent[0]?.body ?? '').remembered_browser, 'csb_before');
  const cookies = headers.getSetCookie();
  equal(cookies[0], 'session=new');
  match(cookies[1] ?? '', /^__Host-countersign-browser=csb_next/);
  deepEqual([opened[0]?.decision?.reason, opened[0]?.claims], ['remembered_browser', undefined]);
});

test('the host says where a person goes', async () => {
  const { handler } = hostOf([allow], { open: (_, { userId }) => ({ next: `/home/${userId}` }) });
  deepEqual(await (await handler(posted(TICKET))).json(), { outcome: 'allow', next: '/home/u1' });
  deepEqual(await (await handler(posted(PROOF, { 'Step-Up-Token': tokenOf() }))).json(), { next: '/home/u1' });
});

test('a page gets the tickets of its purpose for who is logged in', async () => {
  const mia = { userId: 'u1', sessionId: 's1' };
  const given = ok('{"ticket":"t1","expires_at":"2099-01-01T00:00:00Z"}');
  for (const [user, answer, status] of /** @type {const} */ ([
    [mia, given, 200], [false, given, 403], [null, given, 401], [{ userId: '', sessionId: 's1' }, given, 401], [{ userId: 'u1', sessionId: '' }, given, 503],
    [mia, problem(403, 'user_inactive'), 403], [mia, cut, 503],
  ])) {
    const { client: service, sent } = scripted([answer]);
    const said = await createTickets({ service, purpose: 'admin', user: () => user, log: () => {} })(posted('/tickets/admin'));
    equal(said.status, status);
    if (status !== 200) continue;
    deepEqual(await said.json(), { user_id: 'u1', ticket: 't1' });
    deepEqual(JSON.parse(sent[0]?.body ?? ''), { purpose: 'admin', session_id: 's1', first_factor: ['pwd'] });
  }
});

test('an action gets a ticket where it is a challenge alone', async () => {
  for (const [decision, status] of /** @type {const} */ ([
    [ok(challenge), 200], [allow, 403], [ok('{"decision":"enroll","ticket":"t"}'), 403], [ok('{"decision":"deny"}'), 403], [cut, 503],
  ])) {
    const { client: service, sent } = scripted([decision]);
    const answer = await createTickets({ service, action: 'payment.approve', user: () => ({ userId: 'u1', sessionId: 's1' }), log: () => {} })(posted('/payments/1/ticket'));
    deepEqual([answer.status, JSON.parse(sent[0]?.body ?? '').action], [status, 'payment.approve']);
  }
});
