import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, focused, inspect, open, picture, told } from './browser.js';
import { Tenant, url } from './service.js';

const tenant = Tenant.demo;

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function challenge(id, options = {}) {
  const page = await open('countersign-challenge', {
    userId: id, ticket: await tenant.ticket(id, 'login'), ...options, attributes: `autofocus ${options.attributes ?? ''}`,
  });
  await page.screen.getByRole('heading').first().waitFor();
  return Object.assign(page, { code: page.getByLabel('Six-digit code'), recovery: page.getByLabel('Recovery code') });
}

/** Wrong codes that are not the screen's. @param {string} id @param {string} wrong @param {number} times */
async function fail(id, wrong, times) {
  for (let i = 0; i < times; i++) {
    await tenant.call('POST', `users/${id}/verify`, { code: wrong }).catch(() => {});
    await tenant.time(3600);
  }
}

test('the sixth digit logs in, with nothing but the keyboard', async () => {
  const phone = await tenant.enrolled('typing');
  const page = await challenge('typing', { attributes: 'token-nonce="n-1"' });
  equal(await page.locator('[part=account]').textContent(), 'Account: typing@example.com');
  await picture(page, 'challenge');
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  await picture(page, 'challenge-done');
  const [verified] = await told(page, 'verified');
  equal(verified.method, 'totp');
  equal(verified.recoveryCodesRemaining, 8);
  const claims = await tenant.call('POST', 'tokens/consume', { token: verified.stepUpToken });
  deepEqual([claims.sub, claims.nonce, claims.session_id], ['typing', 'n-1', 's-1']);
  ok(Date.parse(verified.expiresAt) > Date.now());
  await finish(page);
});

test('a paste with a space in it, and what a password manager fills in, are whole codes', async () => {
  const phone = await tenant.enrolled('pasting');
  const page = await challenge('pasting');
  const code = await phone.fresh();
  await page.evaluate((text) => navigator.clipboard.writeText(text), `Your code: ${code.slice(0, 3)} ${code.slice(3)}`);
  await page.keyboard.press('Control+V');
  await page.getByText('Thank you').waitFor();
  equal(await page.evaluate(() => document.querySelector('countersign-challenge')?.shadowRoot?.querySelectorAll('input').length ?? 0), 0);
  const filled = await challenge('pasting');
  equal(await filled.code.getAttribute('autocomplete'), 'one-time-code');
  equal(await filled.code.getAttribute('inputmode'), 'numeric');
  await filled.code.fill(await phone.fresh());
  await filled.getByText('Thank you').waitFor();
  await finish(filled);
});

test('digits can be corrected, and digits of other keyboards are digits', async () => {
  const phone = await tenant.enrolled('correcting');
  const page = await challenge('correcting');
  await page.keyboard.type('12345');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  equal(await page.code.inputValue(), '123');
  await page.keyboard.press('Enter');
  await page.getByText('3 digits are missing').waitFor();
  await page.code.fill('');
  const code = await phone.fresh();
  await page.keyboard.insertText(Array.from(code, (digit) => String.fromCharCode(0x660 + Number(digit))).join(''));
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('a used code is told the same as a wrong one, and the clock is suspected only later', async () => {
  const phone = await tenant.enrolled('refused');
  const page = await challenge('refused');
  const used = await phone.fresh();
  await tenant.call('POST', 'users/refused/verify', { code: used });
  const said = [];
  for (const code of [used, await phone.wrong()]) {
    await page.code.fill(code);
    await page.locator('input[aria-invalid]').waitFor();
    said.push((await page.getByRole('alert').textContent())?.replace(/\d:\d\d/, ''));
    equal(await page.code.inputValue(), '');
  }
  equal(said[0], said[1]);
  match(said[0] ?? '', /was not accepted.*New code in/);
  equal(await page.code.evaluate((input) => input === /** @type {ShadowRoot} */ (input.getRootNode()).activeElement), true);
  await picture(page, 'challenge-wrong');
  await page.code.fill(await phone.wrong());
  await page.getByRole('alert').getByRole('button', { name: 'Correct the clock' }).waitFor();
  await picture(page, 'challenge-clock');
  equal((await told(page, 'problem')).length, 3);
  await finish(page);
});

test('the fifth wrong code counts down at once, and the field opens when the time is up', async () => {
  const phone = await tenant.enrolled('waiting');
  const wrong = await phone.wrong();
  for (let i = 0; i < 4; i++) await tenant.call('POST', 'users/waiting/verify', { code: wrong }).catch(() => {});
  const page = await challenge('waiting', { clock: true });
  await page.code.fill(wrong); // the fifth, with which the wait begins
  const alert = page.getByRole('alert');
  await alert.getByText('You can try again in').waitFor();
  match(await alert.textContent() ?? '', /\d+ seconds/);
  await picture(page, 'challenge-wait');
  equal(await page.code.isEditable(), false);
  deepEqual((await told(page, 'problem')).map((problem) => problem.status), [422]);
  await page.clock.fastForward(31_000);
  await page.getByText('You can try again now').waitFor();
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('the wrong code after which none is looked at leads to a recovery code at once', async () => {
  const phone = await tenant.enrolled('last');
  const wrong = await phone.wrong();
  await fail('last', wrong, 19);
  const page = await challenge('last');
  await page.code.fill(wrong);
  await page.getByText('A recovery code lets you in').waitFor();
  equal(await focused(page.recovery), true);
  equal(await page.getByRole('button', { name: 'Use the code from your app' }).count(), 0);
  await page.keyboard.type(phone.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('the last wrong code says what helps where no recovery code will do', async () => {
  const phone = await tenant.enrolled('last-of-app');
  const wrong = await phone.wrong();
  await fail('last-of-app', wrong, 19);
  const page = await challenge('last-of-app', { attributes: 'action="payment.approve" code-only' });
  await page.code.fill(wrong);
  await page.getByText('Log in with a recovery code, or ask an administrator').waitFor();
  await finish(page);
});

test('wrong pairs of codes count down and end like wrong codes', async () => {
  const phone = await tenant.enrolled('pairs');
  const wrong = await phone.wrong();
  await fail('pairs', wrong, 4);
  const page = await challenge('pairs', { clock: true });
  await page.getByText('Something is not working').click();
  await page.getByRole('button', { name: 'Correct the clock' }).click();
  const type = async () => {
    await page.getByLabel('First code').fill(wrong);
    await page.getByLabel('Next code').fill(wrong === '000000' ? '999999' : '000000');
  };
  await type();
  await page.getByText('You can try again in').waitFor();
  equal(await focused(page.getByLabel('First code')), true);
  await page.clock.fastForward(31_000);
  await page.getByText('You can try again now').waitFor();
  await tenant.time(3600);
  await fail('pairs', wrong, 14);
  await type();
  await page.getByText('Log in with a recovery code, or ask an administrator').waitFor();
  equal(await page.getByLabel('First code').count(), 0);
  await page.getByRole('button', { name: 'Back' }).click();
  await page.code.fill(await phone.fresh());
  await page.getByText('A recovery code lets you in').waitFor();
  await finish(page);
});

test('who is locked out of codes is led to a recovery code at once, and no further than that', async () => {
  const phone = await tenant.enrolled('locked');
  await fail('locked', await phone.wrong(), 20);
  const page = await challenge('locked');
  await page.getByText('A recovery code lets you in').waitFor();
  await picture(page, 'challenge-locked');
  equal(await page.getByRole('button', { name: 'Use the code from your app' }).count(), 0);
  await page.recovery.fill('7KQM-2V9D-XH4P');
  await page.keyboard.press('Enter');
  await page.getByText('These are 12').waitFor();
  await page.recovery.fill('7KQM-2V9D-XH4P-0UBN');
  await page.keyboard.press('Enter');
  await page.getByText('no letter U').waitFor();
  await page.recovery.fill('7KQM-2V9D-XH4P-0TBN');
  await page.keyboard.press('Enter');
  await page.getByText('recovery code was not accepted').waitFor();
  await page.recovery.fill(phone.codes[0].toLowerCase().replaceAll('-', ' '));
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  const [verified] = await told(page, 'verified');
  deepEqual([verified.method, verified.recoveryCodesRemaining], ['recovery_code', 7]);
  await finish(page);
});

test('a recovery code logs in from the link under the field', async () => {
  const phone = await tenant.enrolled('recovering');
  const page = await challenge('recovering');
  await page.getByRole('button', { name: 'Log in with a recovery code' }).click();
  await page.getByRole('heading', { name: 'Enter a recovery code' }).waitFor();
  await page.keyboard.type(phone.codes[3].toLowerCase().replaceAll('-', ''));
  equal(await page.recovery.inputValue(), phone.codes[3]);
  await picture(page, 'challenge-recovery');
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

/** Types two codes for the clock. @param {import('./browser.js').HostPage} page @param {string[]} pair */
async function correct(page, [first, next]) {
  await page.getByText('Something is not working').click();
  await picture(page, 'challenge-help');
  await page.getByRole('button', { name: 'Correct the clock' }).click();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
}

test('a clock that is off by as much as a code may be is corrected with two codes, and that logs in', async () => {
  const phone = await tenant.enrolled('on-time');
  await tenant.time(600);
  const page = await challenge('on-time');
  await correct(page, await phone.pair());
  await page.getByText('Thank you').waitFor();
  const [verified] = await told(page, 'verified');
  ok(verified.stepUpToken && Date.parse(verified.expiresAt) > Date.now());
  await finish(page);
});

test('a clock that is far off is corrected with two codes, and the next one logs in, for what was asked for', async () => {
  const phone = await tenant.enrolled('drifting');
  await tenant.time(600);
  const page = await challenge('drifting', { clock: true, attributes: 'token-nonce="n-2"' });
  const codes = await phone.row(8, 4);
  await correct(page, codes);
  await page.getByRole('heading', { name: 'Enter the next code' }).waitFor();
  const alert = page.getByRole('alert');
  await alert.getByText('The clock of your device is known now. Wait for the next code and enter it.').waitFor();
  match(await alert.textContent() ?? '', /\d+ seconds/);
  deepEqual([await focused(page.code), await page.code.isEditable()], [true, false]);
  await picture(page, 'challenge-next');
  await page.getByRole('button', { name: 'Log in with a recovery code' }).click();
  await page.getByRole('button', { name: 'Use the code from your app' }).click();
  await alert.getByText('Wait for the next code').waitFor(); // still

  await tenant.time(60);
  await page.clock.fastForward(61_000);
  await page.getByText('Enter the code your device shows now').waitFor();
  deepEqual([await focused(page.code), await told(page, 'verified')], [true, []]);
  await page.keyboard.type(codes[3]); // the third is spent too
  await page.getByText('Thank you').waitFor();
  const [{ stepUpToken: token }] = await told(page, 'verified');
  equal((await tenant.call('POST', 'tokens/consume', { token })).nonce, 'n-2');
  await finish(page);
});

test('the wait for the next code fits a narrow phone in the dark, in German', async () => {
  const phone = await tenant.enrolled('schmal-warten');
  await tenant.time(600);
  const page = await challenge('schmal-warten', { width: 360, dark: true, lang: 'de', mobile: true });
  await page.getByText('Etwas funktioniert nicht?').click();
  await page.getByRole('button', { name: 'Uhr mit zwei Codes abgleichen' }).click();
  const [first, next] = await phone.pair(-9);
  await page.getByLabel('Erster Code').fill(first);
  await page.getByLabel('Nächster Code').fill(next);
  await page.getByRole('alert').getByText('Die Uhr Ihres Geräts ist jetzt bekannt').waitFor();
  await picture(page, 'challenge-next-narrow');
  equal(await focused(page.getByLabel('Sechsstelliger Code')), true);
  await finish(page);
});

test('a ticket that expired on the way is replaced, and what was typed is not typed again', async () => {
  const phone = await tenant.enrolled('expired');
  const page = await challenge('expired', { ticket: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' });
  const fresh = await tenant.ticket('expired', 'login');
  await page.screen.evaluate((element, ticket) => { /** @type {any} */ (element).getTicket = async () => ticket; }, fresh);
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('without another ticket the way out is to begin again, which the page may do itself', async () => {
  await tenant.enrolled('ended');
  const page = await challenge('ended', { ticket: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' });
  await page.keyboard.type('123456');
  await page.getByText('for your safety it has ended').waitFor();
  await picture(page, 'challenge-expired');
  await page.screen.evaluate((element) => element.addEventListener('restart', (event) => event.preventDefault()));
  await page.getByRole('button', { name: 'Start again' }).click();
  equal((await told(page, 'restart')).length, 1);
  await finish(page);
});

test('a page that has no ticket just now is asked again, and nobody is sent back to the start for it', async () => {
  const phone = await tenant.enrolled('no-ticket');
  const page = await open('countersign-challenge', { userId: 'no-ticket', attributes: 'autofocus' });
  const ticket = await tenant.ticket('no-ticket', 'login');
  await page.screen.evaluate((element, given) => {
    let asked = 0;
    /** @type {any} */ (element).getTicket = async () => {
      if (++asked < 3) throw new Error('not now');
      return given;
    };
  }, ticket);
  await page.keyboard.type(await phone.fresh());
  await page.getByText('We cannot be reached').waitFor();
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('where something is to be confirmed, it says so, and offers no recovery code where none will do', async () => {
  const phone = await tenant.enrolled('confirming');
  const page = await challenge('confirming', { attributes: 'action="payment.approve" code-only' });
  await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  await picture(page, 'challenge-action');
  equal(await page.getByRole('button', { name: 'recovery code' }).count(), 0);
  equal(await page.getByText('Log in', { exact: true }).count(), 0);
  await page.keyboard.type(await phone.fresh());
  await page.getByRole('heading', { name: 'Confirmed' }).waitFor();
  const [{ stepUpToken: token }] = await told(page, 'verified');
  equal((await tenant.call('POST', 'tokens/consume', { token })).action, 'payment.approve');
  await finish(page);
});

test('a service that cannot be reached keeps the code, and tries again', async () => {
  const phone = await tenant.enrolled('offline');
  const page = await challenge('offline', { dark: true });
  await page.route(`${url}/v1/**`, (route) => route.abort());
  const code = await phone.fresh();
  await page.keyboard.type(code);
  await page.getByText('We cannot be reached').waitFor();
  await picture(page, 'challenge-offline');
  equal(await page.code.inputValue(), `${code.slice(0, 3)} ${code.slice(3)}`);
  await page.unroute(`${url}/v1/**`);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.getByText('Thank you').waitFor();
  await finish(page);
});

test('an answer that was lost is asked for again, and the code counts once', async () => {
  const phone = await tenant.enrolled('lost');
  const page = await challenge('lost');
  let keys = /** @type {(string | null)[]} */ ([]);
  await page.route(`${url}/v1/users/lost/verify`, async (route) => {
    keys.push(await route.request().headerValue('Idempotency-Key'));
    if (keys.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  equal(keys.length, 2);
  notEqual(keys[0], null);
  equal(keys[0], keys[1]);
  await finish(page);
});

test('it fits a narrow phone in the dark, in German', async () => {
  const phone = await tenant.enrolled('schmal');
  const page = await challenge('schmal', { width: 320, dark: true, lang: 'de-AT', mobile: true });
  await page.getByLabel('Sechsstelliger Code').fill(await phone.wrong());
  await page.getByText('Dieser Code wurde nicht angenommen').waitFor();
  await picture(page, 'challenge-dark-german');
  await finish(page);
});

/** Lets browsers be remembered. @param {Tenant} at @param {number} days */
async function rememberFor(at, days) {
  const admin = await at.enrolled(`admin-${days}`, { role: 'admin' });
  await at.call('PATCH', 'policy', { remember_browser_days: days }, { 'If-Match': await at.etag('policy'), 'Step-Up-Token': await at.stepUp(admin) });
}

test('who asks not to be asked again says so to the host, which alone can remember the browser', async () => {
  await rememberFor(tenant, 30);
  const phone = await tenant.enrolled('remembering');
  const page = await challenge('remembering', { attributes: 'remember-days="30"' });
  const box = page.getByLabel('Don’t ask again on this browser for 30 days');
  await picture(page, 'challenge-remember');
  await inspect(page);
  equal(await focused(page.code), true);
  await page.keyboard.press('Shift+Tab'); // it stands before the field, whose last digit logs in at once
  await page.keyboard.press('Space');
  equal(await box.isChecked(), true);
  equal(await box.evaluate((input) => getComputedStyle(input).outlineOffset), '2px'); // a ring that touches a box of its colour is none
  await page.keyboard.press('Tab');
  await page.keyboard.type(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  const [verified] = await told(page, 'verified');
  equal(verified.rememberBrowser, true);
  const issued = await tenant.call('POST', 'users/remembering/remembered-browsers', { step_up_token: verified.stepUpToken, name: 'Chrome on Linux' });
  const decided = await tenant.call('POST', 'decisions', { user_id: 'remembering', remembered_browser: issued.secret });
  deepEqual([decided.decision, decided.reason], ['allow', 'remembered_browser']);
  await finish(page);
});

test('the offer not to ask again fits a small phone', async () => {
  await tenant.enrolled('remembering-narrow');
  const page = await challenge('remembering-narrow', { attributes: 'remember-days="30"', width: 320, height: 640 });
  await page.getByLabel('Don’t ask again').waitFor();
  await picture(page, 'challenge-remember-narrow');
  await finish(page);
});

test('nothing is offered where the host offers nothing, for an action, nor for a recovery code', async () => {
  const phone = await tenant.enrolled('not-remembering');
  const box = /don’t ask again/i;
  for (const attributes of ['', 'remember-days="0"', 'remember-days="30" action="pay"']) {
    const page = await challenge('not-remembering', { attributes });
    equal(await page.getByLabel(box).count(), 0, attributes);
    await finish(page);
  }
  const page = await challenge('not-remembering', { attributes: 'remember-days="1"' });
  await page.getByLabel('Don’t ask again on this browser for one day').check();
  await page.getByRole('button', { name: 'Log in with a recovery code' }).click();
  equal(await page.getByLabel(box).isVisible(), false);
  await page.recovery.fill(phone.codes[0]);
  await page.keyboard.press('Enter');
  await page.getByText('Thank you').waitFor();
  equal((await told(page, 'verified'))[0].rememberBrowser, false);
  await finish(page);
});
