import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { finish, focused, inspect, open, picture, scan, told } from './browser.js';
import { Phone, Tenant, url } from './service.js';

const tenant = Tenant.create('enroll'); // without an rp id: it is an app that is set up

/** @param {string} id @param {Partial<import('./browser.js').Options>} [options] */
async function enroll(id, options = {}) {
  await tenant.put(id);
  const page = await open('countersign-enroll', { userId: id, ticket: await tenant.ticket(id, 'account'), height: 1000, ...options });
  await page.getByRole('img').waitFor();
  return page;
}

test('a scan and two codes turn it on, with eight recovery codes that were saved', async () => {
  const page = await enroll('scanning', { dark: true });
  await picture(page, 'enroll-dark');
  const uri = await scan(page);
  equal(uri.protocol, 'otpauth:');
  const phone = new Phone(tenant, uri.searchParams.get('secret') ?? '');
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByText('Wait until your app shows a new code').waitFor();
  await picture(page, 'enroll-second-dark');
  await page.getByLabel('Next code').fill(first);
  await page.getByText('That is the same code again').waitFor();
  await page.getByLabel('Next code').fill(next);
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await picture(page, 'enroll-codes-dark');
  deepEqual((await told(page, 'enrolled')).length, 0);
  const codes = await page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem').allTextContents();
  equal(codes.length, 8);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied').first().waitFor();
  equal(await page.evaluate(() => navigator.clipboard.readText()), `${codes.join('\n')}\n`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  equal(download.suggestedFilename(), 'countersign-recovery-codes.txt');
  equal(readFileSync(await download.path(), 'utf8'), `${codes.join('\n')}\n`);
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByText('Two-step verification is on').waitFor();
  const [confirmed] = await told(page, 'confirmed');
  deepEqual((await told(page, 'enrolled'))[0], confirmed);
  const claims = await tenant.call('POST', 'tokens/consume', { token: confirmed.stepUpToken });
  equal(claims.sub, 'scanning');
  await tenant.call('POST', 'users/scanning/verify', { code: await phone.fresh() });
  await finish(page);
});

test('the key can be typed instead, and who saved nothing is asked once more', async () => {
  const page = await enroll('by-hand', { attributes: 'autofocus' });
  await picture(page, 'enroll');
  equal(await focused(page.getByLabel('First code')), true); // what the phone shows is typed at once
  const foreign = /** @type {string[]} */ ([]);
  page.on('request', (request) => { if (new URL(request.url()).origin !== url && !request.url().startsWith('data:')) foreign.push(request.url()); });
  await page.getByText('Which apps are there?').click();
  const apps = page.getByRole('table').getByRole('link');
  deepEqual((await page.getByRole('rowheader').allTextContents()).slice(0, 5), ['Google Authenticator', 'Microsoft Authenticator', '2FAS', 'Aegis', 'FreeOTP']);
  equal(await apps.first().getAttribute('aria-label'), 'Android: Google Authenticator (opens in a new tab)');
  for (const link of await apps.all()) {
    match(await link.getAttribute('href') ?? '', /^https:\/\/(play\.google\.com|apps\.apple\.com|getaegis\.app|ente\.io|keepassxc\.org)\//);
    deepEqual([await link.getAttribute('rel'), await link.getAttribute('target')], ['noreferrer', '_blank']);
  }
  await inspect(page);
  await picture(page, 'enroll-apps');
  deepEqual(foreign, []); // nothing comes from there unasked
  await page.getByText('Cannot scan it?').click();
  const groups = await page.locator('[part=secret]').locator('span').allTextContents();
  equal(groups.length, 8);
  await page.getByRole('button', { name: 'Copy key' }).click();
  await page.getByText('Copied').first().waitFor();
  const secret = await page.evaluate(() => navigator.clipboard.readText());
  equal(secret, groups.join(''));
  await picture(page, 'enroll-by-hand');
  const phone = new Phone(tenant, secret);
  await page.getByLabel('First code').fill(await phone.wrong());
  await page.getByLabel('Next code').fill(await phone.code(0));
  await page.getByText('not two codes in a row').waitFor();
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(next);
  await page.getByRole('button', { name: 'Change the first code' }).click();
  await page.getByLabel('First code').fill(first);
  await picture(page, 'enroll-second');
  await page.getByLabel('Next code').fill(next);
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await picture(page, 'enroll-codes');
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByText('You have not copied').waitFor();
  equal((await told(page, 'enrolled')).length, 0);
  await page.getByRole('button', { name: 'I wrote them down' }).click();
  await page.getByText('Two-step verification is on').waitFor();
  await picture(page, 'enroll-done');
  await finish(page);
});

/** The secret that a page shows. @param {import('./browser.js').HostPage} page */
async function secretOf(page) {
  await page.getByRole('img').waitFor();
  return (await scan(page)).searchParams.get('secret') ?? '';
}

test('a page that is loaded again shows the same QR code, and the page of another session another one', async () => {
  const page = await enroll('again');
  const first = await secretOf(page);
  const again = await enroll('again'); // with another ticket of the same session
  equal(await secretOf(again), first);
  const ticket = await tenant.ticket('again', 'account', 's-2');
  const elsewhere = await open('countersign-enroll', { userId: 'again', ticket, height: 1000 });
  const other = await secretOf(elsewhere);
  notEqual(other, first);

  const [one, two] = await new Phone(tenant, first).pair();
  await page.getByLabel('First code').fill(one);
  await page.getByLabel('Next code').fill(two);
  await page.getByText('here is a new QR code').waitFor(); // theirs is gone, and says so
  notEqual(await secretOf(page), other);
  for (const opened of [page, again, elsewhere]) await finish(opened);
});

test('printing shows the codes and nothing else of the page', async () => {
  const page = await enroll('printing');
  const phone = new Phone(tenant, (await scan(page)).searchParams.get('secret') ?? '');
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  await page.evaluate(() => { window.print = () => { /** @type {any} */ (window).printed = true; }; });
  await page.getByRole('button', { name: 'Print' }).click();
  await page.emulateMedia({ media: 'print' });
  equal(await page.getByText('Acme').isVisible(), false);
  equal(await page.locator('[data-countersign-print] li:visible').count(), 8);
  await page.emulateMedia({ media: 'screen' });
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  equal(await page.locator('[data-countersign-print]').count(), 0);
  equal(await page.getByText('Acme').isVisible(), true);
  await finish(page);
});

test('an enrollment that ran out begins again by itself, and says why', async () => {
  const page = await enroll('late');
  const before = (await scan(page)).searchParams.get('secret') ?? '';
  await tenant.time(700);
  const phone = new Phone(tenant, before);
  await page.getByLabel('First code').fill(await phone.code(-1));
  await page.getByLabel('Next code').fill(await phone.code(0));
  await page.getByText('here is a new QR code').waitFor();
  await picture(page, 'enroll-expired');
  const after = new Phone(tenant, (await scan(page)).searchParams.get('secret') ?? '');
  equal(after.secret === before, false);
  const [first, next] = await after.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  await finish(page);
});

test('a policy that asks for one code is followed, whatever the page said', async () => {
  const single = Tenant.create('single');
  const admin = await single.enrolled('root', { role: 'owner' });
  const headers = { 'Step-Up-Token': await single.stepUp(admin), 'If-Match': await single.etag('policy') };
  await single.call('PATCH', 'policy', { enrollment_codes: 1 }, headers);
  for (const [id, attributes] of [['told', 'codes="1"'], ['untold', '']]) {
    await single.put(id);
    const page = await open('countersign-enroll', { userId: id, ticket: await single.ticket(id, 'account'), attributes });
    await page.getByRole('img').waitFor();
    const phone = new Phone(single, (await scan(page)).searchParams.get('secret') ?? '');
    const [first, next] = await phone.pair(0); // one code has to be on time
    await page.getByLabel(attributes ? 'Six-digit code' : 'First code').fill(first);
    if (!attributes) await page.getByLabel('Next code').fill(next);
    await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
    await finish(page);
  }
});

test('on a phone the app opens by a link, and everything fits', async () => {
  const page = await enroll('on-a-phone', { mobile: true, width: 320, dark: true, lang: 'de' });
  match(await page.getByRole('link', { name: 'App auf diesem Gerät öffnen' }).getAttribute('href') ?? '', /^otpauth:\/\/totp\//);
  equal(await page.getByRole('link', { name: 'App auf diesem Gerät öffnen' }).isVisible(), true);
  await page.getByText('Scannen geht nicht?').click();
  await picture(page, 'enroll-narrow');
  await finish(page);
});

test('who has no device yet is asked for no proof, whatever the page said', async () => {
  await enroll('first-further', { attributes: 'further' }).then(finish);
});

test('a device that is added with a proof of the page’s own is added without a word, and not with a recovery code', async () => {
  const phone = await tenant.enrolled('brought');
  for (const proof of [{ code: await phone.fresh() }, { recovery_code: phone.codes[0] }]) {
    const { step_up_token: token } = await tenant.call('POST', 'users/brought/verify', { ...proof, audience: 'countersign', action: 'enroll', session_id: 's-1' });
    const page = await open('countersign-enroll', { userId: 'brought', attributes: 'further', height: 1000 });
    await page.screen.evaluate((element, given) => Object.assign(element, given), { stepUpToken: token, ticket: await tenant.ticket('brought', 'account') });
    if ('code' in proof) await page.getByRole('img').waitFor();
    else await page.getByText('A code from a device you have lets you set up another one').waitFor();
    await finish(page);
  }
});

test('LDAP and SAML users are told that there is nothing to set up', async () => {
  await tenant.put('elsewhere', { auth_source: 'saml' });
  const page = await open('countersign-enroll', { userId: 'elsewhere', ticket: await tenant.ticket('elsewhere', 'account') });
  await page.getByText('There is nothing to set up here').waitFor();
  await finish(page);
});
