// What `make demo` starts, with the clock that everybody has.
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish, visit } from '../../../web/test/browser.js';
import { Key } from '../../../web/test/passkeys.js';
import { binary, folder, launch, root } from '../../../web/test/service.js';
import { binary as host, logout, setUp, setUpPasskey, typePassword } from './host.js';

const demo = process.env.DEMO_BINARY || join(folder, 'demo');
if (!process.env.DEMO_BINARY) {
  execFileSync('go', ['build', '-o', demo, './demo'], { cwd: join(root, 'examples/host'), stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0' } });
}

test('the demonstration lets an app and a passkey be set up and used, and Ctrl-C ends all of it', async () => {
  const { address, end } = await launch(demo, ['-countersign', binary, '-host', host], /on premises +(\S+)/, { ...process.env, TMPDIR: folder });
  const clock = /** @type {any} */ ({ time: async () => Math.floor(Date.now() / 1000) });
  const page = await visit({ width: 1000, height: 900 });
  await page.goto(address);
  await typePassword(page, 'mia');
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  const phone = await setUp(page, clock);
  await logout(page);
  await typePassword(page, 'mia');
  await page.getByLabel('Six-digit code').fill(await phone.code(1)); // the next one, which counts already
  await page.getByText('Two-step verification is on').waitFor();

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
