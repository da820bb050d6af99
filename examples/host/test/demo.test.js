// What `make demo` starts, with the clock that everybody has.
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish, visit } from '../../../web/test/browser.js';
import { Key } from '../../../web/test/passkeys.js';
import { binary, folder, launch, root } from '../../../web/test/service.js';
import { binary as host, logout, setUpPasskey, typePassword } from './host.js';

const demo = process.env.DEMO_BINARY || join(folder, 'demo');
if (!process.env.DEMO_BINARY) {
  execFileSync('go', ['build', '-o', demo, './demo'], { cwd: join(root, 'examples/host'), stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0' } });
}

test('the demonstration begins at the tour, knows codes and passkeys, and Ctrl-C ends all of it', async () => {
  const { address: tour, end } = await launch(demo, ['-countersign', binary, '-host', host], /begin here +(\S+)/, { ...process.env, TMPDIR: folder });
  const address = new URL(tour).origin;
  const page = await visit({ width: 1000, height: 900 });
  await page.goto(tour);
  const away = await page.getByRole('link', { name: /^In the cloud/ }).first().getAttribute('href') ?? '';
  equal((await fetch(away)).status, 200); // the tour goes on in the other edition
  await page.getByRole('button', { name: /^Log in as uma.*Who has it/ }).click(); // who has a device from the start
  const codes = await (await fetch(`${address}/tour/codes.json`)).json();
  const { next } = codes.find((/** @type {{ username: string }} */ device) => device.username === 'uma');
  await page.getByLabel('Six-digit code').fill(next); // which counts already
  await page.getByText('8 users').waitFor();

  await Key.into(page);
  await logout(page);
  await typePassword(page, 'ada');
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  await setUpPasskey(page);
  await logout(page);
  await typePassword(page, 'ada');
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await page.getByText('Two-step verification is on').waitFor();
  await page.getByRole('link', { name: 'Security' }).click();
  const service = await page.locator('script').evaluate((module) => new URL(/** @type {HTMLScriptElement} */ (module).src).origin);
  await finish(page);
  equal((await fetch(`${service}/readyz`)).status, 200);
  await end('SIGINT');
  for (const gone of [address, service]) await rejects(fetch(gone));
  deepEqual(readdirSync(folder).filter((name) => name.startsWith('countersign-demo-')), []);
});
