// Walks the tour from the top to the bottom, as somebody without a phone does: every promise in the list has a step here.
import { deepEqual, equal, notDeepEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { finish, inspect, picture, takeApp } from '../../../web/test/browser.js';
import { Key } from '../../../web/test/passkeys.js';
import {
  act, app, fresh, go, heading, host, main, mandate, names, opened,
  page, press, recover, save, saved, setUp, text, typeCode, typePair,
} from './tour.js';

async function managed() {
  await text('There is nothing to set up here');
  equal(await main.getByRole('button', { name: 'Set up' }).count(), 0);
}

/** @type {Record<string, () => Promise<void>>} */
const steps = {
  own: () => page.getByRole('button', { name: 'Set up two-step verification' }).waitFor(),
  async apps() {
    await press('Set up two-step verification');
    await takeApp(page);
    await main.getByText('Which apps are there?').click();
    await page.getByRole('link', { name: /^Android: Google Authenticator/ }).waitFor();
  },
  async enable() {
    await press('Set up two-step verification');
    await setUp('mia');
  },
  async 'recovery-codes'() {
    equal(saved.mia.length, 8);
    equal(readFileSync(await save(), 'utf8'), `${saved.mia.join('\n')}\n`);
    await go('recovery-codes');
    await text('8 of 8 are left');
    await page.getByRole('button', { name: 'Show the codes' }).waitFor();
  },
  ldap: managed,
  saml: managed,
  async 'login-code'() {
    await typeCode('mia');
    await text('Two-step verification is on');
  },
  async 'login-recovery'() {
    await recover(saved.mia[0]);
    await text('You logged in with a recovery code');
    await inspect(page);
    await go('login-recovery');
    await recover(saved.mia[0]);
    await text('That recovery code was not accepted');
    equal(new URL(page.url()).pathname, '/login/second-step');
  },
  async resync() {
    await main.getByText('Something is not working').click();
    await press('Correct the clock');
    await typePair(await fresh('mia'));
    await heading('Payments');
  },
  async 'new-codes'() {
    const old = saved.mia;
    await press(/^Replace/);
    await typeCode('mia');
    await setUp('mia');
    notDeepEqual(saved.mia, old);
    await save();
  },
  async disable() {
    await press('Turn off two-step verification');
    await typeCode('mia');
    await text('Two-step verification is off');
    await go('login-code');
    await text('your password alone protects your account');
  },
  async filter() {
    await typeCode('uma');
    await page.getByRole('radio', { name: 'Enabled' }).check();
    await text('2 users');
    deepEqual(await names(), ['Ben Ferreira', 'Uma Lindqvist']);
    await page.getByRole('radio', { name: 'Disabled' }).check();
    await text('4 users');
  },
  async 'see-codes'() {
    await act('Recovery codes: Ben Ferreira', 'uma');
    const list = page.getByRole('list', { name: 'Recovery codes of Ben Ferreira' }).getByRole('listitem');
    await list.first().waitFor();
    saved.ben = await list.allTextContents();
  },
  async 'pass-on'() {
    await recover(saved.ben[7]);
    await text('You logged in with a recovery code');
  },
  async remove() {
    await typeCode('uma');
    await act('Reset: Ben Ferreira', 'uma');
    await text('Two-step verification of Ben Ferreira is reset');
  },
  async lost() {
    const old = saved.ben;
    await press('Set up two-step verification');
    await setUp('ben');
    notDeepEqual(saved.ben, old);
    await save();
  },
  async 'mandate-own'() {
    await mandate();
    await text('for your own account first');
    await press('Set up mine');
    await setUp('ada');
    await save();
    await press('Continue');
    await text('2 active users have not set it up yet');
  },
  async 'mandate-count'() {
    await mandate();
    await text('2 active users have not set it up yet');
    await main.getByText('Show these users').click();
    await text('Olga Meyer');
    deepEqual(await names(), ['Mia Novak', 'Olga Meyer']);
  },
  async 'mandate-server'() {
    await mandate();
    await typeCode('ada');
    await text('Required since');
  },
  'mandate-ldap': () => heading('Payments'),
  async 'mandate-admin'() {
    await mandate();
    await text('Ask the owner of this account');
  },
  async 'mandate-owner'() {
    await mandate();
    await press('Set up mine');
    await setUp('olga');
    await save();
    await press('Continue');
    await text('2 active users have not set it up yet');
    await typeCode('olga');
    await text('Required since');
  },
  async 'let-in'() {
    await text('Your organization requires two-step verification');
    await page.goto(`${host.address}/security`);
    await heading('Log in'); // as far as setting it up, and no further
    await go('let-in');
    await setUp('mia');
    await save();
    await text('Two-step verification is on');
  },
  async once() {
    const code = await typeCode('mia');
    await heading('Payments');
    await go('once');
    await page.getByLabel('Six-digit code').fill(code);
    await text('was not accepted');
  },
  async guessing() {
    const right = await fresh('mia');
    const wrong = ['000000', '111111', '222222'].find((code) => !right.includes(code)) ?? '';
    const wait = main.getByText('You can try again in');
    for (let i = 0; i < 5 && !await wait.isVisible(); i++) {
      const answered = page.waitForResponse((response) => response.url().endsWith('/verify'));
      await page.getByLabel('Six-digit code').fill(wrong);
      await answered;
      await main.getByText('was not accepted').or(wait).first().waitFor();
    }
    await wait.waitFor();
    await recover(saved.mia[1]);
    await text('You logged in with a recovery code');
  },
  async pass() {
    await typeCode('uma');
    await act('One-time pass: Mia Novak', 'uma');
    const pass = await page.locator('[part=access-pass]').innerText();
    await go('guessing');
    await recover(pass);
    await text('You logged in with a one-time pass');
  },
  async custody() {
    await typeCode('ada');
    await page.getByRole('switch', { name: 'They can be shown again' }).click();
    await typeCode('ada');
    await text('Nobody sees one again');
  },
  async payment() {
    await typeCode('ada');
    await text('Approved by Ada Okafor');
  },
  async passkey() {
    await Key.into(page);
    await press('Add a passkey or device');
    await typeCode('ada');
    await press(/^Passkey/);
    await press('Create passkey');
    await text('you are asked for your passkey');
  },
};

test('every promise of the tour has a step that walks it, and every step its promise', async () => {
  await page.goto(`${host.address}/tour`);
  const listed = await page.locator('.tour li').evaluateAll((entries) => entries.map((entry) => entry.id));
  deepEqual(Object.keys(steps), listed);
});

test('the tour is kept, promise by promise', async (t) => {
  for (const [id, walk] of Object.entries(steps)) {
    if (id !== 'recovery-codes') await go(id); // which begins where the one before it ends
    let walked = false;
    await t.test(id, async () => {
      await walk();
      walked = true;
    });
    if (id === 'enable' || !walked) await picture(page, `host-tour-${id}`, 'body');
    if (!walked) return; // one step prepares the next
  }
  deepEqual([...opened], Object.keys(steps));
});

test('the list and the codes are readable in the dark on 320 pixels, too', async () => {
  for (const dark of [false, true]) {
    await page.setViewportSize(dark ? { width: 320, height: 640 } : { width: 1000, height: 900 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    for (const path of ['/tour', '/tour/codes']) {
      await page.goto(host.address + path);
      await picture(page, `host-${dark ? 'narrow' : 'wide'}${path.replaceAll('/', '-')}`, 'body');
      await inspect(page);
    }
  }
  for (const window of [app, page]) await finish(window);
});
