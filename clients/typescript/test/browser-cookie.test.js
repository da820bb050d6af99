import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { browserCookie, DEFAULT_BROWSER_COOKIE, readBrowserCookie } from '@countersign/client';

const secret = 'csb_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA';
const inDays = (/** @type {number} */ days) => new Date(Date.now() + days * 86_400_000).toISOString();

test('the cookie of a browser is the host’s alone and hidden from scripts', () => {
  const issued = { browser_id: 'brw_1', secret, expires_at: inDays(30) };
  match(browserCookie(issued) ?? '', /^__Host-countersign-browser=csb_\S+; Path=\/; Max-Age=(25920|25919)\d\d; HttpOnly; Secure; SameSite=Lax$/);
  match(browserCookie(issued, { insecure: true }) ?? '', /^countersign-browser=csb_\S+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  match(browserCookie(issued, { name: '__Host-b' }) ?? '', /^__Host-b=csb_/);
  for (const options of [{}, { insecure: true }, { name: '__Host-b' }]) {
    equal(readBrowserCookie(`a=b; ${browserCookie(issued, options)?.split(';')[0]}; c=d`, options), secret);
  }
});

test('a decision that comes with a secret has it kept, and another leaves the cookie as it is', () => {
  /** @type {import('@countersign/client').Decision} */
  const decision = { decision: 'allow', reason: 'remembered_browser', methods: ['totp'], enroll_by: null, recovery_codes_remaining: 8 };
  equal(browserCookie(decision), undefined);
  match(browserCookie({ ...decision, remembered_browser: { secret, expires_at: inDays(1) } }) ?? '', /Max-Age=(86400|86399);/);
  match(browserCookie({ ...decision, remembered_browser: { secret, expires_at: inDays(-1) } }) ?? '', /Max-Age=0;/);
});

test('a cookie that cannot be a secret is none, so that it refuses no login', () => {
  for (const header of [undefined, null, '', 'session=x', `${DEFAULT_BROWSER_COOKIE}=`, `${DEFAULT_BROWSER_COOKIE}=ü`, `${DEFAULT_BROWSER_COOKIE}=${'x'.repeat(513)}`]) {
    equal(readBrowserCookie(header), undefined);
  }
});
