// These go through the service itself.
import { deepEqual, equal, ok as holds, match } from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { ACR_RECOVERY, ACR_TWO_FACTORS, FETCH_EVERY_MS, guardStepUp } from '@countersign/client/stepup';
import { rejected } from './fake.js';
import { Phone } from './phone.js';
import { eventually, Site } from './service.js';

/** @typedef {import('@countersign/client').Countersign} Countersign */
/** @typedef {import('@countersign/client').VerifyRequest} VerifyRequest */

/** What a host's backend knows when the password was right. @type {import('@countersign/client').DecisionRequest} */
const login = { user_id: 'ada', session_id: 's-1', first_factor: ['pwd'] };
const expects = { userId: 'ada', sessionId: 's-1', acr: [ACR_TWO_FACTORS, ACR_RECOVERY] };

/** @param {Countersign} client @param {string} id @param {import('@countersign/client').Role} [role] */
const put = (client, id, role = 'member') => client.putUser(id, { username: `${id}@example.com`, auth_source: 'local', role, active: true });

test('a user goes the whole way', async (t) => {
  const site = await Site.start(t);
  const client = site.tenant('acme', '--audience', 'portal');
  const verifier = site.verifier({ tenant: 'acme', audience: 'portal' });
  equal((await put(client, 'ada')).user_id, 'ada');
  const before = await client.decide(login);
  deepEqual([before.decision, before.reason], ['allow', 'not_enrolled']);

  const begun = await client.beginEnrollment('ada', { type: 'totp' });
  deepEqual([begun.type, begun.name, begun.state], ['totp', 'Authenticator', 'pending']);
  const phone = new Phone(begun);
  const confirmed = await client.confirmFactor('ada', begun.factor_id, { codes: [phone.code(-1), phone.code(0)] });
  equal(confirmed.recovery_codes.length, 8);
  const decision = await client.decide(login);
  if (decision.decision !== 'challenge') throw new Error(`with a factor: ${decision.decision}`);

  // The browser, which has the ticket and no service key.
  const browser = site.client(decision.ticket);
  equal((await rejected(browser.verify('ada', { code: phone.code(0) }))).code, 'code_invalid'); // it confirmed
  const proven = await browser.verify('ada', { code: phone.code(1) });

  const claims = await verifier.verify(proven.step_up_token, expects);
  deepEqual([claims.acr, claims.method, claims.sub], [ACR_TWO_FACTORS, 'totp', 'ada']);
  equal((await rejected(verifier.verify(proven.step_up_token, { ...expects, sessionId: 's-2' }))).name, 'Mismatch');
  const seen = await client.introspectToken(proven.step_up_token);
  deepEqual([seen.active, seen.jti], [true, claims.jti]);
  deepEqual(await client.consumeToken(proven.step_up_token), claims);
  equal((await rejected(client.consumeToken(proven.step_up_token))).code, 'token_consumed');

  const recovered = await client.verify('ada', { recovery_code: String(confirmed.recovery_codes[0]), session_id: 's-1', first_factor: ['pwd'] });
  equal((await verifier.verify(recovered.step_up_token, expects)).acr, ACR_RECOVERY);
  equal((await rejected(verifier.verify(recovered.step_up_token, { userId: 'ada', sessionId: 's-1' }))).claim, 'acr');
});

/** A user with a factor in a sandbox, where codes are read and time is set forward. */
class Sandboxed {
  /** @param {Site} site */
  constructor(site) {
    this.site = site;
    this.client = site.tenant('ci', '--sandbox');
    this.verifier = site.verifier({ tenant: 'ci', sandbox: true });
    this.factor = '';
  }

  /** @param {import('node:test').TestContext} t @param {import('@countersign/client').Role} [role] */
  static async start(t, role) {
    const sandboxed = new Sandboxed(await Site.start(t));
    await sandboxed.enroll(sandboxed.client, role);
    return sandboxed;
  }

  /** @param {Countersign} client @param {import('@countersign/client').Role} [role] */
  async enroll(client, role) {
    await put(client, 'ada', role);
    const { factor_id: factor } = await client.beginEnrollment('ada', { type: 'totp' });
    const shown = await client.getSandboxCode('ada');
    this.factor = factor;
    return client.confirmFactor('ada', factor, { codes: [shown.previous, shown.code] });
  }

  /** A step-up token for what the request names, earned with a fresh code. @param {VerifyRequest} request */
  async proof(request) {
    await this.client.advanceSandboxClock(30);
    const { next } = await this.client.getSandboxCode('ada', this.factor);
    return (await this.client.verify('ada', { ...request, code: next, first_factor: ['pwd'] })).step_up_token;
  }

  /** The client with a proof for the service's own routes. */
  async acting() {
    return this.client.withStepUp(await this.proof({ audience: 'countersign' }));
  }
}

test('a guard serves one action once', async (t) => {
  const sandboxed = await Sandboxed.start(t);
  const { client, verifier } = sandboxed;
  const approve = guardStepUp(verifier, (request) => ({
    userId: 'ada', sessionId: 's-1', action: 'payment.approve', nonce: String(new URL(request.url).pathname.split('/')[2]),
  }), { spentBy: client })(() => new Response('approved'));
  const asked = { session_id: 's-1', action: 'payment.approve', nonce: '4711' };
  const [token, other] = [await sandboxed.proof(asked), await sandboxed.proof({ ...asked, nonce: '4712' })];
  const statuses = [];
  for (const proof of ['', other, token, token]) {
    const { status } = await approve(new Request('https://host.example.com/payments/4711/approve', { method: 'POST', headers: { 'Step-Up-Token': proof } }));
    statuses.push(status);
  }
  deepEqual(statuses, [401, 401, 200, 401]);
});

test('an admin helps a user with an access pass', async (t) => {
  const sandboxed = await Sandboxed.start(t, 'admin');
  const { client, verifier } = sandboxed;
  await put(client, 'ben', 'member');
  const { factor_id: factor } = await client.beginEnrollment('ben', { type: 'totp' });
  const shown = await client.getSandboxCode('ben');
  await client.confirmFactor('ben', factor, { codes: [shown.previous, shown.code] });
  equal((await rejected(client.giveAccessPass('ben', { reason: 'phone forgotten' }))).code, 'step_up_required');
  const taken = await (await sandboxed.acting()).giveAccessPass('ben', { reason: 'phone forgotten', minutes: 5 });
  deepEqual((await client.listAccessPasses('ben')).map((pass) => pass.given_by), ['ada']);
  await client.endAccessPass('ben');
  equal((await rejected(client.verify('ben', { access_pass: taken.access_pass }))).code, 'code_invalid');
  const given = await (await sandboxed.acting()).giveAccessPass('ben', { reason: 'phone forgotten' });
  const proven = await client.verify('ben', { access_pass: given.access_pass, session_id: 's-2' });
  const claims = await verifier.verify(proven.step_up_token, { userId: 'ben', sessionId: 's-2', acr: [ACR_RECOVERY] });
  deepEqual([proven.method, claims.method], ['access_pass', 'access_pass']);
});

test('a sandbox is believed by its own verifier alone', async (t) => {
  const sandboxed = await Sandboxed.start(t);
  const token = await sandboxed.proof({ session_id: 's-1' });
  await sandboxed.verifier.verify(token, expects);
  equal((await rejected(sandboxed.site.verifier({ tenant: 'ci' }).verify(token, expects))).name, 'InvalidToken');
});

// Rotated twice at once, as after a theft: the second key was never seen by the verifier, and the first is withdrawn.
test('a verifier follows a rotation of keys', async (t) => {
  const sandboxed = await Sandboxed.start(t);
  const { site, client } = sandboxed;
  let later = 0;
  const verifier = site.verifier({ tenant: 'ci', sandbox: true, now: () => Date.now() + later });
  const before = await sandboxed.proof({ session_id: 's-1' });
  await verifier.verify(before, expects);
  for (let rotation = 0; rotation < 2; rotation++) site.run('keys', 'rotate', '--now');
  later = FETCH_EVERY_MS;
  await eventually(async () => { // the service takes seconds to learn of it
    equal((await rejected(client.consumeToken(before))).code, 'token_invalid');
  });
  const after = await sandboxed.proof({ session_id: 's-1' });
  equal((await verifier.verify(after, expects)).sub, 'ada');
  equal((await rejected(verifier.verify(before, expects))).name, 'InvalidToken');
});

test('while the service is down nobody is let in', async (t) => {
  const sandboxed = await Sandboxed.start(t);
  const { site, client, verifier } = sandboxed;
  await put(client, 'ben');
  equal((await client.decide({ user_id: 'ben' })).decision, 'allow');
  const token = await sandboxed.proof({ session_id: 's-1' });
  const cold = site.verifier({ tenant: 'ci', sandbox: true });
  await verifier.verify(token, expects);
  await site.stop();
  const error = await rejected(client.decide({ user_id: 'ben' }));
  equal(error.name, 'NoAnswerError');
  match(error.reason, /^(ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)$/);
  equal((await verifier.verify(token, expects)).sub, 'ada'); // with the keys kept
  equal((await rejected(cold.verify(token, expects))).name, 'KeysUnavailable');
});

test('an admin looks after a tenant', async (t) => {
  const sandboxed = await Sandboxed.start(t, 'admin');
  const { client } = sandboxed;
  await put(client, 'ben');
  const { value: preview, etag } = await client.previewPolicy(true);
  equal(preview.affected.active_users, 1);
  const mandate = { mandatory: true, grace_period_seconds: 3600 };
  equal((await rejected(client.patchPolicy(etag, mandate))).code, 'step_up_required');
  equal((await rejected((await sandboxed.acting()).patchPolicy('', mandate))).code, 'precondition_required');
  equal((await rejected((await sandboxed.acting()).patchPolicy('"another"', mandate))).code, 'precondition_failed');
  const changed = await (await sandboxed.acting()).patchPolicy(etag, mandate);
  deepEqual([changed.value.mandatory, changed.value.grace_period_seconds], [true, 3600]);
  equal((await client.getPolicy()).etag, changed.etag);
  await (await sandboxed.acting()).patchPolicy(changed.etag, { mandatory: false, recovery_code_regeneration: true });

  const revealed = await (await sandboxed.acting()).revealRecoveryCodes('ada');
  const fresh = await (await sandboxed.acting()).regenerateRecoveryCodes('ada');
  deepEqual([revealed.length, fresh.length], [8, 8]);
  equal((await rejected((await sandboxed.acting()).disableTwoFactor('ben', {}))).code, 'reason_required');

  const users = [];
  for await (const { user_id: id } of client.allUsers({ active: true, limit: 1 })) users.push(id);
  deepEqual(users.sort(), ['ada', 'ben']);
  const { users: without, next_cursor: next } = await client.listUsers({ two_factor: 'disabled', q: 'be', role: 'member', auth_source: ['local'] });
  deepEqual([without.map((user) => user.user_id), next], [['ben'], null]);
  deepEqual((await client.listUsers({ auth_source: ['ldap', 'saml'] })).users, []); // several values of one parameter
  equal((await client.previewMandate({ mandatory_roles: ['member', 'admin'] })).value.covered_users, 2);
  let changes = 0;
  for await (const event of client.allAuditEvents({ action: 'policy.changed', limit: 1, from: new Date(Date.now() - 3_600_000).toISOString() })) {
    equal(event.actor.user_id, 'ada');
    changes++;
  }
  equal(changes, 2);
});

test('a user looks after their factors', async (t) => {
  const sandboxed = await Sandboxed.start(t);
  const { client, factor } = sandboxed;
  deepEqual((await client.usersStatus(['ada', 'nobody'])).map((user) => [user.user_id, user.two_factor.methods]), [['ada', ['totp', 'recovery_code']]]);
  equal((await client.countRecoveryCodes('ada')).remaining, 8);
  equal((await client.renameFactor('ada', factor, 'Old phone')).name, 'Old phone');
  deepEqual((await client.listFactors('ada')).map((each) => [each.factor_id, each.name, each.totp?.period_seconds]), [[factor, 'Old phone', 30]]);
  const further = await (await sandboxed.acting()).beginEnrollment('ada', { type: 'totp', name: 'Tablet' });
  await (await sandboxed.acting()).removeFactor('ada', further.factor_id);
  holds((await client.createTicket('ada', { purpose: 'account' })).ticket);
  await (await sandboxed.acting()).disableTwoFactor('ada', {});
  await client.deleteUser('ada');
  equal((await rejected(client.getUser('ada'))).code, 'not_found');
});

// A pair that was noted minutes ago corrects the clock and logs nobody in.
test('a resync brings a token or asks for the next code', async (t) => {
  const sandboxed = await Sandboxed.start(t);
  const { client, factor } = sandboxed;
  const pair = async () => {
    await client.advanceSandboxClock(60);
    const { code, next } = await client.getSandboxCode('ada', factor);
    return { codes: [code, next] };
  };
  equal(typeof (await client.resyncFactor('ada', factor, await pair())).step_up_token, 'string');
  const noted = await pair();
  await client.advanceSandboxClock(300);
  const far = await client.resyncFactor('ada', factor, noted);
  deepEqual([far.step_up_token, far.drift_steps < -8, Number.isNaN(Date.parse(far.next_code_at))], [null, true, false]);
  holds(await sandboxed.proof({}));
});

test('ids go through paths of the service unharmed', async (t) => {
  const client = (await Site.start(t)).tenant('acme');
  for (const id of ['a/b', '/', '50%', 'a%2Fb', '%2e%2e', '..a/metrics', 'x y', '+', 'ü', '😀', 'status', 'a?b=c', 'a#b', 'a&b;c', 'a\\b', 'a"b', '~', 'a@b.example', 'ä'.repeat(128)]) {
    await put(client, id);
    equal((await client.getUser(id)).user_id, id);
    await client.deleteUser(id);
  }
});

test('many users are imported, and who is refused stops no other', async (t) => {
  const client = (await Site.start(t)).tenant('acme');
  const users = function* () {
    for (let at = 0; at < 500; at++) {
      yield /** @type {import('@countersign/client').UserLine} */ ({ user_id: `u-${at}`, username: 'u', auth_source: 'local', role: at === 2 ? /** @type {any} */ ('emperor') : 'member', active: true });
    }
  };
  for (const [changes, list] of /** @type {const} */ ([[{ created: 499, unchanged: 0 }, users()], [{ created: 0, unchanged: 499 }, (async function* () { yield* users(); })()]])) {
    const { created, unchanged, failed, errors } = await client.importUsers(list);
    deepEqual({ created, unchanged }, changes);
    deepEqual([failed, errors.map(({ line, code }) => [line, code])], [1, [[3, 'invalid_request']]]);
  }
});

test('a signup makes a tenant', async (t) => {
  const site = await Site.start(t);
  const signup = site.client(JSON.parse(site.run('operatorkey', 'create', '--output', 'json')).operator_key);
  const made = await signup.putTenant('globex', { edition: 'saas', origins: ['https://globex.example.com'] });
  const host = site.client('api_key' in made ? made.api_key : '');
  await host.putUser('ada', { username: 'ada', auth_source: 'local', role: 'owner', active: true });
  holds(!('api_key' in await signup.putTenant('globex', { edition: 'saas', origins: [] })));
  for await (const tenant of signup.allTenants()) deepEqual([tenant.tenant, tenant.origins], ['globex', []]);
  const further = await signup.createServiceKey('globex', { scopes: ['login'] });
  await signup.revokeServiceKey('globex', further.key_id);
});

// A service that refuses early does not read to the end, which may be far.
test('an import that is refused asks for no more users', async (t) => {
  const site = await Site.start(t);
  site.tenant('acme');
  let [yielded, over] = [0, false];
  const endless = (function* () {
    try {
      for (;;) yield /** @type {any} */ ({ user_id: `u-${yielded++}`, username: 'u'.repeat(200), auth_source: 'local', role: 'member', active: true });
    } finally {
      over = true;
    }
  })();
  const error = await rejected(site.client('csk_acme_of_nobody').importUsers(endless));
  holds(error.code === 'credential_invalid' || error.name === 'NoAnswerError', String(error));
  await eventually(async () => holds(over));
});

/** A proxy that loses the first answer to a proof, as a broken connection does when the service has committed. @param {Site} site @param {import('node:test').TestContext} t */
async function lossy(site, t) {
  const lost = /** @type {string[]} */ ([]);
  const server = createServer(async (request, response) => {
    const body = request.method === 'GET' ? undefined : Buffer.concat(await request.toArray());
    const headers = /** @type {Record<string, string>} */ (Object.fromEntries(Object.entries(request.headers).filter(([name]) => !/^(host|connection|content-length|transfer-encoding)$/.test(name))));
    const answer = await fetch(site.url + request.url, { method: String(request.method), headers, body: body ?? null });
    const text = await answer.text();
    const key = headers['idempotency-key'];
    if (key && !lost.includes(key)) {
      lost.push(key);
      response.destroy();
    } else {
      response.writeHead(answer.status, { 'Content-Type': answer.headers.get('Content-Type') ?? '' }).end(text);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  t.after(() => { server.closeAllConnections(); server.close(); });
  return { url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`, lost };
}

test('a proof whose answer was lost is told again', async (t) => {
  const sandboxed = new Sandboxed(await Site.start(t));
  const { url, lost } = await lossy(sandboxed.site, t);
  const { api_key: key } = JSON.parse(sandboxed.site.run('apikey', 'create', 'ci', '--output', 'json'));
  const client = sandboxed.site.client(key, { baseUrl: url });
  equal((await sandboxed.enroll(client)).recovery_codes.length, 8);
  equal((await client.verify('ada', { code: (await client.getSandboxCode('ada')).next })).method, 'totp');
  equal(lost.length, 2);
});
