import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, picture, visit } from '../../../web/test/browser.js';
import { demandPasskeys, Key } from '../../../web/test/passkeys.js';
import { Host, ids, logout, setUpPasskey, typePassword } from './host.js';

const host = await Host.start('passkeys');

test('a member sets up a passkey, and logs in and confirms a payment with it', async () => {
  const page = await visit({ width: 1000, height: 900 });
  await page.goto(`${host.address}/login`);
  await Key.into(page);
  await typePassword(page, 'mia');
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  await setUpPasskey(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('On since').waitFor();

  await logout(page);
  await typePassword(page, 'mia');
  await page.getByRole('heading', { name: 'Use your passkey' }).waitFor();
  await picture(page, 'host-passkey', 'body');
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await page.getByText('Two-step verification is on').waitFor();
  const { events } = await host.tenant.call('GET', `audit-events?user_id=${ids.mia}&action=verification&outcome=success`);
  equal(events[0].details.method, 'passkey');
  await page.goto(`${host.address}/`);
  await page.getByRole('link', { name: 'Review the payment to Kite & Sons' }).click();
  await page.getByRole('heading', { name: 'Confirm with your passkey' }).waitFor();
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await page.getByText('Approved by Mia Novak').waitFor();
  await finish(page);
});

test('where a passkey is required, who has lost it replaces it at the login, and is logged in', async () => {
  const strict = await Host.start('passkeys-alone');
  await demandPasskeys(strict.tenant);
  const page = await visit({ width: 1000, height: 1000 });
  await page.goto(`${strict.address}/login`);
  const lost = await Key.into(page);
  await typePassword(page, 'mia');
  await page.getByText('Your organization requires two-step verification').waitFor();
  await page.getByRole('button', { name: /^Passkey/ }).click();
  await page.getByRole('button', { name: 'Create passkey' }).click();
  const codes = page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem');
  await codes.first().waitFor();
  const [code] = await codes.allTextContents();
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await logout(page);
  await lost.remove();

  await Key.into(page);
  await typePassword(page, 'mia');
  await page.getByRole('button', { name: 'I have lost my passkey' }).click();
  await page.getByLabel('Recovery code or one-time pass').fill(code);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await page.getByRole('button', { name: 'Download' }).click();
  await picture(page, 'host-lost-passkey', 'body');
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(page);
});
