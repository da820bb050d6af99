import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, finish, focused, inspect, open, picture, told } from './browser.js';
import { Phone, Tenant } from './service.js';

/** @param {Tenant} tenant @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function policy(tenant, id, options = {}) {
  const page = await open('countersign-policy', { userId: id, ticket: await tenant.ticket(id, 'admin'), width: 640, height: 1100, ...options });
  const mandate = page.getByRole('switch', { name: 'Require two-step verification' });
  await mandate.waitFor();
  return Object.assign(page, { mandate });
}

test('the mandate shows whom it reaches before it is made, and is made with those numbers', async () => {
  const tenant = Tenant.create('mandate');
  const ada = await tenant.enrolled('ada', { role: 'admin' });
  await tenant.put('ben');
  await tenant.put('cora', { role: 'owner', display_name: 'Cora Diaz' });
  const page = await policy(tenant, 'ada');
  const actions = actionsOf(page);
  await page.mandate.click();
  await page.getByText('2 active users have not set it up yet').waitFor();
  await page.getByText('One of them is an owner').waitFor();
  equal(await page.getByText('an administrator').count(), 0);
  equal(await focused(page.getByLabel('Six-digit code')), true);
  await picture(page, 'policy');
  await page.getByText('Show these users').click();
  await page.getByText('Cora Diaz').waitFor();
  await picture(page, 'policy-users');
  await page.getByText('More: whom, with what and when').click();
  await picture(page, 'policy-more');
  await page.getByLabel('When do they have to?').selectOption('Within 7 days');

  await tenant.put('dora'); // while the admin looks at the numbers
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('This has changed while you looked').waitFor();
  await page.getByText('3 active users have not set it up yet').waitFor();
  await picture(page, 'policy-changed');
  await page.getByRole('button', { name: 'Require it for everyone' }).click(); // the proof still holds
  await page.getByText('Required since').waitFor();
  await page.getByText('Two-step verification is required now').waitFor();
  equal(await focused(page.mandate), true);
  await page.getByText('3 of 4 still to set it up · Show').click();
  await page.getByText('Cora Diaz').waitFor();
  deepEqual(await page.locator('countersign-users strong').allTextContents(), ['ben@example.com', 'Cora Diaz', 'dora@example.com']);
  await inspect(page);
  await picture(page, 'policy-on');
  equal(await page.mandate.getAttribute('aria-checked'), 'true');
  const [{ policy: now }] = await told(page, 'policy-changed');
  deepEqual([now.mandatory, now.grace_period_seconds], [true, 604800]);

  await page.mandate.click();
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Everyone decides for themselves').waitFor();
  equal((await tenant.call('GET', 'policy')).mandatory, false);
  deepEqual(actions, ['patch_policy', 'patch_policy']);
  await finish(page);
});

test('a list of users that cannot be fetched leaves the form as it is', async () => {
  const tenant = Tenant.create('listless');
  await tenant.enrolled('ada', { role: 'admin' });
  await tenant.put('ben');
  const page = await policy(tenant, 'ada');
  await page.route('**/ui/users.js', (route) => route.abort());
  await page.mandate.click();
  await page.getByLabel('Six-digit code').fill('12345');
  await page.getByText('Show these users').click();
  await page.getByText('A part of this page could not be loaded.').waitFor();
  equal(await page.getByLabel('Six-digit code').inputValue(), '123 45');
  await finish(page);
});

test('what was asked for before it was cancelled is not shown', async () => {
  const tenant = Tenant.create('cancelled');
  await tenant.put('root', { role: 'admin' });
  const page = await policy(tenant, 'root');
  const come = /** @type {(() => void)[]} */ ([]);
  await page.route('**/ui/enroll.js', (route) => { come.push(() => { void route.continue(); }); });
  await page.mandate.click();
  const asked = page.waitForRequest('**/ui/enroll.js');
  await page.getByRole('button', { name: 'Set up mine' }).click();
  await asked;
  await page.getByRole('button', { name: 'Cancel' }).click();
  const there = page.waitForFunction(() => customElements.get('countersign-enroll'));
  for (const go of come) go();
  await there;
  equal(await page.locator('countersign-enroll').count(), 0);
  await finish(page);
});

test('whom it is about, from when on and with what is folded away, and the numbers follow', async () => {
  const tenant = Tenant.create('finer');
  const ada = await tenant.enrolled('ada', { role: 'admin' });
  await tenant.put('ben');
  await tenant.put('cora', { role: 'owner' });
  const page = await policy(tenant, 'ada', { height: 1500 });
  await page.mandate.click();
  await page.getByText('2 active users have not set it up yet').waitFor();
  await page.getByText('More: whom, with what and when').click();
  for (const [change, title, submit] of /** @type {const} */ ([
    [() => {}, 'Require it now?', 'Require it for everyone'],
    [() => page.getByLabel('From which day on?').fill('2999-01-01'), 'Require it?', 'Require it'],
    [() => page.getByLabel('From which day on?').fill(''), 'Require it now?', 'Require it for everyone'],
    [() => page.getByRole('checkbox', { name: 'Member' }).uncheck(), 'Require it?', 'Require it'],
  ])) {
    await change();
    await page.getByRole('heading', { name: title, exact: true }).waitFor();
    await page.getByRole('button', { name: submit, exact: true }).waitFor();
  }
  await page.getByText('One active user has not set it up yet').waitFor();
  await page.getByLabel('What do they need?').selectOption('A passkey');
  await page.getByText('Passkeys cannot be used here').waitFor();
  equal(await page.getByLabel('Six-digit code').isVisible(), false); // what is impossible is not confirmed either
  await page.getByRole('button', { name: 'Cancel' }).waitFor();
  await picture(page, 'policy-impossible');
  await page.getByLabel('What do they need?').selectOption('A passkey or an app');
  await page.getByText('Passkeys cannot be used here').waitFor({ state: 'detached' });
  equal(await page.getByLabel('Six-digit code').isVisible(), true);
  equal(await page.getByRole('button', { name: 'Cancel' }).count(), 1);
  const later = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('From which day on?').fill(later);
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('It is about these roles: User manager, Administrator, and Owner.').waitFor();
  await page.getByText('will be required from').waitFor();
  await picture(page, 'policy-finer');
  const made = await tenant.call('GET', 'policy');
  deepEqual([made.mandatory, made.mandatory_roles, made.mandatory_methods], [true, ['user_manager', 'admin', 'owner'], 'any']);
  equal(Math.abs(Date.parse(made.mandatory_from) - Date.parse(`${later}T00:00`)) < 86_400_000, true);

  await page.getByRole('button', { name: 'Change whom, with what and when' }).click();
  for (const role of ['User manager', 'Administrator', 'Owner']) await page.getByLabel(role).uncheck();
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Choose at least one role').waitFor();
  await page.getByLabel('Owner').check();
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText('It is about these roles: Owner.').waitFor();
  deepEqual((await tenant.call('GET', 'policy')).mandatory_roles, ['owner']);
  await finish(page);
});

test('a grace period of hours is named as it is, and kept where something else is changed', async () => {
  const tenant = Tenant.create('hours');
  const ada = await tenant.enrolled('ada', { role: 'admin' });
  const mandate = { mandatory: true, grace_period_seconds: 36 * 3600 };
  await tenant.call('PATCH', 'policy', mandate, { 'If-Match': await tenant.etag('policy/preview?mandatory=true'), 'Step-Up-Token': await tenant.stepUp(ada) });
  const page = await policy(tenant, 'ada', { height: 1500 });
  await page.getByText('has 36 hours to set it up').waitFor();
  await page.getByRole('button', { name: 'Change whom, with what and when' }).click();
  equal(await page.getByLabel('When do they have to?').locator('option:checked').textContent(), 'Within 36 hours');
  await page.getByRole('checkbox', { name: 'Member' }).uncheck();
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('It is about these roles: User manager, Administrator, and Owner.').waitFor();
  equal((await tenant.call('GET', 'policy')).grace_period_seconds, 36 * 3600);
  await finish(page);
});

test('who has no second factor sets up their own first, right there', async () => {
  const tenant = Tenant.create('first');
  await tenant.put('ada', { role: 'owner' });
  const page = await policy(tenant, 'ada', { width: 320, dark: true });
  await page.mandate.click();
  await page.getByText('for your own account first').waitFor();
  await picture(page, 'policy-own');
  await page.getByRole('button', { name: 'Set up mine' }).click();
  await page.getByText('Cannot scan it?').click();
  const phone = new Phone(tenant, (await page.locator('[part=secret] span').allTextContents()).join(''));
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Every active user has set it up already').waitFor();
  await finish(page);
});

test('whose role cannot set it is told whose can', async () => {
  const tenant = Tenant.create('saas', '--edition', 'saas');
  await tenant.enrolled('ada', { role: 'admin' });
  const page = await policy(tenant, 'ada');
  await page.mandate.click();
  await page.getByText('Ask the owner').waitFor();
  await finish(page);
});

test('what may be done with recovery codes is decided here too, and asked for no code where it is not allowed', async () => {
  const tenant = Tenant.create('rules');
  const ada = await tenant.enrolled('ada', { role: 'admin' });
  const page = await policy(tenant, 'ada');
  const renew = page.getByRole('switch', { name: 'People may get new ones' });
  equal(await renew.getAttribute('aria-checked'), 'false');
  await renew.click();
  await page.getByRole('heading', { name: 'Let people get new recovery codes?' }).waitFor();
  await picture(page, 'policy-rule');
  await page.keyboard.type(await ada.fresh());
  await page.getByText('A passkey or a code from their app gets them eight new ones').waitFor();
  equal(await renew.evaluate((button) => button.matches(':focus')), true);

  const show = page.getByRole('switch', { name: 'They can be shown again' });
  await show.click();
  await page.getByText('is erased for good').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  equal((await tenant.call('GET', 'policy')).recovery_code_custody, 'viewable');
  await show.click();
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Nobody sees one again').waitFor();
  const now = await tenant.call('GET', 'policy');
  deepEqual([now.recovery_code_regeneration, now.recovery_code_custody, now.mandatory], [true, 'hash_only', false]);
  deepEqual((await told(page, 'policy-changed')).length, 2);
  await finish(page);
});

test('whether passkeys verify their user is decided here', async () => {
  const tenant = Tenant.create('verify');
  const ada = await tenant.enrolled('ada', { role: 'admin' });
  const page = await policy(tenant, 'ada');
  const verify = page.getByRole('group', { name: 'Passkeys' }).getByRole('switch', { name: 'They ask for a PIN, fingerprint or face' });
  for (const [question, answer, want] of /** @type {const} */ ([
    ['Always ask for a PIN, fingerprint or face?', 'Every time', 'required'],
    ['No longer always ask?', 'to have the passkey or security key at hand', 'discouraged'],
  ])) {
    await verify.click();
    await page.getByRole('heading', { name: question }).waitFor();
    await page.keyboard.type(await ada.fresh());
    await page.getByText(answer).waitFor();
    equal((await tenant.call('GET', 'policy')).passkey_user_verification, want);
  }
  await picture(page, 'policy-passkeys');
  await finish(page);
});

test('for how many days browsers are remembered is decided here', async () => {
  const tenant = Tenant.create('days');
  const ada = await tenant.enrolled('ada', { role: 'admin' });
  const page = await policy(tenant, 'ada', { width: 360 });
  const group = page.getByRole('group', { name: 'Remembered browsers' });
  for (const [days, says] of /** @type {const} */ ([['30', 'For 30 days, if people ask for it'], ['0', 'Not at all: everyone is asked at each login']])) {
    await group.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('Remembered', { exact: true }).selectOption(days);
    equal(await page.getByText(/one-time pass/i).count(), 0); // which decides nothing for others
    await inspect(page);
    await page.getByLabel('Six-digit code').fill(await ada.fresh());
    await group.locator('p').getByText(says).waitFor();
    equal((await tenant.call('GET', 'policy')).remember_browser_days, Number(days));
  }
  await picture(page, 'policy-browsers');
  equal((await told(page, 'policy-changed')).length, 2);
  await finish(page);
});

test('on the SaaS edition the owner requires it, in a dialogue where the page asks for one, on a narrow phone in the dark', async () => {
  const tenant = Tenant.create('saas-owner', '--edition', 'saas');
  const olga = await tenant.enrolled('olga', { role: 'owner', display_name: 'Olga Meyer' });
  await tenant.put('ada', { role: 'admin' });
  await tenant.put('omar', { role: 'owner', display_name: `${'Nebuchadnezzar'.repeat(16)}` });
  await tenant.put('dirk', { auth_source: 'ldap' });
  const page = await policy(tenant, 'olga', { width: 320, height: 700, dark: true, attributes: 'dialog' });
  await page.mandate.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Require two-step verification' });
  await dialog.getByText('2 active users have not set it up yet').waitFor();
  await dialog.getByText('One of them is an administrator').waitFor();
  await dialog.getByText('One of them is an owner').waitFor();
  const code = dialog.getByLabel('Six-digit code');
  equal(await focused(code), true);
  await inspect(page);
  await picture(page, 'policy-dialog-top', 'countersign-policy dialog');
  for (let i = 0; i < 12; i++) await page.keyboard.press('Tab'); // it keeps the focus
  equal(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.closest('dialog') !== null), true);
  await dialog.getByText('Show these users').click();
  await dialog.getByText('Nebuchadnezzar').first().waitFor();
  await inspect(page);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  equal(await focused(page.mandate), true);
  equal((await tenant.call('GET', 'policy')).mandatory, false);

  await page.mandate.click();
  await code.fill(await olga.fresh());
  await page.getByText('Two-step verification is required now').waitFor();
  await page.getByText('2 of 3 still to set it up').waitFor();
  equal(await page.mandate.getAttribute('aria-checked'), 'true');
  await picture(page, 'policy-saas');
  await page.getByRole('button', { name: 'Change whom, with what and when' }).click();
  const change = page.getByRole('dialog', { name: 'Change whom, with what and when' });
  await change.getByLabel('What do they need?').selectOption('A passkey');
  await change.getByText('Passkeys cannot be used here').waitFor();
  await change.getByRole('button', { name: 'Cancel' }).click();
  await page.mandate.click();
  await code.fill(await olga.fresh());
  await page.getByText('Two-step verification is no longer required').waitFor();
  await inspect(page);

  const list = await open('countersign-users', { page, userId: 'olga', ticket: await tenant.ticket('olga', 'admin') });
  await list.getByText('4 users').waitFor();
  await list.getByRole('radio', { name: 'Yet to set it up' }).check();
  await list.getByText('2 users · 2 of 3 still to set it up').waitFor(); // as the warning said
  await list.getByRole('radio', { name: 'By directory' }).check();
  await list.getByText('One user', { exact: true }).waitFor();
  await finish(list);
});
