import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, open, picture, told } from './browser.js';
import { Phone, Tenant } from './service.js';

const tenant = Tenant.demo;

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function security(id, options = {}) {
  const page = await open('countersign-security', { userId: id, ticket: await tenant.ticket(id, 'account'), width: 640, height: 1000, ...options });
  await page.screen.getByRole('heading').first().waitFor();
  return Object.assign(page, { code: page.getByLabel('Six-digit code') });
}

/** Sets up the device whose QR code is shown. @param {import('playwright-core').Page} page */
async function setUp(page) {
  await page.getByText('Cannot scan it?').click();
  const phone = new Phone(tenant, (await page.locator('[part=secret] span').allTextContents()).join(''));
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  return phone;
}

test('recovery codes are shown to who types a code, and to nobody else', async () => {
  const phone = await tenant.enrolled('revealing');
  const page = await security('revealing');
  await picture(page, 'security');
  await page.getByRole('button', { name: 'Show the codes' }).click();
  equal(await page.getByRole('button', { name: 'recovery code instead' }).count(), 0);
  await page.keyboard.type(await phone.wrong());
  await page.getByText('was not accepted').waitFor();
  await picture(page, 'security-step-up');
  await page.keyboard.type(await phone.fresh());
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  deepEqual(await page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem').allTextContents(), phone.codes);
  await picture(page, 'security-codes');
  await finish(page);
});

test('a lost phone is replaced with a recovery code, and its codes die with it', async () => {
  const old = await tenant.enrolled('replacing');
  const page = await security('replacing');
  await page.getByRole('button', { name: 'Replace: Work phone' }).click();
  await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await page.keyboard.type(old.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByRole('img').waitFor();
  await setUp(page);
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('8 of 8 are left').waitFor();
  equal(await page.getByRole('listitem').count(), 1);
  equal((await told(page, 'enrolled')).length, 1);
  await finish(page);
});

test('a further device is added by its name, and removed again', async () => {
  const phone = await tenant.enrolled('adding');
  const page = await security('adding');
  await page.getByRole('button', { name: 'Add a device' }).click();
  await page.getByLabel('Name of the new device').fill('Tablet');
  await page.code.fill(await phone.fresh());
  await page.getByRole('img').waitFor();
  await setUp(page);
  await page.getByText('Two-step verification is on').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Tablet').waitFor();
  await picture(page, 'security-two-devices');
  await page.getByRole('button', { name: 'Remove: Tablet' }).click();
  await picture(page, 'security-remove');
  await page.keyboard.type(await phone.fresh());
  await page.getByText('The device is removed').waitFor();
  equal(await page.getByText('Tablet').count(), 0);
  await finish(page);
});

test('it is turned off by a code, and set up from there', async () => {
  const phone = await tenant.enrolled('leaving');
  const page = await security('leaving');
  await page.getByRole('button', { name: 'Turn off two-step verification' }).click();
  await picture(page, 'security-turn-off');
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Two-step verification is off').waitFor();
  deepEqual(await told(page, 'disabled'), [{ userId: 'leaving' }]);
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  await page.getByRole('img').waitFor();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByText('protected by its password alone').waitFor();
  await picture(page, 'security-off');
  await finish(page);
});

test('a clock is corrected before it locks anybody out', async () => {
  const phone = await tenant.enrolled('correct-clock');
  await tenant.time(600);
  const page = await security('correct-clock');
  await page.getByRole('button', { name: 'Correct the clock: Work phone' }).click();
  const [first, next] = await phone.pair(6);
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  await page.getByText('The clock is corrected').waitFor();
  await finish(page);
});

test('a cancelled question gives the focus back', async () => {
  await tenant.enrolled('cancelling');
  const page = await security('cancelling', { width: 320, dark: true });
  await picture(page, 'security-narrow');
  await page.getByRole('button', { name: 'Show the codes' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  equal(await page.getByRole('button', { name: 'Show the codes' }).evaluate((button) => button.matches(':focus')), true);
  await finish(page);
});
