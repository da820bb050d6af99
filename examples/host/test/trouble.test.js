// What goes wrong: every time the login stays closed, and says what to do.
import { equal, match, notEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture, scan, takeApp, visit } from '../../../web/test/browser.js';
import { pause, resume } from '../../../web/test/service.js';
import { Host, ids, setUp, typePassword } from './host.js';

const host = await Host.start('trouble');
const mia = await host.enroll('mia');
const path = (/** @type {import('playwright-core').Page} */ page) => new URL(page.url()).pathname;

test('a wrong code and one that was used leave the login where it is', async () => {
  const used = await mia.fresh();
  await host.tenant.call('POST', `users/${ids.mia}/verify`, { code: used });
  const page = await host.password('mia');
  for (const code of [await mia.wrong(), used]) {
    await page.getByLabel('Six-digit code').fill(code);
    await page.locator('input[aria-invalid]').waitFor();
    match(await page.getByRole('alert').filter({ visible: true }).textContent() ?? '', /was not accepted/);
  }
  await page.goto(`${host.address}/`);
  equal(path(page), '/login');
  await finish(page);
});

test('too many wrong codes count down, and a recovery code still lets in', async () => {
  const uma = await host.enroll('uma');
  const wrong = await uma.wrong();
  for (let i = 0; i < 4; i++) await host.tenant.call('POST', `users/${ids.uma}/verify`, { code: wrong }).catch(() => {});
  const page = await host.password('uma');
  await page.getByLabel('Six-digit code').fill(wrong);
  await page.getByText('You can try again in').waitFor();
  await picture(page, 'host-wait', 'body');
  await inspect(page);
  await page.getByRole('button', { name: 'Log in with a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(uma.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByText('You logged in with a recovery code').waitFor();
  await finish(page);
});

/** A host whose tenant requires it of everyone. @param {string} name */
async function mandatory(name) {
  const other = await Host.start(name);
  const ada = await other.enroll('ada');
  const headers = { 'Step-Up-Token': await other.tenant.stepUp(ada), 'If-Match': await other.tenant.etag('policy/preview?mandatory=true') };
  await other.tenant.call('PATCH', 'policy', { mandatory: true }, headers);
  return other;
}

test('a page of a required enrollment may be loaded again, and shows its secret to no other login', async () => {
  const other = await mandatory('reloading');
  const page = await other.password('ben');
  const secret = async (/** @type {import('playwright-core').Page} */ of) => (await scan(of)).searchParams.get('secret');
  const first = await secret(page);
  await page.reload();
  equal(await secret(page), first);
  const elsewhere = await other.password('ben');
  notEqual(await secret(elsewhere), first);
  await setUp(elsewhere, other.tenant);
  await elsewhere.getByText('Two-step verification is on').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  for (const opened of [page, elsewhere]) await finish(opened);
});

test('a QR code that ran out during a required enrollment is replaced, and the login goes on', async () => {
  const other = await mandatory('expiring');
  const page = await other.password('ben');
  await takeApp(page);
  await other.tenant.time(700);
  for (const label of ['First code', 'Next code']) await page.getByLabel(label).fill(label === 'First code' ? '123456' : '654321');
  await page.getByText('here is a new QR code').waitFor();
  await setUp(page, other.tenant);
  await page.getByText('Two-step verification is on').waitFor();
  await finish(page);
});

/** Puts a ticket in the place of the page's own that the service takes no longer. @param {import('playwright-core').Page} page */
const expire = (page) => page.locator('countersign-challenge')
  .evaluate((screen) => { /** @type {any} */ (screen).ticket = 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln'; });

test('a ticket that the service takes no longer is replaced without a word', async () => {
  const page = await host.password('mia');
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await expire(page);
  const asked = page.waitForRequest(`${host.address}/login/ticket`);
  await page.getByLabel('Six-digit code').fill(await mia.fresh());
  await asked;
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(page);
});

test('a login that ended meanwhile begins again at the password', async () => {
  const page = await host.password('mia');
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await page.context().clearCookies();
  await expire(page);
  await page.getByLabel('Six-digit code').fill('123456');
  await page.getByText('for your safety it has ended').waitFor();
  await inspect(page);
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await finish(page);
});

test('two tabs are one login: where one finishes, the other is let in too', async () => {
  const first = await host.password('mia');
  await first.getByRole('heading', { name: 'Enter your code' }).waitFor();
  const second = await visit({}, first.context());
  await second.goto(`${host.address}/login`);
  await typePassword(second, 'mia');
  await second.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await first.getByLabel('Six-digit code').fill(await mia.fresh());
  await first.getByRole('heading', { name: 'Payments' }).waitFor();
  await second.getByRole('heading', { name: 'Payments' }).waitFor();
  await inspect(second);
  await finish(first);
});

test('the way back leads neither into a finished login nor out of one that ended', async () => {
  const page = await host.login('mia', mia);
  await page.goBack();
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  equal(path(page), '/login');
  await finish(page);
});

test('while Countersign is down nobody is let in, and who is inside stays there', async () => {
  const inside = await host.login('mia', mia);
  const halfway = await host.password('mia');
  await halfway.getByRole('heading', { name: 'Enter your code' }).waitFor();
  const code = await mia.fresh();
  await pause();

  const page = await host.password('ben'); // who has no second factor, which cannot be known now
  await page.getByRole('heading', { name: 'We cannot let you in just now' }).waitFor();
  await picture(page, 'host-down', 'body');
  await inspect(page);
  await page.goto(`${host.address}/`);
  equal(path(page), '/login');
  await halfway.getByLabel('Six-digit code').fill(code);
  await halfway.getByText('We cannot be reached right now').waitFor();
  await inside.reload();
  await inside.getByText('approvals have to wait').waitFor();
  await inspect(inside);
  for (const [name, text] of [['Review the payment to Kite & Sons', 'approving has to wait'], ['Security', 'This has to wait a moment']]) {
    await inside.getByRole('link', { name }).click();
    await inside.getByText(text).waitFor();
    await inspect(inside);
  }

  await resume();
  await inside.getByRole('link', { name: 'Try again' }).click();
  await inside.getByText('On since').waitFor();
  await halfway.getByRole('button', { name: 'Log in', exact: true }).click();
  await halfway.getByRole('heading', { name: 'Payments' }).waitFor();
  await page.goto(`${host.address}/login`);
  await typePassword(page, 'ben');
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  for (const left of [inside, halfway, page]) await finish(left);
});

test('a page whose screen does not load says so in the screen’s place', async () => {
  const page = await host.login('mia', mia);
  await page.route('**/ui/**', (route) => route.abort());
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByText('Two-step verification cannot be reached right now').waitFor();
  await inspect(page);
  await page.unroute('**/ui/**');
  await page.getByRole('link', { name: 'Try again' }).click();
  await page.getByText('On since').waitFor();
  await finish(page);
});
