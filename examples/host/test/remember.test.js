// A browser that is not asked again, until something ends that.
import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture } from '../../../web/test/browser.js';
import { Host, ids, logout, PASSWORD, typePassword } from './host.js';

const host = await Host.start('remember');
const ada = await host.enroll('ada');
const asked = 'Don’t ask again on this browser for 30 days';

/** @typedef {import('playwright-core').Page} Page */

test('an administrator lets browsers be remembered for 30 days', async () => {
  const page = await host.login('ada', ada);
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByText('Not at all: everyone is asked at each login').waitFor();
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Remembered', { exact: true }).selectOption('30');
  await picture(page, 'host-policy-remember', 'body');
  await inspect(page);
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('For 30 days, if people ask for it').waitFor();
  equal((await host.tenant.call('GET', 'policy')).remember_browser_days, 30);
  await finish(page);
});

/** Logs in with a code, and asks for no more of them here. @param {Page} page @param {import('../../../web/test/service.js').Phone} phone */
async function remember(page, phone) {
  await page.getByLabel(asked).check();
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
}

/** @param {Page} page @param {'mia' | 'ben' | 'uma' | 'olga'} name */
async function again(page, name, password = PASSWORD) {
  await logout(page);
  await typePassword(page, name, password);
}

/** @param {Page} page */
const isChallenged = (page) => page.getByRole('heading', { name: 'Enter your code' }).waitFor();

/** @param {Page} page */
const isIn = (page) => page.getByRole('heading', { name: 'Payments' }).waitFor();

test('a remembered browser logs in without a second step, until it is forgotten under Security', async () => {
  const phone = await host.enroll('mia');
  const page = await host.password('mia');
  await isChallenged(page);
  await picture(page, 'host-challenge-remember', 'body');
  await inspect(page);
  await remember(page, phone);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name.endsWith('-browser'));
  match(cookie.value, /^csb_/);
  equal(cookie.httpOnly && cookie.sameSite === 'Lax', true);
  await again(page, 'mia');
  await isIn(page);
  const [next] = (await page.context().cookies()).filter(({ name }) => name.endsWith('-browser'));
  equal(next.value === cookie.value, false);

  const elsewhere = await host.password('mia');
  await isChallenged(elsewhere);
  await finish(elsewhere);

  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('heading', { name: 'Remembered browsers' }).waitFor();
  await page.getByText(/Chrome on Linux/).first().waitFor();
  await picture(page, 'host-security-browsers', 'body');
  await inspect(page);
  await page.getByRole('button', { name: 'Forget: Chrome on Linux' }).click();
  await page.getByText('The browser is forgotten').waitFor();
  equal(await page.getByRole('heading', { name: 'Remembered browsers' }).count(), 0);
  await again(page, 'mia');
  await isChallenged(page);
  await finish(page);
});

test('who does not ask for it is asked again, and so is who used a recovery code', async () => {
  const phone = await host.enroll('ben');
  const page = await host.login('ben', phone);
  await again(page, 'ben');
  await isChallenged(page);
  await page.getByLabel(asked).check();
  await page.getByRole('button', { name: 'Log in with a recovery code' }).click();
  equal(await page.getByLabel(asked).isVisible(), false);
  await page.getByLabel('Recovery code').fill(phone.codes[0]);
  await page.keyboard.press('Enter');
  await isIn(page);
  await again(page, 'ben');
  await isChallenged(page);
  await finish(page);
});

test('an administrator’s reset ends it', async () => {
  const phone = await host.enroll('uma');
  const page = await host.password('uma');
  await remember(page, phone);
  await host.tenant.call('POST', `users/${ids.uma}/disable`, { reason: 'Phone lost' }, { 'Step-Up-Token': await host.tenant.stepUp(ada) });
  const found = await host.enroll('uma');
  await again(page, 'uma');
  await isChallenged(page);
  await remember(page, found);
  await again(page, 'uma');
  await isIn(page);
  await finish(page);
});

test('a password that was changed ends it', async () => {
  const phone = await host.enroll('olga');
  const page = await host.password('olga');
  await remember(page, phone);
  await again(page, 'olga');
  await isIn(page);
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('link', { name: 'Change your password' }).click();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill('another horse');
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText('Your password is changed').waitFor();
  await inspect(page);
  await again(page, 'olga', 'another horse');
  await isChallenged(page);
  await finish(page);
});
