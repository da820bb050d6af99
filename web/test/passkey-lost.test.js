import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, finish, focused, inspect, picture, told } from './browser.js';
import { demandPasskeys, Key, register, show, tenantWithPasskeys, withKey } from './passkeys.js';

const tenant = tenantWithPasskeys('passkey-lost');
const root = await demandPasskeys(tenant);

/** Somebody with a passkey that is lost, in a browser with another key. @param {string} id @param {import('./passkeys.js').Options} [options] */
async function lost(id, options = {}) {
  await tenant.put(id);
  const { page, key } = await withKey({ height: 900, ...options });
  const { codes, factor } = await register(page, tenant, id);
  await key.remove();
  return Object.assign(page, { key: await Key.into(page), codes, factor });
}

/** The second step of their login. @param {import('./browser.js').Visit} page @param {string} id @param {import('./passkeys.js').Options} [options] */
async function challenge(page, id, options) {
  const opened = await show('countersign-challenge', page, tenant, id, 'login', options);
  return Object.assign(opened, {
    use: opened.getByRole('button', { name: 'Use your passkey', exact: true }), offer: opened.getByRole('button', { name: 'I have lost my passkey' }),
    create: opened.getByRole('button', { name: 'Create passkey' }), recovery: opened.getByLabel('Recovery code or one-time pass'),
  });
}

/** Keeps the new recovery codes, and goes on. @param {import('./browser.js').Visit} page */
async function save(page) {
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  equal(await page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem').count(), 8);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
}

/** @param {string} id @returns {Promise<any[]>} */
const factorsOf = async (id) => (await tenant.call('GET', `users/${id}/factors`)).factors;

test('a recovery code is not asked for where the screen for the new passkey cannot be fetched', async () => {
  const page = await lost('abe');
  const { offer, recovery } = await challenge(page, 'abe');
  const actions = actionsOf(page);
  await page.route('**/ui/enroll.js', (route) => route.abort());
  await offer.click();
  await page.getByText('A part of this page could not be loaded.').waitFor();
  equal(await recovery.count(), 0);
  deepEqual(actions, []);
  await finish(page);
});

test('where a passkey alone logs in, a lost one is replaced with a recovery code, and that is the login', async () => {
  const page = await lost('ana');
  const { offer, create, recovery } = await challenge(page, 'ana', { attributes: 'autofocus token-nonce="n-1"' });
  const actions = actionsOf(page);
  await offer.waitFor();
  equal(await page.getByRole('button', { name: 'Log in with a recovery code' }).count(), 0);
  await picture(page, 'passkey-lost-offer');
  await offer.click();
  equal(await focused(recovery), true);
  await page.getByText('“Laptop” is replaced').waitFor();
  await picture(page, 'passkey-lost');
  await inspect(page);
  await recovery.fill('3C8W-RJ5E-Y1GZ-6SAF');
  await page.keyboard.press('Enter');
  await page.getByText('That recovery code was not accepted').waitFor();
  await recovery.fill(page.codes[0]);
  await page.keyboard.press('Enter');
  await create.waitFor();
  await picture(page, 'passkey-lost-create');
  await inspect(page);
  await create.click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await picture(page, 'passkey-lost-codes');
  await save(page);
  await page.getByText('Thank you').waitFor();
  deepEqual(actions, ['enroll', 'enroll']);
  deepEqual([(await told(page, 'confirmed')).length, (await told(page, 'enrolled')).length], [0, 0]);
  const [verified, ...further] = await told(page, 'verified');
  deepEqual([verified.method, verified.recoveryCodesRemaining, verified.recoveryCodesMissing, verified.rememberBrowser, further], ['passkey', 8, false, false, []]);
  const claims = await tenant.call('POST', 'tokens/consume', { token: verified.stepUpToken });
  deepEqual([claims.acr, claims.nonce, claims.session_id, claims.action], ['phr', 'n-1', 's-1', undefined]);
  notEqual(claims.aud, 'countersign');
  const [factor, ...others] = await factorsOf('ana');
  deepEqual([factor.type, factor.name, factor.state, others], ['passkey', 'Laptop', 'active', []]);
  notEqual(factor.factor_id, page.factor);
  await finish(page);
});

test('an administrator’s one-time pass replaces it too, and is not typed twice by who took it for a login', async () => {
  const page = await lost('ben');
  for (const code of page.codes) await tenant.call('POST', 'users/ben/verify', { recovery_code: code, audience: 'countersign' });
  const { use, create } = await challenge(page, 'ben');
  const field = page.getByLabel('One-time pass', { exact: true });
  await use.waitFor();
  const pass = await root.pass('ben');
  await page.getByText('Something is not working?').click();
  await page.getByRole('button', { name: 'I was given a one-time pass' }).click();
  await field.fill(pass);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Replace your passkey' }).waitFor();
  equal(await field.inputValue(), pass);
  equal(await page.getByText(/recovery code/i).count(), 0); // none is left
  await picture(page, 'passkey-lost-pass');
  await page.getByRole('button', { name: 'Continue' }).click();
  await create.click();
  await save(page);
  await page.getByText('Thank you').waitFor();
  equal((await told(page, 'verified')).length, 1);
  await finish(page);
});

test('the advice leads there as well', async () => {
  const page = await lost('advice');
  const { recovery } = await challenge(page, 'advice');
  await page.getByText('Something is not working?').click();
  await page.getByText('you create a new one in its place').waitFor();
  equal(await page.getByText('Log in with one of your recovery codes').count(), 0);
  await picture(page, 'passkey-lost-advice');
  await page.getByRole('button', { name: 'I was given a one-time pass' }).click();
  await recovery.waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Use your passkey' }).waitFor();
  await finish(page);
});

test('the code of an app that is left replaces it, and logs nobody in', async () => {
  const own = tenantWithPasskeys('passkey-lost-app');
  const phone = await own.enrolled('chen');
  const { page, key } = await withKey({ height: 900 });
  await register(page, own, 'chen', { stepUp: await own.stepUp(phone) });
  await key.remove();
  await Key.into(page);
  await demandPasskeys(own);
  for (const code of phone.codes) await own.call('POST', 'users/chen/verify', { recovery_code: code, audience: 'countersign' });
  await show('countersign-challenge', page, own, 'chen', 'login');
  await page.getByRole('button', { name: 'I have lost my passkey' }).click();
  await page.getByText('With a code from your device').waitFor();
  await picture(page, 'passkey-lost-app');
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await save(page);
  await page.getByText('Thank you').waitFor();
  const { factors } = await own.call('GET', 'users/chen/factors');
  deepEqual(factors.map((/** @type {any} */ { type, name }) => [type, name]), [['totp', 'Work phone'], ['passkey', 'Laptop']]);
  await finish(page);
});

test('of several passkeys the lost one is chosen, and the others stay', async () => {
  const own = tenantWithPasskeys('passkey-lost-several');
  const phone = await own.enrolled('dan');
  const { page, key } = await withKey({ height: 900 });
  await register(page, own, 'dan', { name: 'Laptop', stepUp: await own.stepUp(phone) });
  await key.remove();
  const other = await Key.into(page);
  await register(page, own, 'dan', { name: 'Security key', stepUp: await own.stepUp(phone) });
  await other.remove();
  await Key.into(page);
  await demandPasskeys(own);
  await show('countersign-challenge', page, own, 'dan', 'login');
  await page.getByRole('button', { name: 'I have lost my passkey' }).click();
  await page.getByLabel('Which passkey have you lost?').selectOption('Security key');
  await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code or one-time pass').fill(phone.codes[0]);
  await picture(page, 'passkey-lost-several');
  await inspect(page);
  const before = (await own.call('GET', 'users/dan/factors')).factors.map((/** @type {any} */ one) => one.factor_id);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await save(page);
  await page.getByText('Thank you').waitFor();
  const after = (await own.call('GET', 'users/dan/factors')).factors;
  deepEqual(after.map((/** @type {any} */ { name, factor_id: id }) => [name, before.includes(id)]).sort(), [['Laptop', true], ['Security key', false], ['Work phone', true]]);
  await finish(page);
});

test('codes that took longer to save than the token lasts cost one more tap, and nothing else', async () => {
  const page = await lost('eve', { clock: true });
  const { offer, create, recovery, use } = await challenge(page, 'eve');
  await offer.click();
  await recovery.fill(page.codes[0]);
  await page.keyboard.press('Enter');
  await create.click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await page.clock.fastForward(400_000);
  await save(page);
  await page.getByText('Your new passkey is set up').waitFor();
  deepEqual(await told(page, 'verified'), []);
  await picture(page, 'passkey-lost-again');
  await use.click();
  await page.getByText('Thank you').waitFor();
  equal((await told(page, 'verified')).length, 1);
  await finish(page);
});

test('a mandate that came while the page was open asks for the passkey, and says why', async () => {
  const own = tenantWithPasskeys('passkey-lost-open');
  const phone = await own.enrolled('fay');
  const { page } = await withKey({ height: 900 });
  await register(page, own, 'fay', { stepUp: await own.stepUp(phone) });
  await own.call('POST', 'users/fay/verify', { code: await phone.fresh() }); // what was used last leads
  const opened = await show('countersign-challenge', page, own, 'fay', 'login');
  await opened.getByLabel('Six-digit code').waitFor();
  await demandPasskeys(own);
  await opened.getByLabel('Six-digit code').fill(await phone.fresh());
  await opened.getByText('Only a passkey logs you in here from now on').waitFor();
  await opened.getByRole('button', { name: 'I have lost my passkey' }).waitFor();
  await picture(page, 'passkey-lost-open');
  await opened.getByRole('button', { name: 'Use your passkey', exact: true }).click();
  await opened.getByText('Thank you').waitFor();
  await finish(page);
});

test('a browser without WebAuthn says so, and asks for nothing that would not do', async () => {
  const page = await lost('gil');
  await page.addInitScript({ content: 'delete window.PublicKeyCredential;' });
  const { offer } = await challenge(page, 'gil');
  await page.getByRole('alert').getByText('This browser cannot use passkeys. Please open this page in another one').waitFor();
  deepEqual([await page.getByRole('textbox').count(), await offer.count()], [0, 0]);
  await finish(page);
});

test('where no recovery code will do, the way of a lost passkey is not offered', async () => {
  const page = await lost('hal');
  const { use, offer } = await challenge(page, 'hal', { attributes: 'action="pay" code-only' });
  await page.getByRole('heading', { name: 'Confirm with your passkey' }).waitFor();
  equal(await use.count(), 1);
  equal(await offer.count(), 0);
  await finish(page);
});

test('in the security settings a lost one is replaced with a recovery code, and nothing else is offered for one', async () => {
  const own = tenantWithPasskeys('passkey-lost-security');
  const phone = await own.enrolled('jan');
  const { page } = await withKey({ height: 900 });
  await register(page, own, 'jan', { stepUp: await own.stepUp(phone) });
  await demandPasskeys(own);
  await show('countersign-security', page, own, 'jan', 'account');
  await page.getByRole('button', { name: 'Remove: Work phone' }).click();
  await page.getByRole('heading', { name: 'Remove “Work phone”?' }).waitFor();
  equal(await page.getByRole('button', { name: /recovery code/ }).count(), 0);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Replace: Laptop' }).click();
  await page.getByRole('button', { name: 'Use a recovery code instead' }).waitFor();
  await finish(page);
});

test('it fits a narrow phone in the dark, in German', async () => {
  const page = await lost('ida', { width: 320, dark: true, lang: 'de', mobile: true });
  await challenge(page, 'ida', { lang: 'de' });
  await page.getByRole('button', { name: 'Ich habe meinen Passkey verloren' }).click();
  await page.getByLabel('Wiederherstellungscode oder Einmalpass').fill(page.codes[0]);
  await picture(page, 'passkey-lost-narrow');
  await inspect(page);
  await page.getByRole('button', { name: 'Weiter' }).click();
  await page.getByRole('button', { name: 'Passkey erstellen' }).waitFor();
  await picture(page, 'passkey-lost-create-narrow');
  await finish(page);
});
