import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf, finish, focused, inspect, open, picture, told } from './browser.js';
import { Tenant } from './service.js';

const tenant = Tenant.create('users');
const ada = await tenant.enrolled('ada', { role: 'admin', display_name: 'Ada Lovelace' });
const ana = await tenant.enrolled('ana', { display_name: 'Ana Silva' });
await tenant.enrolled('ben', { role: 'owner', display_name: 'Ben Okoro' });
await tenant.put('chen', { auth_source: 'saml', display_name: '<b>Chen</b> & Li' });
await tenant.put('dan', { active: false });

/** @param {Partial<import('./browser.js').Options>} [options] */
async function users(options = {}) {
  const page = await open('countersign-users', { userId: 'ada', ticket: await tenant.ticket('ada', 'admin'), width: 800, height: 1000, ...options });
  await page.getByRole('listitem').first().waitFor();
  return page;
}

/** @param {import('playwright-core').Page} page */
const names = (page) => page.getByRole('listitem').locator('strong').allTextContents();

test('the list is filtered by who has it, and by directory, and searched by name', async () => {
  const page = await users();
  await page.getByText('5 users · one of them inactive').waitFor();
  await picture(page, 'users');
  await page.getByRole('radio', { name: 'Enabled' }).check();
  await page.getByText('3 users').waitFor();
  deepEqual(await names(page), ['Ada Lovelace', 'Ana Silva', 'Ben Okoro']);
  await page.getByLabel('Search by name').fill('an');
  await page.getByText('One user').waitFor();
  await page.getByRole('radio', { name: 'Disabled' }).check();
  await page.getByText('There is nobody here').waitFor();
  await page.getByLabel('Search by name').fill('');
  await page.getByText('One user · one of them inactive').waitFor();
  deepEqual(await names(page), ['dan@example.com']);
  await page.getByRole('radio', { name: 'By directory' }).check();
  await page.getByText('One user', { exact: true }).waitFor();
  deepEqual(await names(page), ['<b>Chen</b> & Li']);
  await picture(page, 'users-directory');
  equal(await page.getByRole('button', { name: /clock/ }).count(), 0); // a clock is corrected by who holds the device
  await page.getByText('Somebody’s codes are not accepted?').click();
  await page.getByText('choose “Something is not working?” when they log in, and then “Correct the clock with two codes”').waitFor();
  await finish(page);
});

test('a long list has pages', async () => {
  const page = await users({ attributes: 'limit="2"' });
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Users 3 to 4').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Users 5 to 5').waitFor();
  equal(await page.getByRole('button', { name: 'Next' }).count(), 0);
  await page.getByRole('button', { name: 'Previous' }).click();
  await page.getByText('Users 3 to 4').waitFor();
  await finish(page);
});

test('recovery codes are passed on for a reason and with a code of one’s own, never upwards', async () => {
  const page = await users();
  const actions = actionsOf(page);
  equal(await page.getByRole('button', { name: 'Recovery codes: Ben Okoro' }).count(), 0);
  equal(await page.getByRole('button', { name: 'Recovery codes: Ada Lovelace' }).count(), 0);
  await page.getByRole('button', { name: 'Recovery codes: Ana Silva' }).click();
  await page.getByLabel('Six-digit code from your own app').fill(await ada.fresh());
  await page.getByText('Write a reason first').waitFor();
  const reason = page.getByLabel('Reason');
  deepEqual([await reason.getAttribute('aria-invalid'), await focused(reason)], ['true', true]);
  await page.getByText('Confirm with a code from your own app').waitFor(); // not one of hers
  await inspect(page);
  await page.evaluate((text) => navigator.clipboard.writeText(text), 'Phone lost,\u202e called back\ufeff'); // from a document
  await page.keyboard.press('Control+V');
  equal(await reason.getAttribute('aria-invalid'), null);
  await picture(page, 'users-reveal');
  await page.getByRole('button', { name: 'Show codes' }).click();
  await page.getByRole('heading', { name: 'Recovery codes of Ana Silva', exact: true }).waitFor();
  deepEqual(await page.getByRole('list', { name: 'Recovery codes of Ana Silva' }).getByRole('listitem').allTextContents(), ana.codes);
  const { events } = await tenant.call('GET', 'audit-events?user_id=ana&action=recovery_codes.revealed');
  equal(events[0].reason, 'Phone lost,  called back');
  deepEqual(actions, ['reveal_recovery_codes']);
  await finish(page);
});

test('somebody who lost everything is reset', async () => {
  await tenant.enrolled('eve');
  const page = await users();
  const actions = actionsOf(page);
  await page.getByRole('button', { name: 'Reset: eve@example.com' }).click();
  await page.getByLabel('Reason').fill('Phone stolen');
  await picture(page, 'users-reset');
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('of eve@example.com is reset').waitFor();
  equal(await focused(page.locator('.notice.done')), true);
  deepEqual(await told(page, 'disabled'), [{ userId: 'eve' }]);
  deepEqual(actions, ['disable']);
  equal(await page.getByRole('button', { name: 'Reset: eve@example.com' }).count(), 0);
  await finish(page);
});

test('somebody whom a mandate reaches is exempted for a time, and that is ended', async () => {
  const own = Tenant.create('exempting');
  const root = await own.enrolled('root', { role: 'admin' });
  await own.put('gil', { display_name: 'Gil Meyer' });
  const mandate = { 'If-Match': await own.etag('policy/preview?mandatory=true'), 'Step-Up-Token': await own.stepUp(root) };
  await own.call('PATCH', 'policy', { mandatory: true }, mandate);
  const page = await open('countersign-users', { userId: 'root', ticket: await own.ticket('root', 'admin'), width: 800, height: 1000 });
  const actions = actionsOf(page);
  await page.getByLabel('Yet to set it up').check();
  await page.getByText('One user · 1 of 2 still to set it up').waitFor();
  await page.getByRole('button', { name: 'Exempt: Gil Meyer' }).click();
  await page.getByLabel('Reason').fill('On leave');
  await picture(page, 'users-exempt');
  await page.getByLabel('Six-digit code').fill(await root.fresh());
  await page.getByText('Gil Meyer is exempt until').waitFor();
  await page.getByText('There is nobody here').waitFor();
  await page.getByLabel('All').check();
  await page.getByText('Exempt until', { exact: false }).last().waitFor();
  await picture(page, 'users-exempted');
  equal((await own.call('GET', 'users/gil')).two_factor.exempt_reason, 'exempted');
  const theirs = await open('countersign-security', { userId: 'gil', ticket: await own.ticket('gil', 'account') });
  await theirs.getByRole('button', { name: 'Set up two-step verification' }).waitFor(); // who is exempted may all the same
  await finish(theirs);
  await page.getByRole('button', { name: 'End exemption: Gil Meyer' }).click();
  await page.getByLabel('Six-digit code').fill(await root.fresh());
  await page.getByText('Gil Meyer is no longer exempt').waitFor();
  equal((await own.call('GET', 'users/gil')).two_factor.exempt_reason, null);
  deepEqual(actions, ['put_exemption', 'delete_exemption']);
  await finish(page);
});

for (const zone of ['America/Los_Angeles', 'Europe/Berlin', 'Pacific/Kiritimati']) {
  test(`an exemption ends on the day that was chosen, and on the last one that there is: ${zone}`, async () => {
    const there = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone: zone }); // as 2030-01-31 08:00
    const own = Tenant.create(`exempting-${zone.split('/')[1].toLowerCase().replace('_', '-')}`);
    const root = await own.enrolled('root', { role: 'admin' });
    await own.put('gil', { display_name: 'Gil Meyer' });
    const mandate = { 'If-Match': await own.etag('policy/preview?mandatory=true'), 'Step-Up-Token': await own.stepUp(root) };
    await own.call('PATCH', 'policy', { mandatory: true }, mandate);
    const page = await open('countersign-users', { userId: 'root', ticket: await own.ticket('root', 'admin'), zone });
    await page.getByRole('button', { name: 'Exempt: Gil Meyer' }).click();
    const until = page.getByLabel('Until');
    const last = await until.getAttribute('max') ?? '';
    equal(last, there.format(Date.now() + 366 * 86_400_000).split(' ')[0]);
    await until.fill(last);
    await page.getByLabel('Reason').fill('On leave');
    await page.getByLabel('Six-digit code').fill(await root.fresh());
    const named = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(last));
    await page.getByText(`Gil Meyer is exempt until ${named}.`).waitFor();
    const { exempt_until: end } = (await own.call('GET', 'users/gil')).two_factor;
    equal(there.format(new Date(end)), `${last} 00:00`);
    await finish(page);
  });
}

test('it fits a narrow phone in the dark, in German', async () => {
  const page = await users({ width: 320, dark: true, lang: 'de' });
  await page.getByRole('button', { name: 'Zurücksetzen: Ana Silva' }).click();
  await picture(page, 'users-narrow');
  await finish(page);
});
