// The page with the users, for those whose role has it.
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture } from '../../../web/test/browser.js';
import { Host, logout, typePassword } from './host.js';

const host = await Host.start('users-page');
const uma = await host.enroll('uma');
const mia = await host.enroll('mia');

test('users are filtered by whether two-step verification is enabled, those of a directory apart', async () => {
  const page = await host.login('uma', uma);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByText('8 users').waitFor();
  await picture(page, 'host-users', 'body');
  const names = page.getByRole('listitem').locator('strong');
  await page.getByRole('radio', { name: 'Enabled' }).check();
  await page.getByText('2 users').waitFor();
  deepEqual((await names.allTextContents()).sort(), ['Mia Novak', 'Uma Lindqvist']);
  await page.getByRole('radio', { name: 'Disabled' }).check();
  await page.getByText('4 users · one of them inactive').waitFor();
  deepEqual((await names.allTextContents()).sort(), ['Ada Okafor', 'Ben Ferreira', 'Ivo Petrov', 'Olga Meyer']);
  await page.getByRole('radio', { name: 'By directory' }).check();
  await page.getByText('2 users').waitFor();
  deepEqual((await names.allTextContents()).sort(), ['Lea Rossi', 'Sam Whitfield']);
  await finish(page);
});

test('somebody with the page removes a user’s device, who then logs in with the password alone', async () => {
  const page = await host.login('uma', uma);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Reset: Mia Novak' }).click();
  await page.getByLabel('Six-digit code').fill(await uma.fresh());
  await page.getByText('Write a reason first').waitFor();
  await page.getByLabel('Reason').fill('Phone lost');
  await page.getByLabel('Six-digit code').press('Enter');
  await page.getByText('Two-step verification of Mia Novak is reset').waitFor();
  await inspect(page);
  await logout(page);
  await typePassword(page, 'mia');
  await page.getByText('your password alone protects your account').waitFor();
  equal((await host.tenant.call('GET', `users/${mia.id}`)).two_factor.enabled, false);
  await finish(page);
});

test('a member has neither that page nor the policy, and gets no ticket for them', async () => {
  const page = await host.login('ben');
  equal(await page.getByRole('link', { name: 'Users' }).count(), 0);
  for (const path of ['/users', '/policy']) {
    equal((await page.goto(host.address + path))?.status(), 403);
    await page.getByText('Your role does not have this page').waitFor();
  }
  const status = await page.evaluate(async () => (await fetch('/tickets/admin', { method: 'POST' })).status);
  equal(status, 403);
  await finish(page);
});
