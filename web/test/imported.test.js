import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, open, picture, told } from './browser.js';
import { Tenant, TOKEN } from './service.js';

const tenant = Tenant.create('imported'); // whose policy gives new recovery codes with a new device alone

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function challenge(id, options = {}) {
  const page = await open('countersign-challenge', { userId: id, ticket: await tenant.ticket(id, 'login'), ...options, attributes: 'autofocus' });
  await page.screen.getByRole('heading').first().waitFor();
  return page;
}

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function security(id, options = {}) {
  const page = await open('countersign-security', { userId: id, ticket: await tenant.ticket(id, 'account'), width: 640, height: 1000, ...options });
  await page.screen.getByRole('heading').first().waitFor();
  return page;
}

/** How often a proof was sent. @param {import('playwright-core').Page} page */
function proofs(page) {
  const sent = /** @type {string[]} */ ([]);
  page.on('request', (request) => { if (request.url().endsWith('/verify')) sent.push(request.postDataJSON().code); });
  return sent;
}

test('the eighth digit of a hardware token logs in, and the sixth does not', async () => {
  const token = await tenant.brings('eight');
  const page = await challenge('eight');
  const sent = proofs(page);
  const field = page.getByLabel('Eight-digit code');
  await field.waitFor();
  await picture(page, 'challenge-eight');
  const code = await token.fresh();
  await page.keyboard.type(code.slice(0, 6));
  equal(await field.inputValue(), `${code.slice(0, 4)} ${code.slice(4, 6)}`);
  await page.keyboard.press('Enter');
  await page.getByText('2 digits are missing').waitFor();
  deepEqual(sent, []);
  await page.keyboard.type(code.slice(6));
  await page.getByText('Thank you').waitFor();
  deepEqual(sent, [code]);
  equal((await told(page, 'verified'))[0].method, 'totp');
  await finish(page);
});

test('eight digits fit a small phone', async () => {
  await tenant.brings('narrow');
  const page = await challenge('narrow', { width: 320, height: 640 });
  await page.getByLabel('Eight-digit code').waitFor();
  await picture(page, 'challenge-eight-narrow');
  await finish(page);
});

test('who has devices of both kinds types either', async () => {
  const token = await tenant.brings('mixed');
  const phone = await tenant.further(token, 'Phone');
  const page = await challenge('mixed');
  const sent = proofs(page);
  const field = page.getByLabel('Code of six or eight digits');
  await field.waitFor();
  await picture(page, 'challenge-mixed');
  const six = await phone.fresh();
  await page.keyboard.type(six);
  deepEqual(sent, []); // two may follow
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  deepEqual(sent, [six]);
  await finish(page);

  const again = await challenge('mixed');
  await again.getByLabel('Code of six or eight digits').waitFor();
  await again.keyboard.type(await token.fresh());
  await again.getByText('Thank you').waitFor();
  await finish(again);

  const pasting = await challenge('mixed');
  await pasting.getByLabel('Code of six or eight digits').fill(await phone.fresh()); // all at once, as a password manager does
  await pasting.getByText('Thank you').waitFor();
  await finish(pasting);
});

test('six digits that were typed before it was known what the devices show are a whole code then', async () => {
  const phone = await tenant.enrolled('early');
  const page = await open('countersign-challenge', { userId: 'early' });
  let answer = () => {};
  const held = new Promise((resolve) => { answer = () => resolve(undefined); });
  await page.route('**/users/early/factors', async (route) => { await held; await route.continue(); });
  await page.screen.evaluate((element, ticket) => { /** @type {any} */ (element).ticket = ticket; }, await tenant.ticket('early', 'login'));
  const sent = proofs(page);
  await page.getByLabel('Code of six or eight digits').waitFor();
  await page.getByLabel('Code of six or eight digits').focus();
  const code = await phone.fresh();
  await page.keyboard.type(code);
  deepEqual(sent, []);
  answer();
  await page.getByText('Thank you').waitFor();
  deepEqual(sent, [code]);
  await finish(page);
});

test('the clock of a hardware token is corrected by two of its codes, and the wait is its own', async () => {
  const token = await tenant.brings('token-clock');
  await tenant.time(7200);
  const page = await security('token-clock', { clock: true });
  await page.getByRole('button', { name: 'Correct the clock: Imported' }).click();
  await page.getByRole('heading', { name: 'Correct the clock' }).waitFor();
  const [first, next] = await token.row(-8, 2);
  await page.getByLabel('First code').fill(first);
  await page.getByText(`${first.slice(0, 4)} ${first.slice(4)}`).waitFor();
  await picture(page, 'resync-eight');
  await page.getByLabel('Next code').fill(next);
  await page.getByText('The clock of your device is known now').waitFor();
  const wait = /** @type {string} */ (await page.getByText('The clock of your device is known now').textContent());
  match(wait, /1(19|20|18) seconds/); // the next code but one of a minute each
  await page.clock.fastForward(121_000);
  await page.getByText('Codes from this device are accepted again').waitFor();
  const { factors: [factor] } = await tenant.call('GET', 'users/token-clock/factors');
  deepEqual([factor.totp.drift_steps, factor.totp.period_seconds], [-7, 60]);
  await finish(page);
});

test('at the login too, and the code that is waited for has eight digits', async () => {
  const token = await tenant.brings('login-clock');
  await tenant.time(7200);
  const page = await challenge('login-clock', { clock: true });
  await page.getByText('Something is not working?').click();
  await page.getByRole('button', { name: 'Correct the clock with two codes' }).click();
  const codes = await token.row(-8, 4);
  await page.getByLabel('First code').fill(codes[0]);
  await page.getByLabel('Next code').fill(codes[1]);
  await page.getByRole('heading', { name: 'Enter the next code' }).waitFor();
  await tenant.time(120);
  await page.clock.fastForward(121_000);
  await page.getByText('Enter the code your device shows now').waitFor();
  await page.getByLabel('Eight-digit code').fill(codes[3]);
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('who has a hardware token reads of no app and no phone', async () => {
  await tenant.brings('words');
  const page = await challenge('words');
  await page.getByText('Type the code that your device shows').waitFor();
  await page.getByText('Something is not working?').click();
  await page.getByText('I do not have my device').waitFor();
  equal(await page.screen.getByText(/\b(app|phone)\b/i).count(), 0);
  await picture(page, 'challenge-token-help');
  await page.getByRole('button', { name: 'Correct the clock with two codes' }).click();
  await page.getByText('The code your device shows now').waitFor();
  equal(await page.screen.getByText(/\b(app|phone)\b/i).count(), 0);
  await finish(page);

  const own = await security('words');
  await own.getByRole('button', { name: 'Turn off two-step verification' }).click();
  await own.getByText('Confirm with a code from your device').waitFor();
  await finish(own);
});

test('who has an app reads of it, also when it came from elsewhere', async () => {
  await tenant.brings('app-words', { algorithm: 'SHA1', digits: 6, period: 30 });
  const page = await challenge('app-words');
  await page.getByText('Open your authenticator app').waitFor();
  await finish(page);
});

test('who has no recovery codes reads of none, and of a one-time pass when there is one', async () => {
  const root = await tenant.enrolled('root', { role: 'admin' });
  await tenant.brings('without');
  const page = await challenge('without');
  await page.getByLabel('Eight-digit code').waitFor();
  await page.getByText('Something is not working?').click();
  await page.getByText('Ask an administrator for a one-time pass').waitFor();
  equal(await page.screen.getByText(/recovery code/i).count(), 0);
  await picture(page, 'challenge-no-recovery');
  await finish(page);

  const given = { 'Step-Up-Token': await tenant.stepUp(root) };
  const { access_pass: pass } = await tenant.call('POST', 'users/without/access-passes', { reason: 'Token forgotten' }, given);
  const again = await challenge('without');
  await again.getByRole('button', { name: 'Log in with a one-time pass' }).click();
  await again.getByRole('heading', { name: 'Enter your one-time pass' }).waitFor();
  equal(await again.screen.getByText(/recovery code/i).count(), 0);
  await picture(again, 'challenge-pass-alone');
  await again.getByLabel('One-time pass', { exact: true }).fill(pass.slice(0, 18));
  await again.keyboard.press('Enter');
  await again.getByText('A one-time pass has 20 letters and digits').waitFor();
  await again.getByLabel('One-time pass', { exact: true }).fill(pass);
  await again.keyboard.press('Enter');
  await again.getByText('Thank you').waitFor();
  equal((await told(again, 'verified'))[0].method, 'access_pass');
  await finish(again);

  const own = await security('without');
  for (const name of ['Replace: Imported', 'Add a passkey or device']) {
    await own.getByRole('button', { name }).click();
    await own.getByLabel('Eight-digit code').waitFor();
    equal(await own.screen.getByText(/recovery code/i).count(), 0);
    await own.getByRole('button', { name: 'Back' }).click();
  }
  await finish(own);
});

test('who never had recovery codes is told at the login, and the page too', async () => {
  const token = await tenant.brings('told');
  const page = await challenge('told');
  await page.getByLabel('Eight-digit code').fill(await token.fresh());
  await page.getByText('You have no recovery codes yet').waitFor();
  await picture(page, 'challenge-no-codes');
  const [verified] = await told(page, 'verified');
  deepEqual([verified.recoveryCodesRemaining, verified.recoveryCodesMissing], [0, true]);
  await finish(page);
});

test('who has used all recovery codes is not told so', async () => {
  const phone = await tenant.enrolled('used-up');
  for (const code of phone.codes) await tenant.call('POST', 'users/used-up/verify', { recovery_code: code });
  const page = await challenge('used-up');
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  const [verified] = await told(page, 'verified');
  deepEqual([verified.recoveryCodesRemaining, verified.recoveryCodesMissing], [0, false]);
  equal(await page.getByText('You have no recovery codes yet').count(), 0);
  await finish(page);
});

test('who never had recovery codes gets them, once, by a fresh code', async () => {
  const token = await tenant.brings('getting');
  const page = await security('getting');
  await page.getByText('You have no recovery codes yet').waitFor();
  await picture(page, 'security-no-codes');
  await page.getByRole('button', { name: 'Get recovery codes' }).click();
  equal(await page.getByRole('button', { name: 'recovery code instead' }).count(), 0);
  await page.getByLabel('Eight-digit code').fill(await token.fresh());
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  const codes = await page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem').allTextContents();
  equal(codes.length, 8);
  await picture(page, 'security-got-codes');
  equal((await told(page, 'changed')).length, 1);
  await page.getByRole('button', { name: 'Hide' }).click();
  await page.getByText('8 of 8 are left').waitFor();
  equal(await page.getByRole('button', { name: 'Get recovery codes' }).count(), 0);
  equal(await page.getByRole('button', { name: 'Get new codes' }).count(), 0); // which the policy does not allow
  ok((await tenant.call('POST', 'users/getting/verify', { recovery_code: codes[0] })).step_up_token);
  await finish(page);
});

test('who looks after users sees whose device has not been used here yet', async () => {
  await tenant.enrolled('boss', { role: 'admin' });
  const token = await tenant.brings('unproven');
  const list = async () => {
    const page = await open('countersign-users', { userId: 'boss', ticket: await tenant.ticket('boss', 'admin'), width: 360, height: 1000, attributes: 'limit="100"' });
    return Object.assign(page, { row: (/** @type {string} */ id) => page.getByRole('listitem').filter({ hasText: `${id}@example.com` }) });
  };
  const page = await list();
  await page.row('unproven').getByText('Not used here yet').waitFor();
  equal(await page.row('boss').getByText('Not used here yet').count(), 0);
  await picture(page, 'users-unproven');
  await finish(page);
  await tenant.call('POST', 'users/unproven/verify', { code: await token.fresh() });
  const after = await list();
  await after.row('unproven').waitFor();
  equal(await after.row('unproven').getByText('Not used here yet').count(), 0);
  await finish(after);
});

test('a hardware token is listed, and is removed by a code of its own', async () => {
  const token = await tenant.brings('off', TOKEN);
  const page = await security('off');
  await page.getByText('Not used yet').waitFor();
  await page.getByRole('button', { name: 'Turn off two-step verification' }).click();
  await page.getByLabel('Eight-digit code').fill(await token.fresh());
  await page.getByText('Off. Your account').waitFor();
  await finish(page);
});
