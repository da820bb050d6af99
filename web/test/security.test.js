import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, finish, focused, inspect, open, picture, told } from './browser.js';
import { Phone, Tenant } from './service.js';

const tenant = Tenant.create('security'); // without an rp id: it is an app that is set up

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
  const actions = actionsOf(page);
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
  deepEqual(actions, ['reveal_recovery_codes', 'reveal_recovery_codes']);
  await finish(page);
});

test('who has no passkey is not asked about any when two-step verification is turned off', async () => {
  const phone = await tenant.enrolled('quiet');
  const page = await security('quiet');
  const refused = /** @type {string[]} */ ([]);
  page.on('response', (response) => { if (response.status() >= 400) refused.push(response.url()); });
  await page.getByRole('button', { name: 'Turn off two-step verification' }).click();
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await page.getByText('Off. Your account').waitFor();
  deepEqual(refused, []);
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
  const actions = actionsOf(page);
  await page.getByRole('button', { name: 'Add a passkey or device' }).click();
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
  deepEqual(actions, ['enroll', 'remove_factor']);
  await finish(page);
});

/** Takes the way for those who have lost a device, with a recovery code. @param {Awaited<ReturnType<typeof security>>} page @param {string} recovery */
async function lose(page, recovery) {
  await page.getByRole('button', { name: 'Add a passkey or device' }).click();
  await page.getByRole('button', { name: 'Lost your device?' }).click();
  await page.getByLabel('Recovery code').fill(recovery);
}

test('a recovery code adds no device, it replaces the one that was lost', async () => {
  const lost = await tenant.enrolled('only-one');
  const page = await security('only-one');
  await lose(page, lost.codes[0]);
  await page.getByText('“Work phone” is replaced').waitFor();
  await picture(page, 'security-lost-one');
  await inspect(page);
  await page.keyboard.press('Enter');
  await page.getByRole('img').waitFor();
  const [active, pending] = (await tenant.call('GET', 'users/only-one/factors')).factors;
  deepEqual([active.name, pending.name], ['Work phone', 'Work phone']);
  await setUp(page);
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('8 of 8 are left').waitFor();
  deepEqual((await tenant.call('GET', 'users/only-one/factors')).factors.map((/** @type {any} */ factor) => factor.factor_id), [pending.factor_id]);
  await finish(page);
});

test('of several devices the lost one is chosen, and the others stay', async () => {
  const phone = await tenant.enrolled('several');
  const kept = await tenant.further(phone, 'Tablet');
  const page = await security('several', { width: 360 });
  await lose(page, phone.codes[0]);
  await page.getByLabel('Which device have you lost?').selectOption('Work phone');
  await page.getByLabel('Name of the new device').fill('New phone');
  await picture(page, 'security-lost');
  await inspect(page);
  await page.getByRole('button', { name: 'Use the code from your app' }).click();
  equal(await page.getByLabel('Which device have you lost?').isVisible(), false);
  await page.getByRole('button', { name: 'Lost your device?' }).click();
  await page.getByLabel('Recovery code').fill(phone.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByRole('img').waitFor();
  await setUp(page);
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('New phone').waitFor();
  const names = page.getByRole('listitem').locator('strong');
  deepEqual(await names.allTextContents(), ['Tablet', 'New phone']);
  await tenant.call('POST', 'users/several/verify', { code: await kept.fresh() });
  await finish(page);
});

test('a device is called by another name, with the keyboard alone', async () => {
  await tenant.enrolled('renaming');
  const page = await security('renaming', { width: 360, dark: true });
  const rename = page.getByRole('button', { name: /^Rename: / });
  const name = page.getByLabel('Name', { exact: true });
  await rename.click();
  equal(await focused(name), true);
  await page.keyboard.type('Something else');
  await picture(page, 'security-rename');
  await page.keyboard.press('Escape');
  deepEqual([await focused(rename), await name.count(), await page.getByText('Work phone').count()], [true, 0, 1]);

  await page.keyboard.press('Enter');
  await page.keyboard.press('Backspace'); // all of it was selected
  await page.keyboard.press('Enter');
  await page.getByText('Write a name first').waitFor();
  await picture(page, 'security-rename-missing');
  await inspect(page);
  await page.evaluate((text) => navigator.clipboard.writeText(text), ' Old\tphone\u200e ');
  await page.keyboard.press('Control+V');
  await page.keyboard.press('Enter');
  await page.getByText('It is called “Old phone” now').waitFor();
  equal(await focused(page.getByRole('button', { name: 'Rename: Old phone' })), true);
  deepEqual((await tenant.call('GET', 'users/renaming/factors')).factors[0].name, 'Old phone');
  equal((await told(page, 'changed')).length, 1);
  await picture(page, 'security-renamed');
  await finish(page);
});

test('it is turned off by a code, and set up from there', async () => {
  const phone = await tenant.enrolled('leaving');
  const page = await security('leaving');
  const actions = actionsOf(page);
  await page.getByRole('button', { name: 'Turn off two-step verification' }).click();
  await picture(page, 'security-turn-off');
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Two-step verification is off').waitFor();
  deepEqual(await told(page, 'disabled'), [{ userId: 'leaving' }]);
  deepEqual(actions, ['disable']);
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  await page.getByRole('img').waitFor();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByText('protected by its password alone').waitFor();
  await picture(page, 'security-off');
  await finish(page);
});

test('a clock is corrected before it locks anybody out, and it is said when the next code comes', async () => {
  for (const step of [-1, 6]) {
    const id = `correct-clock-${step}`;
    const phone = await tenant.enrolled(id);
    await tenant.time(600);
    const page = await security(id, { clock: true });
    await page.getByRole('button', { name: 'Correct the clock: Work phone' }).click();
    const codes = await phone.row(step, 4);
    await page.getByLabel('First code').fill(codes[0]);
    await page.getByLabel('Next code').fill(codes[1]);
    if (step === 6) {
      await page.getByRole('status').getByText('The clock of your device is known now. Wait for the next code').waitFor();
      await picture(page, 'security-next');
      await tenant.time(60);
      await page.clock.fastForward(61_000);
    }
    await page.getByText('The clock is corrected').waitFor();
    if (step === 6) await tenant.call('POST', `users/${id}/verify`, { code: codes[3] });
    await finish(page);
  }
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

test('remembered browsers are listed with their last use, and forgotten, one or all', async () => {
  const admin = await tenant.enrolled('remember-admin', { role: 'admin' });
  await tenant.call('PATCH', 'policy', { remember_browser_days: 30 }, { 'If-Match': await tenant.etag('policy'), 'Step-Up-Token': await tenant.stepUp(admin) });
  const phone = await tenant.enrolled('remembered');
  const secrets = [];
  for (const name of ['Firefox on Linux', 'Safari on iPhone', '']) {
    const token = await tenant.stepUp(phone);
    secrets.push((await tenant.call('POST', 'users/remembered/remembered-browsers', { step_up_token: token, name })).secret);
  }
  const decided = async (/** @type {string} */ secret) => (await tenant.call('POST', 'decisions', { user_id: 'remembered', remembered_browser: secret })).reason;
  equal(await decided(secrets[0]), 'remembered_browser');
  const page = await security('remembered', { width: 360 });
  const list = page.getByRole('list', { name: 'Remembered browsers' });
  deepEqual(await list.locator('strong').allTextContents(), ['Firefox on Linux', 'Safari on iPhone', 'A browser']);
  equal(await list.getByText('Not used yet').count(), 2);
  await picture(page, 'security-browsers');
  await inspect(page);
  await page.getByRole('button', { name: 'Forget: Safari on iPhone' }).click();
  await page.getByText('The browser is forgotten').waitFor();
  equal(await decided(secrets[1]), 'enrolled');
  equal(await decided(secrets[2]), 'remembered_browser');
  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByText('All browsers are forgotten').waitFor();
  equal(await list.count(), 0);
  equal(await decided(secrets[2]), 'enrolled');
  equal((await told(page, 'changed')).length, 2);
  await finish(page);
});
