// What holds for every screen.
import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, focused, inspect, open, picture, visit } from './browser.js';
import { Tenant, url } from './service.js';

const tenant = Tenant.create('screens');
const LONG = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(7);
await tenant.enrolled('root', { role: 'owner', username: LONG.slice(10), display_name: LONG });
await tenant.enrolled('ann', { role: 'owner', display_name: 'Ann Okoro' });
await tenant.put('sam', { auth_source: 'saml' });
const ordinary = Tenant.create('screens-ordinary'); // of people whose names fit a line, in any font
await ordinary.enrolled('ann', { role: 'owner', display_name: 'Ann Okoro' });
for (const user of ['ben', 'cleo']) await ordinary.enrolled(user);

/** A screen, what it is for, and what shows when it is there. @type {[tag: string, purpose: string, there: string | RegExp, attributes?: string][]} */
const screens = [
  ['countersign-challenge', 'login', 'Enter your code'],
  ['countersign-enroll', 'account', 'Name of the new device', 'further'],
  ['countersign-security', 'account', 'Your passkeys and devices'],
  ['countersign-users', 'admin', /^3 users/],
  ['countersign-policy', 'admin', 'Two-step verification for everyone'],
];

/** @param {import('./browser.js').HostPage} page @param {string} user @param {string} ticket @param {string} attribute */
const show = (page, user, ticket, attribute) => page.screen.evaluate((screen, [id, given, more]) => {
  if (more) screen.setAttribute(more, '');
  screen.setAttribute('user-id', id);
  /** @type {any} */ (screen).ticket = given;
}, [user, ticket, attribute]);

test('while the service is asked, a skeleton holds the place, about as high', async () => {
  for (const [tag, purpose, there, attribute = ''] of screens) {
    /** @type {() => void} */ let answer = () => {};
    const asked = new Promise((resolve) => { answer = () => resolve(undefined); });
    const page = await open(tag, { userId: '', dark: tag === 'countersign-policy' });
    await page.route(`${url}/v1/**`, (route) => asked.then(() => route.continue()));
    await show(page, 'ann', await ordinary.ticket('ann', purpose), attribute);
    const card = page.locator(`${tag} [part=card]`).first();
    await page.getByText('Loading').waitFor();
    equal(await card.getAttribute('aria-busy'), 'true');
    if (tag === 'countersign-challenge') await inspect(page); // they are all alike
    await picture(page, `${tag}-loading`);
    const before = (await card.boundingBox())?.height ?? 0;
    answer();
    await page.getByText(there).first().waitFor();
    equal(await card.getAttribute('aria-busy'), null);
    equal(await page.getByText('Loading').count(), 0);
    const after = (await card.boundingBox())?.height ?? 0;
    ok(Math.abs(after - before) < after / 4, `${tag} is ${before} high while it loads, and then ${after}`);
    await page.context().close();
  }
});

test('the longest names fit a narrow phone in the dark', async () => {
  const page = await visit({ width: 320, dark: true });
  for (const [tag, purpose, there, attribute = ''] of screens) {
    await show(await open(tag, { page, userId: '' }), 'root', await tenant.ticket('root', purpose), attribute);
    await page.getByText(there).first().waitFor();
    await picture(page, `${tag}-long`);
    equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, tag);
  }
  await finish(page);
});

test('what is tried again gets the focus that the button had', async () => {
  const page = await open('countersign-security', { userId: 'root', ticket: await tenant.ticket('root', 'account') });
  await page.getByText('Your passkeys and devices').waitFor();
  await page.route(`${url}/v1/**`, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"code":"internal"}' }));
  await page.screen.evaluate((screen) => /** @type {any} */ (screen).restart());
  const again = page.getByRole('button', { name: 'Try again' });
  await again.focus();
  await page.keyboard.press('Enter');
  await again.waitFor();
  equal(await focused(again), true);
  await page.unroute(`${url}/v1/**`);
  await page.keyboard.press('Enter');
  await page.getByText('Your passkeys and devices').waitFor();
  equal(await focused(page.getByRole('heading', { name: 'Two-step verification', exact: true })), true);
  await finish(page);
});

test('whom a directory manages is told so, and never that it is off', async () => {
  const page = await open('countersign-security', { userId: 'sam', ticket: await tenant.ticket('sam', 'account') });
  await page.getByText('Managed by your organization’s directory').waitFor();
  await page.getByText('There is nothing to set up here').waitFor();
  equal(await page.getByText(/^Off/).count(), 0);
  equal(await page.getByRole('button', { name: 'Set up two-step verification' }).count(), 0);
  await picture(page, 'security-directory');
  await finish(page);
});
