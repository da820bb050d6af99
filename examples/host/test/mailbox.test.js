// What people are told of their own second factor.
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture } from '../../../web/test/browser.js';
import { Host, setUp } from './host.js';

const host = await Host.start('mailbox');

/** Waits until a page's mailbox has as many messages, and returns them. @param {import('playwright-core').Page} page @param {number} count */
async function mails(page, count) {
  const list = page.getByRole('main').getByRole('listitem');
  for (const end = Date.now() + 30_000; ;) { // an event is in the feed within a second
    await page.getByRole('link', { name: 'Mailbox' }).click();
    await page.getByRole('heading', { name: 'Mailbox' }).waitFor();
    if (await list.count() === count) break;
    if (Date.now() > end) throw new Error(`there are ${await list.count()} messages`);
  }
  const texts = await list.evaluateAll((entries) => entries.map((entry) => [entry.querySelector('h2')?.textContent ?? '', entry.querySelector('p')?.textContent ?? '']));
  return texts.map(([subject, text]) => ({ subject, text }));
}

/** Loads a page again until it shows something. @param {import('playwright-core').Page} page @param {import('playwright-core').Locator} awaited */
async function reloadedUntil(page, awaited) {
  for (const end = Date.now() + 30_000; !await awaited.isVisible();) {
    if (Date.now() > end) throw new Error(`${awaited} does not come`);
    await page.reload();
  }
}

test('who adds a device is told of it, and nobody else is', async () => {
  const page = await host.login('mia');
  await page.getByRole('link', { name: 'Mailbox' }).click();
  await page.getByText('There are no messages yet').waitFor();
  await inspect(page);
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  await setUp(page, host.tenant);
  const [added] = await mails(page, 1);
  equal(added?.subject, 'A new device was added to your account');
  match(added?.text ?? '', /^On .+ an authenticator was added to your account at Ledger\. If that was you, there is nothing to do\./);
  equal(await page.locator('.count').count(), 0); // it is read
  await finish(page);

  const other = await host.login('olga');
  await other.getByRole('link', { name: 'Mailbox' }).click();
  await other.getByText('There are no messages yet').waitFor();
  await finish(other);
});

test('whose recovery codes a user manager viewed is told by whom, and how many messages are unread', async () => {
  const uma = await host.enroll('uma');
  const ben = await host.enroll('ben');
  const page = await host.login('uma', uma);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Recovery codes: Ben Ferreira' }).click();
  await page.getByLabel('Reason').fill('Phone at home, called back');
  await page.getByLabel('Six-digit code').fill(await uma.fresh());
  await page.getByRole('list', { name: 'Recovery codes of Ben Ferreira' }).getByRole('listitem').first().waitFor();
  await page.context().close();

  const his = await host.login('ben', ben);
  await reloadedUntil(his, his.getByRole('link', { name: 'Mailbox 2 unread' }));
  await picture(his, 'host-unread', 'body');
  await inspect(his);
  const [viewed, added] = await mails(his, 2); // the newest first
  deepEqual([viewed?.subject, added?.subject], ['Your recovery codes were viewed', 'A new device was added to your account']);
  match(viewed?.text ?? '', /^On .+ Uma Lindqvist looked at your recovery codes at Ledger\. Each of them logs in once without your device\./);
  await picture(his, 'host-mailbox', 'body');
  await inspect(his);
  await his.setViewportSize({ width: 320, height: 640 });
  await his.emulateMedia({ colorScheme: 'dark' });
  await picture(his, 'host-mailbox-narrow', 'body');
  await finish(his);
});
