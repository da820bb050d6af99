// How the host's own pages look and are used, whoever looks at them and by whatever means.
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture, scan, visit } from '../../../web/test/browser.js';
import { Phone } from '../../../web/test/service.js';
import { Host, PASSWORD } from './host.js';

const host = await Host.start('looks');
const ada = await host.enroll('ada');

/** What shows that a page is complete. */
const pages = /** @type {const} */ ({
  '/': 'Payments', '/payments/p-1042': 'Confirm with a code', '/security': 'Two-step verification', '/mailbox': 'Mailbox',
  '/users': 'Users', '/policy': 'Two-step verification for everyone', '/nowhere': 'Nothing here',
});
const outside = /** @type {const} */ ({ '/login': 'Log in', '/sso': 'Single sign-on' });

for (const [name, options] of /** @type {const} */ ([
  ['on a wide screen', {}],
  ['in the dark on 320 pixels', { dark: true, width: 320, height: 640, mobile: true }],
])) {
  test(`every page is readable ${name}, for everyone`, async () => {
    const page = await host.open('/login', options);
    for (const [path, heading] of Object.entries(outside)) {
      await page.goto(host.address + path);
      await page.getByRole('heading', { name: heading }).first().waitFor();
      await picture(page, `host-${options.dark ? 'narrow' : 'wide'}${path.replaceAll('/', '-')}`, 'body');
      await inspect(page);
    }
    await page.getByRole('link', { name: 'Back to the password' }).click();
    await page.getByText('Accounts to try').click();
    await inspect(page);
    await finish(page);

    const inside = await host.login('ada', ada, options);
    for (const [path, heading] of Object.entries(pages)) {
      await inside.goto(host.address + path);
      await inside.getByRole('heading', { name: heading }).last().waitFor();
      await picture(inside, `host-${options.dark ? 'narrow' : 'wide'}${path.replaceAll('/', '-')}`, 'body');
      await inspect(inside);
    }
    await inside.context().close();
  });
}

test('a dark page is dark, and the QR code on it is still dark on white', async () => {
  const page = await host.login('mia', undefined, { dark: true });
  equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(15, 17, 21)');
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).click();
  const uri = await scan(page);
  equal(uri.protocol, 'otpauth:');
  await picture(page, 'host-enroll-dark', 'body');
  await finish(page);
});

/** Presses Tab until it is on something. @param {import('playwright-core').Page} page @param {string | RegExp} name */
async function tabTo(page, name) {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
    });
    if (name instanceof RegExp ? name.test(focused) : focused === name) return;
  }
  throw new Error(`Tab does not lead to ${name}`);
}

test('a keyboard is enough to log in, to set it up, to save the codes and to log in again', async () => {
  const page = await visit({ width: 1000, height: 900 });
  await page.goto(`${host.address}/login`);
  await page.locator('#username:focus').waitFor(); // autofocus comes with the first frame
  await page.keyboard.type('ben');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Payments' }).waitFor();
  await tabTo(page, 'Security');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Set up two-step verification' }).waitFor();
  await tabTo(page, 'Set up two-step verification');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Authenticator app/ }).waitFor();
  await tabTo(page, /^Authenticator app/);
  await page.keyboard.press('Enter');
  await page.getByRole('img', { name: 'QR code' }).waitFor();
  const phone = new Phone(host.tenant, (await scan(page)).searchParams.get('secret') ?? '');
  const [first, next] = await phone.pair();
  await page.keyboard.type(first);
  await page.keyboard.type(next);
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await tabTo(page, 'Copy');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copied' }).waitFor(); // else it would be asked whether the codes are really kept
  await tabTo(page, 'I have saved them');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Done');
  await page.keyboard.press('Enter');
  await page.getByText('On since').waitFor();
  await page.goto(`${host.address}/`);
  await tabTo(page, 'Log out');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.locator('#username:focus').waitFor(); // autofocus comes with the first frame
  await page.keyboard.type('ben');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Two-step verification is on').waitFor();
  await finish(page);
});
