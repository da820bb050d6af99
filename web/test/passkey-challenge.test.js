import { deepEqual, equal } from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { finish, focused, inspect, picture, told } from './browser.js';
import { Key, register, show, site, tenantWithPasskeys, withKey } from './passkeys.js';

const tenant = tenantWithPasskeys('passkey-challenge');

/** Somebody with a passkey, and before that with an app unless told otherwise, at the second step. @param {string} id @param {import('./passkeys.js').Options & { app?: boolean }} [options] */
async function challenge(id, { app = true, ...options } = {}) {
  const phone = app ? await tenant.enrolled(id) : await tenant.put(id).then(() => null);
  const { page, key } = await withKey(options);
  const stepUp = phone ? await tenant.stepUp(phone) : undefined;
  const { codes } = await register(page, tenant, id, { stepUp });
  const opened = await show('countersign-challenge', page, tenant, id, 'login', { ...options, attributes: `autofocus ${options.attributes ?? ''}` });
  return Object.assign(opened, {
    key, phone: /** @type {import('./service.js').Phone & { codes: string[] }} */ (phone), codes,
    use: opened.getByRole('button', { name: 'Use your passkey', exact: true }), code: opened.getByLabel('Six-digit code'),
  });
}

/** How often a page asks the service for options. @param {import('playwright-core').Page} page */
function optionsAsked(page) {
  const asked = /** @type {string[]} */ ([]);
  page.on('request', (request) => { if (request.url().endsWith('/verify/options')) asked.push(request.url()); });
  return asked;
}

/** Takes WebAuthn, or parts of it, out of a browser. @param {import('./browser.js').Visit} page @param {string} script */
async function without(page, script) {
  await page.addInitScript({ content: script });
  return page;
}

test('a passkey that was used last leads, and logs in by one tap', async () => {
  const page = await challenge('ana', { attributes: 'token-nonce="n-1"', app: false });
  await page.use.waitFor();
  equal(await focused(page.use), true);
  equal(await page.code.count(), 0);
  await picture(page, 'passkey-challenge');
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  const [verified] = await told(page, 'verified');
  equal(verified.method, 'passkey');
  const claims = await tenant.call('POST', 'tokens/consume', { token: verified.stepUpToken });
  deepEqual([claims.acr, claims.nonce, claims.session_id], ['phr', 'n-1', 's-1']);
  await finish(page);
});

test('the offer not to ask again stands before the button that ends the login', async () => {
  const page = await challenge('remembering', { attributes: 'remember-days="30"', app: false, width: 320 });
  await page.use.waitFor();
  await picture(page, 'passkey-challenge-remember');
  equal(await focused(page.use), true);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  equal(await page.getByLabel('Don’t ask again').isChecked(), true);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  equal((await told(page, 'verified'))[0].rememberBrowser, true);
  await finish(page);
});

test('the other ways are one tap away, and what was used last leads the next time', async () => {
  const page = await challenge('both');
  await page.use.waitFor();
  await picture(page, 'passkey-challenge-both');
  await page.getByRole('button', { name: 'Use the code from your app' }).click();
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  equal(await focused(page.code), true);
  await page.keyboard.type(await page.phone.fresh());
  await page.getByText('Thank you').waitFor();
  const again = await show('countersign-challenge', page, tenant, 'both', 'login');
  await again.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await picture(page, 'passkey-challenge-code');
  await again.getByRole('button', { name: 'Log in with a recovery code' }).click();
  await again.getByRole('button', { name: 'Use your passkey instead' }).click();
  await again.getByRole('heading', { name: 'Use your passkey' }).waitFor();
  equal(await focused(page.use), true);
  await page.use.click();
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('the tap opens the browser’s dialogue, and nothing is asked for in between', async () => {
  const page = await challenge('tapping', { app: false });
  const answered = page.waitForResponse(/verify\/options$/);
  const again = await show('countersign-challenge', page, tenant, 'tapping', 'login');
  await answered;
  const asked = optionsAsked(page);
  await again.route(`${site}/v1/users/tapping/verify/options`, (route) => route.abort());
  await page.use.click();
  await page.getByText('Thank you').waitFor();
  deepEqual(asked, []);
  await finish(page);
});

test('options that are too old for the service are asked for anew', async () => {
  const page = await challenge('waiting', { app: false, clock: true });
  const answered = page.waitForResponse(/verify\/options$/);
  await show('countersign-challenge', page, tenant, 'waiting', 'login');
  await answered;
  const asked = optionsAsked(page);
  await tenant.time(150);
  await page.clock.fastForward(150_000);
  await page.use.click();
  await page.getByText('Thank you').waitFor();
  equal(asked.length, 1);
  await finish(page);
});

test('a service that takes its time to say what somebody has keeps nobody waiting', async () => {
  const both = await challenge('slow-both'), alone = await challenge('slow-alone', { app: false });
  for (const [page, id] of /** @type {const} */ ([[both, 'slow-both'], [alone, 'slow-alone']])) {
    await page.route(`${site}/v1/users/${id}`, async (route) => {
      await new Promise((resolve) => { setTimeout(resolve, 4000); });
      await route.continue();
    });
    await show('countersign-challenge', page, tenant, id, 'login', { attributes: 'autofocus' });
    await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
    equal(await focused(page.code), true);
  }
  await both.getByRole('button', { name: 'Use your passkey instead' }).waitFor();
  equal(await focused(both.code), true);
  await alone.use.waitFor();
  equal(await focused(alone.use), true);
  await finish(both);
  await finish(alone);
});

test('a dialogue that was closed is told calmly, and the same tap opens it again', async () => {
  const page = await challenge('closing');
  await page.use.waitFor();
  const refuse = () => { navigator.credentials.get = async () => { throw new DOMException('closed', 'NotAllowedError'); }; };
  await page.evaluate(refuse);
  await page.use.click();
  await page.getByRole('status').getByText('dialogue was closed, or its time ran out').waitFor();
  equal(await focused(page.use), true);
  await picture(page, 'passkey-challenge-closed');
  deepEqual((await told(page, 'problem')).map((problem) => problem.code), ['passkey_dismissed']);
  await page.evaluate(() => { delete /** @type {any} */ (navigator.credentials).get; });
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('a browser that finds no passkey says so when the time is up', async () => {
  const page = await challenge('elsewhere', { app: false });
  await page.route(`${site}/v1/users/elsewhere/verify/options`, async (route) => {
    const response = await route.fetch(), json = await response.json();
    json.passkey.request_options.timeout = 1; // a browser takes no less than ten seconds
    await route.fulfill({ response, json });
  });
  await show('countersign-challenge', page, tenant, 'elsewhere', 'login');
  await page.use.waitFor();
  await page.key.remove();
  await page.use.click();
  await page.getByRole('status').getByText('its time ran out').waitFor();
  await finish(page);
});

test('an open dialogue goes when another way is taken', async () => {
  const page = await challenge('turning');
  await page.use.waitFor();
  await page.key.remove();
  const key = await Key.into(page, { automaticPresenceSimulation: false });
  await page.use.click();
  await page.locator('button.busy').waitFor();
  await page.getByRole('button', { name: 'Use the code from your app' }).click();
  await page.keyboard.type(await page.phone.fresh());
  await page.getByText('Thank you').waitFor();
  await key.remove();
  await finish(page);
});

test('a passkey that is not accepted is asked for once more, with another challenge', async () => {
  const page = await challenge('bogus', { app: false });
  const asked = optionsAsked(page);
  await page.use.waitFor();
  await page.key.send('setResponseOverrideBits', { isBogusSignature: true });
  const renewed = page.waitForResponse(/verify\/options$/);
  await page.use.click();
  await page.getByRole('alert').getByText('passkey was not accepted').waitFor();
  await renewed;
  await picture(page, 'passkey-challenge-refused');
  deepEqual((await told(page, 'problem')).map((problem) => problem.code), ['passkey_invalid']);
  await page.key.send('setResponseOverrideBits', {});
  await page.use.click();
  await page.getByText('Thank you').waitFor();
  equal(asked.length, 1);
  await finish(page);
});

test('where the policy wants its user verified, a passkey that does not is no passkey', async () => {
  const strict = tenantWithPasskeys('passkey-strict');
  const ada = await strict.enrolled('ada', { role: 'owner' });
  const { page, key } = await withKey();
  await register(page, strict, 'ada', { stepUp: await strict.stepUp(ada) });
  const headers = { 'Step-Up-Token': await strict.stepUp(ada), 'If-Match': await strict.etag('policy') };
  await strict.call('PATCH', 'policy', { passkey_user_verification: 'required' }, headers);
  const opened = await show('countersign-challenge', page, strict, 'ada', 'login');
  await opened.getByRole('button', { name: /passkey/ }).click(); // the code was last
  const use = opened.getByRole('button', { name: 'Use your passkey', exact: true });
  await key.send('setResponseOverrideBits', { isBadUV: true });
  await use.click();
  await page.getByText('passkey was not accepted').waitFor();
  await key.send('setResponseOverrideBits', {});
  await key.send('setUserVerified', { isUserVerified: false });
  await use.click();
  await page.getByText('dialogue was closed').waitFor();
  await key.send('setUserVerified', { isUserVerified: true });
  await use.click();
  await page.getByText('Thank you').waitFor();
  const { events } = await strict.call('GET', 'audit-events?user_id=ada&action=verification&outcome=refused');
  equal(events[0].details.why, 'flags');
  await finish(page);
});

test('a removed passkey is not offered, and one of two is enough', async () => {
  const phone = await tenant.enrolled('two');
  const { page, key } = await withKey();
  await register(page, tenant, 'two', { name: 'Laptop', stepUp: await tenant.stepUp(phone) });
  const other = await Key.into(page, { transport: 'usb' });
  await key.send('setAutomaticPresenceSimulation', { enabled: false });
  const { factor } = await register(page, tenant, 'two', { name: 'Security key', stepUp: await tenant.stepUp(phone) });
  await key.send('setAutomaticPresenceSimulation', { enabled: true });
  await other.remove();
  const use = page.getByRole('button', { name: 'Use your passkey', exact: true });
  await show('countersign-challenge', page, tenant, 'two', 'login');
  await use.click();
  await page.getByText('Thank you').waitFor();
  const left = (await tenant.call('GET', 'users/two/factors')).factors.filter((/** @type {any} */ one) => one.name === 'Laptop');
  equal(left.length, 1);
  for (const gone of [left[0].factor_id, factor]) {
    await tenant.call('DELETE', `users/two/factors/${gone}`, undefined, { 'Step-Up-Token': await tenant.stepUp(phone) });
  }
  await show('countersign-challenge', page, tenant, 'two', 'login');
  await page.getByLabel('Six-digit code').waitFor();
  equal(await page.getByRole('button', { name: /passkey/ }).count(), 0);
  await finish(page);
});

test('without WebAuthn it is the code that is asked for, or the recovery code, and it says why', async () => {
  const page = await challenge('no-webauthn');
  await without(page, 'delete window.PublicKeyCredential;');
  await show('countersign-challenge', page, tenant, 'no-webauthn', 'login');
  await page.code.waitFor();
  equal(await page.getByRole('button', { name: /passkey/ }).count(), 0);

  const alone = await challenge('no-webauthn-alone', { app: false });
  await without(alone, 'delete window.PublicKeyCredential;');
  await show('countersign-challenge', alone, tenant, 'no-webauthn-alone', 'login');
  await alone.getByRole('status').getByText('This browser cannot use passkeys').waitFor();
  await picture(alone, 'passkey-challenge-unsupported');
  await inspect(alone);
  await alone.getByLabel('Recovery code').fill(alone.codes[0]);
  await alone.keyboard.press('Enter');
  await alone.getByText('Thank you').waitFor();

  await show('countersign-challenge', alone, tenant, 'no-webauthn-alone', 'login', { attributes: 'code-only action="pay"' });
  await alone.getByRole('alert').getByText('This browser cannot use passkeys').waitFor();
  equal(await alone.getByRole('textbox').count(), 0);
  await picture(alone, 'passkey-challenge-nothing');
  await finish(alone);
  await finish(page);
});

test('where the service takes no passkeys any more the code is asked for', async () => {
  const page = await challenge('unconfigured');
  await page.route(`${site}/v1/users/unconfigured/verify/options`, (route) => route.fulfill({
    status: 409, contentType: 'application/problem+json', json: { code: 'passkeys_not_configured', status: 409, title: '', type: '' },
  }));
  await show('countersign-challenge', page, tenant, 'unconfigured', 'login', { attributes: 'autofocus' });
  await page.getByText('Your passkey cannot be used here').waitFor();
  equal(await focused(page.code), true);
  await picture(page, 'passkey-challenge-unconfigured');
  await page.keyboard.type(await page.phone.fresh());
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('a passkey lets in whom many wrong codes locked out, and their codes work again', async () => {
  const page = await challenge('locked');
  const wrong = await page.phone.wrong();
  for (let i = 0; i < 20; i++) {
    await tenant.call('POST', 'users/locked/verify', { code: wrong }).catch(() => {});
    await tenant.time(3600);
  }
  await show('countersign-challenge', page, tenant, 'locked', 'login', { attributes: 'autofocus' });
  await page.use.waitFor();
  equal(await page.getByRole('button', { name: 'Use the code from your app' }).count(), 0);
  await page.use.click();
  await page.getByText('Thank you').waitFor();
  await tenant.call('POST', 'users/locked/verify', { code: await page.phone.fresh() });
  await finish(page);
});

test('browsers that convert no JSON of passkeys, and extensions that break it, log in all the same', async () => {
  const page = await challenge('converting', { app: false });
  const scripts = [
    'for (const name of ["parseCreationOptionsFromJSON", "parseRequestOptionsFromJSON"]) delete PublicKeyCredential[name]; delete PublicKeyCredential.prototype.toJSON;',
    'PublicKeyCredential.prototype.toJSON = () => { throw new TypeError("Illegal invocation"); };',
  ];
  for (const script of scripts) {
    await without(page, script);
    await show('countersign-challenge', page, tenant, 'converting', 'login');
    await page.use.click();
    await page.getByText('Thank you').waitFor();
  }
  await finish(page);
});

test('our own conversion is the browser’s', async () => {
  const { page } = await withKey();
  await page.route(`${site}/plain`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Plain</title>' }));
  await page.goto(`${site}/plain`);
  await page.route(`${site}/source/*`, (route) => route.fulfill({ path: fileURLToPath(new URL(`../${basename(route.request().url())}`, import.meta.url)) }));
  const differences = await page.evaluate(async () => {
    const own = await import(`${location.origin}/source/passkey.js`);
    const plain = (/** @type {any} */ value) => JSON.stringify(value, (_, one) => (one instanceof ArrayBuffer || ArrayBuffer.isView(one)
      ? [...new Uint8Array(one instanceof ArrayBuffer ? one : one.buffer)] : one && typeof one === 'object' && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));
    const credentials = [{ type: 'public-key', id: 'AP-_8A', transports: ['internal'] }, { type: 'public-key', id: '-_-_' }];
    const creation = {
      rp: { id: 'localhost', name: 'Acme' }, user: { id: 'AQID_w', name: 'ana', displayName: 'Ana' }, challenge: '3q2-7w', timeout: 120000,
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }], excludeCredentials: credentials, attestation: 'none',
      authenticatorSelection: { residentKey: 'discouraged', userVerification: 'discouraged' },
    };
    const request = { challenge: '3q2-7w', rpId: 'localhost', allowCredentials: credentials, userVerification: 'discouraged', timeout: 120000 };
    const found = [];
    const made = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({ publicKey: own.creationFromJSON({ ...creation, excludeCredentials: [] }) }));
    const used = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({
      publicKey: own.requestFromJSON({ ...request, allowCredentials: [{ type: 'public-key', id: made.id }] }),
    }));
    for (const credential of [made, used]) {
      const mine = own.credentialToJSON(credential), native = /** @type {any} */ (credential.toJSON());
      for (const name of Object.keys(mine.response)) if (plain(mine.response[name]) !== plain(native.response[name])) found.push(name);
      for (const name of ['id', 'rawId', 'type', 'authenticatorAttachment']) if (mine[name] !== native[name]) found.push(name);
    }
    if (own.textOf(own.bytesOf('AP-_8A').buffer) !== 'AP-_8A') found.push('base64url');
    const parsed = /** @type {any} */ (PublicKeyCredential.parseCreationOptionsFromJSON(/** @type {any} */ (creation)));
    for (const name of ['challenge', 'user', 'rp', 'excludeCredentials', 'pubKeyCredParams']) {
      if (plain(parsed[name]) !== plain(own.creationFromJSON(creation)[name])) found.push(`creation ${name}`, plain(parsed[name]), plain(own.creationFromJSON(creation)[name]));
    }
    const asked = /** @type {any} */ (PublicKeyCredential.parseRequestOptionsFromJSON(/** @type {any} */ (request)));
    for (const name of ['challenge', 'allowCredentials', 'rpId', 'timeout']) if (plain(asked[name]) !== plain(own.requestFromJSON(request)[name])) found.push(`request ${name}`);
    return found;
  });
  deepEqual(differences, []);
  await page.context().close();
});

test('it fits a narrow phone in the dark, in German', async () => {
  const page = await challenge('schmal', { width: 320, dark: true, lang: 'de', mobile: true });
  await page.getByRole('button', { name: 'Passkey verwenden' }).waitFor();
  await page.getByText('Etwas funktioniert nicht?').click();
  await picture(page, 'passkey-challenge-narrow');
  await finish(page);
});
