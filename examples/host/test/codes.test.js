// Recovery codes and lost phones.
import { deepEqual, equal, notDeepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, picture } from '../../../web/test/browser.js';
import { Host, ids, logout, setUp, typePassword } from './host.js';

const host = await Host.start('codes');

/** @param {import('playwright-core').Page} page @param {string} code */
async function recover(page, code) {
  await page.getByRole('button', { name: 'Log in with a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(code);
  await page.keyboard.press('Enter');
}

test('new recovery codes come with the device registered anew, and the old ones are void', async () => {
  const old = await host.enroll('mia');
  const page = await host.login('mia', old);
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByText('8 of 8 are left').waitFor();
  await picture(page, 'host-security', 'body');
  equal(await page.getByRole('button', { name: 'Get new codes' }).count(), 0);
  await page.getByRole('button', { name: /^Replace/ }).click();
  await page.getByLabel('Six-digit code').fill(await old.fresh());
  const phone = await setUp(page, host.tenant);
  notDeepEqual(phone.codes, old.codes);
  await logout(page);
  await typePassword(page, 'mia');
  await recover(page, old.codes[0]);
  await page.getByText('That recovery code was not accepted').waitFor();
  await page.getByLabel('Recovery code').fill(phone.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByText('You logged in with a recovery code').waitFor();
  await finish(page);
});

test('a lost phone is replaced by who logs in with a recovery code', async () => {
  const lost = await host.enroll('olga');
  const page = await host.password('olga');
  await recover(page, lost.codes[0]);
  await page.getByRole('link', { name: 'set up the new one' }).click();
  await page.getByRole('button', { name: /^Replace/ }).click();
  await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await page.getByLabel('Recovery code').fill(lost.codes[1]);
  await page.keyboard.press('Enter');
  const found = await setUp(page, host.tenant);
  await logout(page);
  await typePassword(page, 'olga');
  await page.getByLabel('Six-digit code').fill(await lost.fresh());
  await page.getByText('was not accepted').waitFor();
  await page.getByLabel('Six-digit code').fill(await found.fresh());
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(page);
});

test('a user manager sees a user’s recovery codes for a reason and passes one on, which lets them in', async () => {
  const uma = await host.enroll('uma');
  const ben = await host.enroll('ben');
  const page = await host.login('uma', uma);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Recovery codes: Ben Ferreira' }).click();
  await page.getByLabel('Reason').fill('Phone at home, called back');
  await page.getByLabel('Six-digit code').fill(await uma.fresh());
  const list = page.getByRole('list', { name: 'Recovery codes of Ben Ferreira' }).getByRole('listitem');
  await list.first().waitFor();
  await picture(page, 'host-users-codes', 'body');
  const codes = await list.allTextContents();
  deepEqual(codes, ben.codes);
  const { events } = await host.tenant.call('GET', `audit-events?user_id=${ids.ben}&limit=1`);
  deepEqual([events[0].actor.user_id, events[0].reason], [ids.uma, 'Phone at home, called back']);
  await finish(page);

  const his = await host.password('ben');
  await recover(his, codes[7]);
  await his.getByText('You logged in with a recovery code').waitFor();
  await finish(his);
});

test('a user manager gives a one-time pass, which lets somebody in and removes nothing', async () => {
  const other = await Host.start('passes');
  const uma = await other.enroll('uma');
  await other.enroll('ben');
  const page = await other.login('uma', uma);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'One-time pass: Ben Ferreira' }).click();
  await page.getByLabel('Reason').fill('Phone at home, called back');
  await page.getByLabel('Six-digit code').fill(await uma.fresh());
  const shown = page.locator('[part=access-pass]');
  await shown.waitFor();
  const pass = await shown.innerText();
  await picture(page, 'host-users-pass', 'body');
  await finish(page);

  const his = await other.password('ben');
  await recover(his, pass);
  await his.getByText('You logged in with a one-time pass').waitFor();
  const { two_factor: status } = await other.tenant.call('GET', `users/${ids.ben}`);
  deepEqual([status.enabled, status.recovery_codes_remaining], [true, 8]);
  await finish(his);
});

test('with the phone and all eight codes gone, an administrator removes the device, and the user sets one up anew', async () => {
  const other = await Host.start('eight');
  const ada = await other.enroll('ada');
  const gone = await other.enroll('mia');
  for (const code of gone.codes) await other.tenant.call('POST', `users/${ids.mia}/verify`, { recovery_code: code });
  const hers = await other.password('mia');
  await hers.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await hers.getByText('Something is not working').click();
  await hers.getByText('Ask an administrator for a one-time pass').waitFor();
  await hers.getByRole('button', { name: 'Log in with a recovery code' }).waitFor({ state: 'detached' }); // there are none

  const page = await other.login('ada', ada);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Reset: Mia Novak' }).click();
  await page.getByLabel('Reason').fill('Lost everything, seen in person');
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Two-step verification of Mia Novak is reset').waitFor();
  await finish(page);

  await hers.goto(`${other.address}/login`);
  await typePassword(hers, 'mia');
  await hers.getByRole('link', { name: 'Set it up' }).click();
  await hers.getByRole('button', { name: 'Set up two-step verification' }).click();
  const phone = await setUp(hers, other.tenant);
  await logout(hers);
  await typePassword(hers, 'mia');
  await hers.getByLabel('Six-digit code').fill(await phone.fresh());
  await hers.getByText('Two-step verification is on').waitFor();
  await finish(hers);
});
