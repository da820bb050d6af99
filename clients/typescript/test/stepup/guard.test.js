import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { CountersignProblem, NoAnswerError } from '@countersign/client';
import { ACR_RECOVERY, ACR_TWO_FACTORS, claimsOf, guardStepUp, requireStepUp } from '@countersign/client/stepup';
import { SigningKey, start, want } from './forge.js';
import { Published } from './published.js';

/** @typedef {import('node:http').IncomingMessage} Incoming */
/** @typedef {import('node:http').ServerResponse} Outgoing */
/** @typedef {import('@countersign/client/stepup').Verifier} Verifier */
/** @typedef {{ status: number, headers: Headers, body: string, served: string, failed?: unknown }} Outcome */

const key = new SigningKey();
const verifier = new Published(key).verifier();
const good = key.token();

/** Asks middleware of Node, over HTTP. @param {Verifier} v @param {any} expect @param {any} options @param {Record<string, string>} headers @returns {Promise<Outcome>} */
async function askNode(v, expect, options, headers) {
  const outcome = /** @type {Outcome} */ ({ served: '' });
  const middleware = requireStepUp(v, /** @type {(request: Incoming) => any} */ (expect), options);
  const server = createServer((request, response) => void middleware(request, response, (error) => {
    if (error) outcome.failed = error;
    else outcome.served = claimsOf(request)?.sub ?? 'without claims';
    response.end();
  }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const response = await fetch(`http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/payments/4711/approve`, { method: 'POST', headers });
  Object.assign(outcome, { status: response.status, headers: response.headers, body: await response.text() });
  server.closeAllConnections();
  server.close();
  return outcome;
}

/** Asks a handler of fetch. @type {typeof askNode} */
async function askFetch(v, expect, options, headers) {
  const outcome = /** @type {Outcome} */ ({ served: '' });
  const handler = guardStepUp(v, expect, options)((request, more) => {
    outcome.served = claimsOf(request)?.sub ?? 'without claims';
    equal(more, 'more');
    return new Response('');
  });
  try {
    const response = await handler(new Request('https://host.example.com/payments/4711/approve', { method: 'POST', headers }), 'more');
    return Object.assign(outcome, { status: response.status, headers: response.headers, body: await response.text() });
  } catch (failed) {
    return Object.assign(outcome, { failed });
  }
}

const always = (/** @type {any} */ expect) => () => expect;

for (const [kind, ask] of Object.entries({ node: askNode, fetch: askFetch })) {
  test(`${kind}: a good token is served with its claims`, async () => {
    const { status, served } = await ask(verifier, always(want), {}, { 'Step-Up-Token': good });
    deepEqual([status, served], [200, 'u1']);
    equal(claimsOf({}), undefined);
  });

  test(`${kind}: without a good token the answer asks for one`, async () => {
    const strict = { ...want, maxAgeSeconds: 60, acr: [ACR_RECOVERY, ACR_TWO_FACTORS, '"\r\nSet-Cookie: x'] };
    for (const [name, token] of Object.entries({
      'none': '', 'a forged one': new SigningKey().token(), "another user's": key.token({ sub: 'u2' }), 'one too old': key.token({ auth_time: start - 61 }), 'two': `${good}, ${good}`,
    })) {
      const { status, served, headers, body } = await ask(verifier, always(strict), {}, token ? { 'Step-Up-Token': token } : {});
      deepEqual([status, served], [401, ''], name);
      deepEqual(['WWW-Authenticate', 'Cache-Control', 'Content-Type', 'Set-Cookie'].map((header) => headers.get(header)), [
        'Bearer error="insufficient_user_authentication", error_description="A fresh proof of the second factor is required", '
          + 'acr_values="urn:countersign:acr:aal2 urn:countersign:acr:recovery", max_age=60',
        'no-store', 'application/problem+json', null,
      ]);
      deepEqual(JSON.parse(body), {
        type: 'urn:countersign:problem:step_up_required', title: 'Unauthorized', status: 401, code: 'step_up_required', detail: 'This needs a fresh proof of the second factor.',
      });
    }
  });

  test(`${kind}: while nothing can be checked nothing is served`, async () => {
    const service = new Published(key);
    service.breaks();
    const { status, served, headers, body } = await ask(service.verifier(), always(want), {}, { 'Step-Up-Token': good });
    deepEqual([status, served, headers.get('WWW-Authenticate'), JSON.parse(body).code], [503, '', null, 'unavailable']);
  });

  test(`${kind}: the token may come from elsewhere`, async () => {
    const options = { tokenFrom: (/** @type {any} */ { headers }) => (headers instanceof Headers ? headers.get('X-Proof') : headers['x-proof']) };
    equal((await ask(verifier, always(want), options, { 'X-Proof': good })).served, 'u1');
    equal((await ask(verifier, always(want), options, { 'Step-Up-Token': good })).status, 401);
  });

  test(`${kind}: a spent token is not served`, async () => {
    const refused = (/** @type {number} */ status, /** @type {any} */ code) => new CountersignProblem('consume token', { status, code });
    for (const [name, [token, error, status, spends]] of Object.entries(/** @type {Record<string, [string, unknown, number, number]>} */ ({
      'good': [good, undefined, 200, 1],
      'not ours to spend': [new SigningKey().token(), undefined, 401, 0],
      "another user's": [key.token({ sub: 'u2' }), undefined, 401, 0],
      'spent': [good, refused(409, 'token_consumed'), 401, 1],
      'void': [good, refused(422, 'token_invalid'), 401, 1],
      'no answer': [good, new NoAnswerError('consume token', 'ECONNRESET'), 503, 1],
      'a key revoked': [good, refused(401, 'credential_invalid'), 503, 1],
      'an answer of none': [good, new Error('?'), 503, 1],
      'what only looks like it': [good, { code: 'token_consumed' }, 503, 1],
    }))) {
      const spent = /** @type {string[]} */ ([]);
      const spentBy = { consumeToken: async (/** @type {string} */ given) => { spent.push(given); if (error) throw error; } };
      const outcome = await ask(verifier, always(want), { spentBy }, { 'Step-Up-Token': token });
      deepEqual([outcome.status, outcome.served, spent.length], [status, status === 200 ? 'u1' : '', spends], name);
    }
  });

  test(`${kind}: a host may answer itself`, async () => {
    let why = /** @type {any} */ (undefined);
    const onRefusal = (/** @type {any} */ refusal, /** @type {any} */ _, /** @type {Outgoing} */ response) => {
      why = refusal;
      if (!response) return new Response('', { status: 418 });
      response.statusCode = 418;
      return response.end();
    };
    const { status, served } = await ask(verifier, always(want), { onRefusal }, { 'Step-Up-Token': key.token({ session_id: 's2' }) });
    deepEqual([status, served, why.status, why.cause.name, why.cause.claim], [418, '', 401, 'Mismatch', 'session_id']);
  });

  test(`${kind}: where the host does not know what it expects nothing is served`, async () => {
    const lost = new Error('no session');
    for (const expect of [() => { throw lost; }, () => Promise.reject(lost), always(undefined), always({ ...want, acr: 'urn:countersign:acr:aal2' })]) {
      const { served, failed } = await ask(verifier, expect, {}, { 'Step-Up-Token': good });
      equal(served, '');
      holds(failed === lost || failed instanceof TypeError);
    }
    equal((await ask(verifier, async () => want, {}, { 'Step-Up-Token': good })).served, 'u1');
  });
}

test('a challenge names no age that is none', async () => {
  for (const [maxAgeSeconds, asked] of [[undefined, 300], [59.9, 59], [-1, 0], [NaN, 0]]) {
    const { headers } = await askFetch(verifier, always({ ...want, maxAgeSeconds }), {}, {});
    equal(/max_age=(.*)$/.exec(String(headers.get('WWW-Authenticate')))?.[1], String(asked));
  }
});

test('a refusal of the host that fails is told to the host', async () => {
  const wrong = new Error('the template is broken');
  const { failed } = await askNode(verifier, always(want), { onRefusal: () => { throw wrong; } }, {});
  equal(failed, wrong);
});

