import { deepEqual, equal, match, ok as holds } from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { cut, ok, rejected, says, scripted } from './fake.js';

/** What a value looks like in every way that it may get into a log. @param {any} value */
const prints = (value) => [
  inspect(value, { depth: 9, showHidden: true, getters: true }), format('%s %o %O %j', value, value, value, value), String(value), `${value}`, JSON.stringify({ value }),
].join('\n');

test('no print of a client shows a credential', () => {
  for (const credential of ['csk_acme_sentinel', () => 'sentinel']) {
    const { client } = scripted([cut], { credential });
    const proven = client.withStepUp('sentinel');
    const host = { client, proven, list: [client] };
    holds(!prints(client).concat(prints(proven), prints(host), prints({ ...client })).includes('sentinel'));
    deepEqual([String(client), inspect(client), JSON.stringify(client)], ['[countersign at https://2fa.example.com]', '[countersign at https://2fa.example.com]', '"[countersign at https://2fa.example.com]"']);
  }
});

const secret = (/** @type {string[]} */ ...names) => Object.fromEntries(names.map((name) => [name, 'sentinel']));

test('what holds a secret does not print it, and its JSON is whole', async () => {
  for (const [name, members] of Object.entries({
    decide: { decision: 'challenge', ...secret('ticket') }, createTicket: secret('ticket'), rememberBrowser: secret('secret'), verify: secret('step_up_token'), resyncFactor: secret('step_up_token'),
    confirmFactor: { ...secret('step_up_token'), recovery_codes: ['sentinel'] }, beginEnrollment: { totp: secret('secret', 'otpauth_uri', 'qr_png', 'qr_svg') },
    giveAccessPass: secret('access_pass'), putTenant: secret('api_key'), createServiceKey: secret('api_key'), getSandboxCode: secret('previous', 'code', 'next'), useSandboxPasskey: { credential: { ...secret('id'), response: secret('signature') } },
    verifyOptions: { passkey: { ...secret('state'), request_options: { ...secret('challenge'), allowCredentials: [secret('id')] } } },
  })) {
    const { operations } = await import('./operations.js');
    const text = JSON.stringify({ factor_id: 'fct_1', ...members });
    const answer = await operations[name]?.call(scripted([ok(text)]).client);
    const printed = inspect(answer, { depth: 9, showHidden: true }) + format('%s %o %O', answer, answer, answer) + inspect([{ answer }], { depth: 9 });
    holds(!printed.includes('sentinel'), `${name} prints ${printed}`);
    holds(printed.includes('fct_1'));
    equal(JSON.stringify(answer), text);
  }
});

test('a part of an answer does not print its secret either, and what is no secret is printed', async () => {
  const text = JSON.stringify({ factor_id: 'fct_1', totp: secret('secret', 'otpauth_uri', 'qr_png', 'qr_svg') });
  const { totp } = await scripted([ok(text)]).client.beginEnrollment('ada', { type: 'totp' });
  const printed = inspect(totp, { depth: 9, showHidden: true }) + format('%s %o %O', totp, totp, totp) + inspect({ totp });
  holds(!printed.includes('sentinel') && printed.includes('[redacted]'), printed);
  equal(totp?.secret, 'sentinel');
  match(inspect(await scripted([ok('{"drift_steps":14,"step_up_token":null}')]).client.resyncFactor('ada', 'fct_1', { codes: [] })), /step_up_token: null/);
  match(inspect(await scripted([ok('{"failed":1,"errors":[{"line":3,"code":"last_admin"}]}')]).client.importUsers([])), /last_admin/);
});

test('what passes between the service and a browser about a passkey does not print, and the state of a factor does', async () => {
  const text = JSON.stringify({ factor_id: 'fct_1', state: 'pending', passkey: { creation_options: { ...secret('challenge'), user: secret('id') } } });
  const begun = await scripted([ok(text)]).client.beginEnrollment('ada', { type: 'passkey' });
  const options = begun.passkey?.creation_options;
  for (const value of [begun, begun.passkey, options, { options }]) {
    const printed = inspect(value, { depth: 9, showHidden: true }) + format('%s %o %O', value, value, value);
    holds(!printed.includes('sentinel') && printed.includes('[redacted]'), printed);
  }
  match(inspect(begun), /state: 'pending'/);
  deepEqual([JSON.stringify(begun), options?.challenge], [text, 'sentinel']);
});

// A URL has user ids in it, and a reason.
for (const [name, answer] of Object.entries({
  'a lost connection': cut, 'a page': says(200, 'text/html', '<html>'), '404': says(404, 'text/html', ''),
  "a fetch of the host's": (/** @type {Request} */ { url }) => { throw Object.assign(new Error(`request to ${url} failed`), { code: 'sentinel' }); },
})) {
  test(`no error tells what was sent: ${name}`, async () => {
    const client = scripted([answer]).client.withStepUp('sentinel');
    for (const call of [
      client.removeFactor('sentinel', 'sentinel', 'sentinel'), client.disableTwoFactor('sentinel', { code: 'sentinel' }), client.verify('sentinel', { recovery_code: 'sentinel' }),
      client.importFactors([{ user_id: 'sentinel', type: 'totp', secret: 'sentinel' }]),
      client.verify('sentinel', { access_pass: 'sentinel' }), client.giveAccessPass('sentinel', { reason: 'sentinel' }), client.endAccessPass('sentinel'),
      client.consumeToken('sentinel'), client.getUser('sentinel\ud800'), client.importUsers([{ user_id: 'sentinel', username: 's', auth_source: 'local', role: 'member', active: true }]),
    ]) {
      const error = await rejected(call);
      const told = [inspect(error, { depth: 9, showHidden: true }), error.message, JSON.stringify(error)].join('\n').replaceAll(import.meta.url, '');
      holds(!told.includes('sentinel'), told);
    }
  });
}
