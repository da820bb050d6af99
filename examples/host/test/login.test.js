// Enabling and logging in, as people's own affair: no permission is needed for any of it. Recovery codes, turning it off and the
// users of a directory are in tour.test.js.
import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { finish, inspect, picture } from '../../../web/test/browser.js';
import { Host, logout, setUp, typePassword } from './host.js';

const host = await Host.start('login');

test('a member scans the QR code, types the codes, keeps eight recovery codes, and needs a code from then on', async () => {
  const page = await host.login('mia');
  await page.getByText('your password alone protects your account').waitFor();
  await picture(page, 'host-home', 'body');
  await page.getByRole('link', { name: 'Set it up' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  const phone = await setUp(page, host.tenant);
  match(phone.uri.pathname, /mia/);
  equal(phone.codes.length, 8);
  equal(readFileSync(phone.file, 'utf8'), `${phone.codes.join('\n')}\n`);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('On since').waitFor();
  await inspect(page);

  await logout(page);
  await typePassword(page, 'mia');
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await picture(page, 'host-challenge', 'body');
  await page.goto(`${host.address}/`);
  await page.getByRole('heading', { name: 'Log in' }).waitFor(); // the password alone opens nothing
  await typePassword(page, 'mia');
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await page.getByText('Two-step verification is on').waitFor();
  await finish(page);
});

test('a phone whose clock is off logs in with two codes in a row and the next one, and with one from then on', async () => {
  const phone = await host.enroll('uma');
  await host.tenant.time(600);
  const page = await host.password('uma', { clock: true });
  await page.getByText('Something is not working').click();
  await page.getByRole('button', { name: 'Correct the clock' }).click();
  const codes = await phone.row(9, 4);
  await page.getByLabel('First code').fill(codes[0]);
  await page.getByLabel('Next code').fill(codes[1]);
  await page.getByText('Wait for the next code and enter it').waitFor();
  await picture(page, 'host-next', 'body');
  await inspect(page);
  await host.tenant.time(60);
  await page.clock.fastForward(61_000);
  await page.getByText('Enter the code your device shows now').waitFor();
  await page.keyboard.type(codes[3]);
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await logout(page);
  await typePassword(page, 'uma');
  await host.tenant.time(60);
  await page.getByLabel('Six-digit code').fill(await phone.code(9));
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(page);
});

test('a wrong password, and one of another way in, get no further; nor does an account that is not active', async () => {
  const page = await host.open();
  for (const [name, password] of [['mia', 'wrong horse'], ['nobody', 'correct horse'], ['sam', 'correct horse']]) {
    await typePassword(page, name, password);
    await page.getByText('do not belong together').waitFor();
  }
  await inspect(page);
  await typePassword(page, 'ivo');
  await page.getByText('Your account is not active').waitFor();
  await page.goto(`${host.address}/`);
  equal(new URL(page.url()).pathname, '/login');
  await finish(page);
});

test('the session’s cookie is out of reach of scripts and of other sites, and is another one after the login', async () => {
  const page = await host.password('lea');
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  const [cookie] = await page.context().cookies();
  deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, 'Lax', '/']);
  await logout(page);
  const planted = { ...cookie, value: 'PLANTED' };
  await page.context().addCookies([planted]);
  await typePassword(page, 'lea');
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  const values = (await page.context().cookies()).map((one) => one.value);
  equal(values.includes('PLANTED') || values.includes(cookie.value), false);
  const foreign = await fetch(`${host.address}/logout`, {
    method: 'POST', redirect: 'manual', headers: { Cookie: `login-session=${values[0]}`, Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' },
  });
  equal(foreign.status, 403);
  await page.reload();
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(page);
});
