import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, finish, focused, inspect, picture, told } from './browser.js';
import { Key, register, show, tenantWithPasskeys, withKey } from './passkeys.js';

const tenant = tenantWithPasskeys('passkey-security');

/** Somebody's own page, with a passkey, and an app before that where it is asked for. @param {string} id @param {import('./passkeys.js').Options & { app?: boolean, key?: object }} [options] */
async function security(id, { app = false, key: kind, ...options } = {}) {
  const phone = app ? await tenant.enrolled(id) : await tenant.put(id).then(() => null);
  const { page, key } = await withKey({ width: 640, height: 1000, ...options }, kind);
  const stepUp = phone ? await tenant.stepUp(phone) : undefined;
  await register(page, tenant, id, { stepUp });
  const opened = await show('countersign-security', page, tenant, id, 'account', options);
  return Object.assign(opened, { key, phone, button: (/** @type {string | RegExp} */ name) => opened.getByRole('button', { name }) });
}

/** @param {string} id @returns {Promise<any[]>} */
const factorsOf = async (id) => (await tenant.call('GET', `users/${id}/factors`)).factors;

/** Waits until a key holds so many passkeys: it is told without waiting for it. @param {Key} key @param {number} count */
async function holds(key, count) {
  for (const end = Date.now() + 10_000; (await key.credentials()).length !== count;) if (Date.now() > end) equal((await key.credentials()).length, count);
}

test('both kinds are listed with what can be done to each, and a passkey is renamed', async () => {
  const page = await security('listing', { app: true });
  await page.getByText('Authenticator app').waitFor();
  await picture(page, 'security-passkey');
  deepEqual([await page.button('Correct the clock: Work phone').count(), await page.button('Correct the clock: Laptop').count()], [1, 0]);
  await page.getByText(/Last used today/).first().waitFor();
  await page.button('Rename: Laptop').click();
  await page.keyboard.type('My laptop');
  await page.keyboard.press('Enter');
  await page.getByText('It is called “My laptop” now').waitFor();
  deepEqual((await factorsOf('listing')).map(({ name }) => name), ['Work phone', 'My laptop']);
  await finish(page);
});

test('recovery codes are shown to a passkey, and to no recovery code', async () => {
  const page = await security('revealing', { app: true });
  const actions = actionsOf(page);
  await page.button('Show the codes').click();
  await page.getByText('Your browser asks for your passkey').waitFor();
  const panel = page.getByRole('group', { name: 'Show the codes' });
  equal(await focused(panel.getByRole('button', { name: 'Show the codes' })), true);
  equal(await page.button(/recovery code instead/).count(), 0);
  await picture(page, 'security-passkey-step-up');
  await inspect(page);
  await panel.getByRole('button', { name: 'Use the code from your app' }).click();
  await page.getByText('Confirm with a code from your app').waitFor();
  await panel.getByRole('button', { name: 'Use your passkey instead' }).click();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  equal(await page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem').count(), 8);
  deepEqual(actions, ['reveal_recovery_codes']);
  await finish(page);
});

test('a dialogue that was closed leaves the question open', async () => {
  const page = await security('closing');
  await page.button('Turn off two-step verification').click();
  await page.evaluate(() => { navigator.credentials.get = async () => { throw new DOMException('closed', 'NotAllowedError'); }; });
  await page.button('Turn off').last().click();
  await page.getByText('dialogue was closed').waitFor();
  await picture(page, 'security-passkey-closed');
  await page.button('Cancel').click();
  equal(await focused(page.button('Turn off two-step verification')), true);
  await finish(page);
});

test('new recovery codes are got with a passkey', async () => {
  const page = await security('renewing', { attributes: 'regeneration' });
  const ada = await tenant.enrolled('renewing-admin', { role: 'owner' });
  const headers = { 'Step-Up-Token': await tenant.stepUp(ada), 'If-Match': await tenant.etag('policy') };
  await tenant.call('PATCH', 'policy', { recovery_code_regeneration: true }, headers);
  await tenant.time(5);
  await page.button('Get new codes').click();
  await page.getByRole('group', { name: 'Get new codes' }).getByRole('button', { name: 'Get new codes' }).click();
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  await finish(page);
});

test('a further passkey is added with the first, and removed with the other, which is forgotten where it was kept', async () => {
  const page = await security('adding');
  const actions = actionsOf(page);
  await page.button('Add a passkey or device').click();
  await page.getByLabel('Name of the new device').fill('Security key');
  await page.button('Continue').click();
  await page.button(/^Passkey/).click();
  await page.key.send('setAutomaticPresenceSimulation', { enabled: false });
  const other = await Key.into(page, { transport: 'usb' });
  await page.button('Create passkey').click();
  await page.getByText('Two-step verification is on').waitFor();
  await page.button('Done').click();
  await page.getByText('Security key').waitFor();
  await picture(page, 'security-two-passkeys');
  await page.button('Remove: Laptop').click();
  await picture(page, 'security-passkey-remove');
  await page.button('Remove passkey').click();
  await page.getByText('The passkey is removed').waitFor();
  deepEqual((await factorsOf('adding')).map(({ name }) => name), ['Security key']);
  await holds(page.key, 0);
  await holds(other, 1);
  deepEqual(actions, ['enroll', 'remove_factor']);
  await finish(page);
});

test('two-step verification is turned off by a passkey, and then there is none', async () => {
  const page = await security('leaving');
  await page.button('Turn off two-step verification').click();
  await page.button('Turn off').last().click();
  await page.getByText('Two-step verification is off').waitFor();
  deepEqual(await told(page, 'disabled'), [{ userId: 'leaving' }]);
  await holds(page.key, 0);
  await finish(page);
});

test('a passkey that is backed up says so, as long as it is', async () => {
  const page = await security('synced', { key: { defaultBackupEligibility: true, defaultBackupState: true } });
  await page.getByText('Passkey · Backed up').waitFor();
  await picture(page, 'security-passkey-backed-up');
  const [{ credentialId }] = await page.key.credentials();
  await page.key.send('setCredentialProperties', { credentialId, backupState: false });
  await show('countersign-challenge', page, tenant, 'synced', 'login');
  await page.button('Use your passkey').click();
  await page.getByText('Thank you').waitFor();
  await show('countersign-security', page, tenant, 'synced', 'account');
  await page.getByText('Passkey', { exact: true }).waitFor();
  equal(await page.getByText('Backed up').count(), 0);

  await page.key.send('setCredentialProperties', { credentialId, backupEligibility: false }); // that may not change
  await show('countersign-challenge', page, tenant, 'synced', 'login');
  await page.button('Use your passkey').click();
  await page.getByText('passkey was not accepted').waitFor();
  await finish(page);
});

test('a browser without WebAuthn lists passkeys, and asks for the code', async () => {
  const page = await security('no-webauthn', { app: true });
  await page.addInitScript({ content: 'delete window.PublicKeyCredential;' });
  await show('countersign-security', page, tenant, 'no-webauthn', 'account');
  await page.button('Remove: Laptop').click();
  await page.getByLabel('Six-digit code').fill(await /** @type {any} */ (page.phone).fresh());
  await page.getByText('The passkey is removed').waitFor();
  await finish(page);
});

test('it fits a narrow phone in the dark, in German', async () => {
  const page = await security('schmal', { app: true, width: 320, dark: true, lang: 'de', mobile: true });
  await page.button('Entfernen: Laptop').click();
  await picture(page, 'security-passkey-narrow');
  await finish(page);
});

test('who looks after users sees both kinds, and helps with a passkey', async () => {
  const managed = tenantWithPasskeys('passkey-users');
  await managed.put('ada', { role: 'admin', display_name: 'Ada Lovelace' });
  const { page } = await withKey({ width: 800, height: 1000 });
  await register(page, managed, 'ada');
  const ana = await managed.enrolled('ana', { display_name: 'Ana Silva' });
  await register(page, managed, 'ana', { stepUp: await managed.stepUp(ana) });
  const opened = await show('countersign-users', page, managed, 'ada', 'admin');
  await opened.getByText('Passkey · Authenticator app · 8 recovery codes left').waitFor();
  await opened.getByText('Administrator · Passkey · 8 recovery codes left').waitFor();
  await picture(page, 'users-passkey');
  await opened.getByRole('button', { name: 'Recovery codes: Ana Silva' }).click();
  const reason = opened.getByLabel('Reason');
  equal(await focused(reason), true);
  await opened.getByRole('button', { name: 'Show codes' }).click();
  await opened.getByText('Write a reason first').waitFor();
  await reason.fill('Phone lost');
  await picture(page, 'users-passkey-reveal');
  await opened.getByRole('button', { name: 'Show codes' }).click();
  await opened.getByRole('heading', { name: 'Recovery codes of Ana Silva', exact: true }).waitFor();
  await finish(opened);
});

test('a mandate of passkeys that no administrator meets says what to do, and is asked for no code', async () => {
  const apps = tenantWithPasskeys('passkey-none');
  await apps.enrolled('ada', { role: 'owner' });
  const { page } = await withKey({ width: 640, height: 1500 });
  const opened = await show('countersign-policy', page, apps, 'ada', 'admin');
  await opened.getByRole('switch', { name: 'Require two-step verification' }).click();
  await opened.getByText('More: whom, with what and when').click();
  await opened.getByLabel('What do they need?').selectOption('A passkey');
  await opened.getByText('Nobody who may change this has a passkey yet.').waitFor();
  equal(await opened.getByLabel('Six-digit code').isVisible(), false);
  await finish(opened);
});

test('the policy is set with a passkey, and says whether passkeys verify their user', async () => {
  const strict = tenantWithPasskeys('passkey-policy');
  await strict.put('ada', { role: 'owner' });
  const { page } = await withKey({ width: 640, height: 1100 });
  await register(page, strict, 'ada');
  const opened = await show('countersign-policy', page, strict, 'ada', 'admin');
  const actions = actionsOf(opened);
  const verify = opened.getByRole('switch', { name: 'They ask for a PIN' });
  await verify.click();
  await picture(page, 'policy-passkey');
  await opened.getByRole('button', { name: 'Always ask' }).click();
  await opened.getByText('A security key without a PIN cannot be used').waitFor();
  equal(await focused(verify), true);
  equal((await strict.call('GET', 'policy')).passkey_user_verification, 'required');
  await opened.getByRole('switch', { name: 'Require two-step verification' }).click();
  await opened.getByRole('button', { name: 'Require it for everyone' }).click();
  await opened.getByText('Required since').waitFor();
  await picture(page, 'policy-passkey-on');
  deepEqual(actions, ['patch_policy', 'patch_policy']);
  await finish(opened);
});
