import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, finish, focused, open, picture, told } from './browser.js';
import { Tenant } from './service.js';

const tenant = Tenant.create('passes');
const root = await tenant.enrolled('root', { role: 'admin', display_name: 'Ada Lovelace' });

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function challenge(id, options = {}) {
  const page = await open('countersign-challenge', { userId: id, ticket: await tenant.ticket(id, 'login'), ...options });
  await page.getByRole('textbox').first().waitFor();
  return Object.assign(page, { recovery: page.getByLabel('Recovery code or one-time pass') });
}

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
const security = async (id, options = {}) =>
  open('countersign-security', { userId: id, ticket: await tenant.ticket(id, 'account'), width: 640, height: 1000, ...options });

/** A pass that somebody gave to a user. @param {string} id @returns {Promise<string>} */
const given = async (id) =>
  (await tenant.call('POST', `users/${id}/access-passes`, { reason: 'Phone forgotten' }, { 'Step-Up-Token': await tenant.stepUp(root) })).access_pass;

test('a pass is given for a reason and with a code of one’s own, and logs in', async () => {
  await tenant.enrolled('ana', { display_name: 'Ana Silva' });
  const page = await open('countersign-users', { userId: 'root', ticket: await tenant.ticket('root', 'admin'), width: 800, height: 1000 });
  const actions = actionsOf(page);
  await page.getByRole('button', { name: 'One-time pass: Ana Silva' }).click();
  equal(await page.getByRole('button', { name: 'Use a recovery code instead' }).count(), 0);
  await page.getByText('they need two: one to log in, one to replace it').waitFor();
  await page.getByLabel('Six-digit code').fill(await root.fresh());
  await page.getByText('Write a reason first').waitFor();
  await page.getByLabel('Reason').fill('Phone forgotten, called back');
  await page.getByLabel('How long is it good for?').selectOption('60');
  await picture(page, 'users-pass');
  await page.getByRole('button', { name: 'Give the pass' }).click();
  const shown = page.getByRole('heading', { name: 'One-time pass for Ana Silva' });
  await shown.waitFor();
  equal(await focused(shown), true);
  const pass = await page.locator('[part=access-pass]').innerText();
  match(pass, /^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/);
  await page.getByRole('button', { name: 'Copy' }).click();
  equal(await page.evaluate(() => navigator.clipboard.readText()), pass);
  await picture(page, 'users-pass-given');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('One-time pass given, not used yet').waitFor();
  equal(await page.getByText(pass).count(), 0);
  deepEqual(actions, ['give_access_pass']);
  await finish(page);

  const login = await challenge('ana');
  await login.getByRole('button', { name: 'one-time pass' }).first().click();
  await login.recovery.fill('3C8W-RJ5E-Y1GZ-6SAF-H0TK');
  await login.keyboard.press('Enter');
  await login.getByText('That one-time pass was not accepted').waitFor();
  await login.recovery.fill(pass.slice(0, 22));
  await login.keyboard.press('Enter');
  await login.getByText('a one-time pass has 20. These are 18').waitFor();
  await login.recovery.fill('');
  await login.keyboard.type(pass.toLowerCase().replaceAll('-', ' '));
  equal(await login.recovery.inputValue(), pass);
  await picture(login, 'challenge-pass');
  await login.keyboard.press('Enter');
  await login.getByText('Thank you').waitFor();
  const [verified] = await told(login, 'verified');
  deepEqual([verified.method, verified.recoveryCodesRemaining], ['access_pass', 8]);
  await finish(login);
});

test('a pass that is not wanted any more is taken back from the list', async () => {
  await tenant.enrolled('ben', { display_name: 'Ben Okoro' });
  await given('ben');
  const page = await open('countersign-users', { userId: 'root', ticket: await tenant.ticket('root', 'admin'), width: 800, height: 1000 });
  await page.getByRole('button', { name: 'End the pass: Ben Okoro' }).click();
  await page.getByText('The one-time pass of Ben Okoro is ended').waitFor();
  equal(await page.getByRole('button', { name: 'End the pass: Ben Okoro' }).count(), 0);
  await finish(page);
});

test('who has no recovery code left and is given a pass meanwhile need not load the page again', async () => {
  const phone = await tenant.enrolled('chen');
  for (const code of phone.codes) await tenant.call('POST', 'users/chen/verify', { recovery_code: code });
  const page = await challenge('chen');
  await page.getByText('Something is not working?').click();
  equal(await page.getByRole('button', { name: 'Log in with a recovery code' }).count(), 0);
  const pass = await given('chen');
  await page.getByRole('button', { name: 'I was given a one-time pass' }).click();
  equal(await focused(page.getByLabel('One-time pass', { exact: true })), true);
  await page.keyboard.type(pass);
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('a device is replaced with a pass, as with a recovery code', async () => {
  await tenant.enrolled('dan');
  const pass = await given('dan');
  const page = await security('dan');
  await page.getByRole('button', { name: 'Replace: Work phone' }).click();
  await page.getByText('a recovery code or a one-time pass lets you set up another one in its place').waitFor();
  await page.getByRole('button', { name: 'Use a recovery code or one-time pass instead' }).click();
  await page.getByLabel('Recovery code or one-time pass').fill(pass);
  await page.keyboard.press('Enter');
  await page.getByRole('img', { name: 'QR code' }).waitFor();
  await finish(page);
});

test('who has lost the device may say so by adding one, with a pass as well', async () => {
  await tenant.enrolled('hana');
  await given('hana');
  const page = await security('hana');
  await page.getByRole('button', { name: 'Add a passkey or device' }).click();
  await page.getByRole('button', { name: 'Replace it with a recovery code or one-time pass' }).click();
  await page.getByText('A recovery code, or a one-time pass from an administrator, lets you set up a new device').waitFor();
  await finish(page);
});

test('people see that there is a pass for them, and end it', async () => {
  await tenant.enrolled('eve');
  await given('eve');
  const page = await security('eve');
  await page.getByText('A one-time pass for your account can be used until').waitFor();
  await picture(page, 'security-pass');
  await page.getByRole('button', { name: 'End it' }).click();
  await page.getByText('The one-time pass is ended').waitFor();
  equal(await page.getByText('can be used until').count(), 0);
  await finish(page);
});

test('people read what happened to their second factor, in plain words, and not who helped', async () => {
  const phone = await tenant.enrolled('fay');
  const ticket = await tenant.ticket('fay', 'account');
  const browser = { Authorization: `Bearer ${ticket}` };
  await tenant.call('POST', 'users/fay/verify', { code: await phone.fresh() }, browser);
  await tenant.call('POST', 'users/fay/verify', { access_pass: await given('fay') }, browser);
  const page = await security('fay');
  await page.getByText('Recent activity').click();
  const activity = page.getByRole('list', { name: 'Recent activity' });
  await activity.waitFor();
  const lines = await activity.getByRole('listitem').locator('p:first-child').allTextContents();
  deepEqual(lines, [
    'Your second step was confirmed with a one-time pass', 'A one-time pass was given for your account',
    'Your second step was confirmed with a code', 'A passkey or device was set up', 'Setting up a passkey or device was begun',
  ]);
  match((await activity.getByRole('listitem').first().innerText()), /Today at .* from 127\.0\.0\.1/);
  equal(await page.getByText('root').count(), 0);
  await picture(page, 'security-activity');
  await finish(page);
});

test('what a later version tells is said in general words', async () => {
  const { sentence } = await import('../activity.js');
  const { translator } = await import('../strings.js');
  const event = (/** @type {string} */ action, /** @type {string} */ outcome, details = {}) =>
    sentence(translator('en'), /** @type {any} */ ({ action, outcome, details }));
  deepEqual([event('badge.worn', 'success'), event('verification', 'failure', { method: 'badge' }), event('verification', 'refused', { method: 'passkey' }),
    event('verification', 'success', { method: 'badge' }), event('lane.locked', 'refused')],
  ['Something about your two-step verification changed', 'A wrong code was entered', 'A passkey was not accepted',
    'Your second step was confirmed', 'After wrong codes, new tries had to wait']);
});

test('it fits a narrow phone in the dark, in German', async () => {
  await tenant.enrolled('gil');
  await given('gil');
  const page = await security('gil', { width: 320, dark: true, lang: 'de' });
  await page.getByText('Letzte Ereignisse').click();
  await page.getByRole('list', { name: 'Letzte Ereignisse' }).waitFor();
  await picture(page, 'security-activity-narrow');
  await finish(page);
});
