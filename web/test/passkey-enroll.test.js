import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, focused, inspect, picture, scan, told } from './browser.js';
import { demandPasskeys, Key, register, show, site, tenantWithPasskeys, withKey } from './passkeys.js';
import { Phone } from './service.js';

const tenant = tenantWithPasskeys('passkey-enroll');

/** Somebody without a factor who sets one up. @param {string} id @param {import('./passkeys.js').Options} [options] */
async function enroll(id, options = {}) {
  await tenant.put(id);
  const { page, key } = await withKey({ height: 900, ...options });
  const refused = /** @type {string[]} */ ([]);
  page.on('response', (response) => { if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`); });
  const opened = await show('countersign-enroll', page, tenant, id, 'account', options);
  return Object.assign(opened, {
    key, refused, passkey: opened.getByRole('button', { name: /^Passkey/ }), app: opened.getByRole('button', { name: /^Authenticator app/ }),
    create: opened.getByRole('button', { name: 'Create passkey' }),
  });
}

/** What somebody has. @param {string} id @returns {Promise<any[]>} */
const factorsOf = async (id) => (await tenant.call('GET', `users/${id}/factors`)).factors;

test('both kinds are offered, and a passkey is set up with two taps and eight recovery codes', async () => {
  const page = await enroll('first');
  await page.getByText('Take a passkey if you can').waitFor();
  await picture(page, 'enroll-choice');
  await inspect(page);
  await page.passkey.click();
  await page.getByRole('heading', { name: 'Create a passkey' }).waitFor();
  await picture(page, 'enroll-passkey');
  await page.create.click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await picture(page, 'enroll-passkey-codes');
  equal(await page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem').count(), 8);
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByText('At your next login you are asked for your passkey').waitFor();
  await picture(page, 'enroll-passkey-done');
  const [enrolled] = await told(page, 'enrolled');
  equal(enrolled.nextCodeAt, null);
  const claims = await tenant.call('POST', 'tokens/consume', { token: enrolled.stepUpToken });
  deepEqual([claims.sub, claims.acr], ['first', 'phr']);
  deepEqual((await factorsOf('first')).map(({ type, state }) => [type, state]), [['passkey', 'active']]);
  equal((await page.key.credentials()).length, 1);
  deepEqual(page.refused, []); // the console of whoever embeds it shows each in red
  await finish(page);
});

test('the choice is made with the keyboard, and made again', async () => {
  const page = await enroll('choosing', { attributes: 'autofocus' });
  await page.keyboard.press('Tab');
  equal(await focused(page.passkey), true);
  await page.keyboard.press('Enter');
  await page.create.waitFor();
  await page.getByRole('button', { name: 'Choose another way' }).click();
  await page.app.click();
  await page.getByRole('img').waitFor();
  await picture(page, 'enroll-app');
  const phone = new Phone(tenant, (await scan(page)).searchParams.get('secret') ?? '');
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  deepEqual((await factorsOf('choosing')).map(({ type }) => type), ['totp']);
  await finish(page);
});

test('without WebAuthn it is an app, without a question', async () => {
  await tenant.put('no-webauthn');
  const { page } = await withKey({ height: 900 });
  await page.addInitScript({ content: 'delete window.PublicKeyCredential;' });
  await show('countersign-enroll', page, tenant, 'no-webauthn', 'account');
  await page.getByRole('img', { name: 'QR code' }).waitFor();
  equal(await page.getByRole('button', { name: 'Choose another way' }).count(), 0);
  await finish(page);
});

test('a dialogue that was closed is told calmly, and the same tap opens it again', async () => {
  const page = await enroll('closing');
  await page.passkey.click();
  await page.create.waitFor();
  await page.evaluate(() => { navigator.credentials.create = async () => { throw new DOMException('closed', 'NotAllowedError'); }; });
  await page.create.click();
  await page.getByRole('status').getByText('try again when you are ready').waitFor();
  equal(await focused(page.create), true);
  await picture(page, 'enroll-passkey-closed');
  await page.evaluate(() => { delete /** @type {any} */ (navigator.credentials).create; });
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await finish(page);
});

test('a passkey that is not accepted is forgotten where it was made, and made anew', async () => {
  const page = await enroll('bogus');
  await page.passkey.click();
  await page.key.send('setResponseOverrideBits', { isBadUP: true });
  await page.create.click();
  await page.getByRole('alert').getByText('could not be set up').waitFor();
  await picture(page, 'enroll-passkey-refused');
  await page.key.send('setResponseOverrideBits', {});
  await page.create.click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  equal((await page.key.credentials()).length, 1);
  await finish(page);
});

test('an answer that was lost needs no second passkey', async () => {
  const page = await enroll('offline');
  await page.passkey.click();
  await page.create.waitFor();
  await page.route(`${site}/v1/**`, (route) => route.abort());
  await page.create.click();
  await page.getByText('We cannot be reached').waitFor();
  await page.unroute(`${site}/v1/**`);
  await page.create.click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  equal((await page.key.credentials()).length, 1);
  await finish(page);
});

test('an enrollment that ran out begins again, and says why', async () => {
  const page = await enroll('late');
  await page.passkey.click();
  await page.create.waitFor();
  await tenant.time(700);
  await page.create.click();
  await page.getByText('for your safety it begins anew').waitFor();
  equal((await page.key.credentials()).length, 0);
  await picture(page, 'enroll-passkey-expired');
  await page.create.click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await finish(page);
});

test('a further passkey is added with the one there is, in another place', async () => {
  await tenant.put('further');
  const { page, key } = await withKey({ height: 900 });
  await register(page, tenant, 'further');
  const opened = await show('countersign-enroll', page, tenant, 'further', 'account', { attributes: 'further' });
  await opened.getByText('Your passkey lets you set up another device').waitFor();
  await picture(page, 'enroll-passkey-proof');
  await inspect(opened);
  await opened.getByLabel('Name of the new device').fill('Security key');
  await opened.getByRole('button', { name: 'Continue' }).click();
  await opened.getByRole('button', { name: /^Passkey/ }).click();
  const create = opened.getByRole('button', { name: 'Create passkey' });
  await create.click();
  await opened.getByRole('status').getByText('There is a passkey for this account already').waitFor();
  await picture(page, 'enroll-passkey-exists');
  await key.send('setAutomaticPresenceSimulation', { enabled: false });
  await Key.into(page, { transport: 'usb' });
  await create.click();
  await opened.getByText('At your next login').waitFor();
  deepEqual((await factorsOf('further')).map(({ name }) => name), ['Laptop', 'Security key']);
  await finish(opened);
});

test('a passkey takes the place of an app that was lost', async () => {
  const phone = await tenant.enrolled('replacing');
  const [{ factor_id: factor }] = await factorsOf('replacing');
  const { page } = await withKey({ height: 900 });
  await show('countersign-enroll', page, tenant, 'replacing', 'account', { attributes: `replace="${factor}"` });
  await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code').fill(phone.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Passkey/ }).click();
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  deepEqual((await factorsOf('replacing')).map(({ type, state }) => [type, state]), [['passkey', 'active']]);
  await page.context().close();
});

test('it fits a narrow phone in the dark, in German', async () => {
  const page = await enroll('schmal', { width: 320, dark: true, lang: 'de', mobile: true });
  await picture(page, 'enroll-choice-narrow');
  await inspect(page);
  await page.passkey.click();
  await page.getByRole('heading', { name: 'Passkey erstellen' }).waitFor();
  await picture(page, 'enroll-passkey-narrow');
  await finish(page);
});

test('where a passkey is required, who has an app proves it and makes a passkey, whatever they chose', async () => {
  const own = tenantWithPasskeys('mandated');
  const ada = await own.enrolled('ada');
  await demandPasskeys(own);
  equal((await own.call('POST', 'decisions', { user_id: 'ada' })).decision, 'enroll');
  const { page } = await withKey({ height: 900 });
  const opened = await show('countersign-enroll', page, own, 'ada', 'login');
  await opened.getByRole('button', { name: /^Authenticator app/ }).click();
  await opened.getByText('Only a passkey is accepted here').waitFor();
  await picture(opened, 'enroll-mandated');
  await opened.getByLabel('Six-digit code').fill(await ada.fresh());
  await opened.getByRole('button', { name: 'Create passkey' }).click();
  await opened.getByText('At your next login you are asked for your passkey').waitFor();
  const { decision, methods } = await own.call('POST', 'decisions', { user_id: 'ada' });
  deepEqual([decision, methods], ['challenge', ['passkey']]);
  await finish(opened);
});
