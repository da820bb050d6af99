// The mandate, in both editions, and what it does to a login.
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture } from '../../../web/test/browser.js';
import { Host, ids, logout, setUp, typePassword } from './host.js';

const mandate = /** @type {const} */ (['switch', { name: 'Require two-step verification' }]);

/** Changes the policy without a browser. @param {Host} host @param {import('./host.js').OwnPhone} phone @param {object} patch */
async function decide(host, phone, patch) {
  const headers = { 'Step-Up-Token': await host.tenant.stepUp(phone), 'If-Match': await host.tenant.etag('mandatory' in patch ? 'policy/preview?mandatory=true' : 'policy') };
  await host.tenant.call('PATCH', 'policy', patch, headers);
}

test('on premises an administrator requires it: their own first, then with the number of those it reaches', async () => {
  const host = await Host.start('mandate');
  const page = await host.login('ada');
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByRole(...mandate).click();
  await page.getByText('for your own account first').waitFor();
  await picture(page, 'host-policy-own', 'body');
  await page.getByRole('button', { name: 'Set up mine' }).click();
  const ada = await setUp(page, host.tenant);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('4 active users have not set it up yet').waitFor(); // not Ada, the two of a directory, or who is not active
  await page.getByText('One of them is an owner').waitFor();
  await page.getByText('Show these users').click();
  const names = page.getByRole('listitem').locator('strong');
  await names.first().waitFor();
  deepEqual((await names.allTextContents()).sort(), ['Ben Ferreira', 'Mia Novak', 'Olga Meyer', 'Uma Lindqvist']);
  await picture(page, 'host-policy', 'body');
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Required since').waitFor();
  await finish(page);

  const his = await host.password('ben');
  await his.getByText('Your organization requires two-step verification').waitFor();
  await picture(his, 'host-enroll', 'body');
  await his.goto(`${host.address}/security`);
  equal(new URL(his.url()).pathname, '/login'); // as far as setting it up, and no further
  await typePassword(his, 'ben');
  const phone = await setUp(his, host.tenant);
  await his.getByText('Two-step verification is on').waitFor();
  await his.getByRole('link', { name: 'Security' }).click();
  await his.getByText('cannot be turned off').waitFor();
  equal(await his.getByRole('button', { name: 'Turn off' }).count(), 0);
  await inspect(his);
  await logout(his);
  await typePassword(his, 'ben');
  await his.getByLabel('Six-digit code').fill(await phone.fresh());
  await his.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(his);

  const hers = await host.open('/login');
  await typePassword(hers, 'lea'); // whose directory has a second step of its own, if any
  await hers.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(hers);
});

test('in the cloud only the owner requires it; an administrator is told whom to ask', async () => {
  const host = await Host.start('cloud', 'saas');
  const ada = await host.enroll('ada');
  const olga = await host.enroll('olga');
  const page = await host.login('ada', ada);
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByRole(...mandate).click();
  await page.getByText('Ask the owner of this account').waitFor();
  await finish(page);

  const hers = await host.login('olga', olga);
  await hers.getByRole('link', { name: 'Policy' }).click();
  await hers.getByRole(...mandate).click();
  await hers.getByText('3 active users have not set it up yet').waitFor();
  await hers.getByText('More: whom, with what and when').click();
  await hers.getByLabel('When do they have to?').selectOption('Within 7 days');
  await hers.getByLabel('Six-digit code').fill(await olga.fresh());
  await hers.getByText('Required since').waitFor();
  await finish(hers);

  const his = await host.login('ben');
  await his.getByText(/requires two-step verification.*by \d+/).waitFor();
  await inspect(his);
  await host.tenant.time(8 * 86_400);
  await logout(his);
  await typePassword(his, 'ben');
  await setUp(his, host.tenant);
  await his.getByRole('heading', { name: 'Payments' }).waitFor();
  await finish(his);
});

test('a tenant may let people renew their recovery codes, and may have nobody see one again', async () => {
  const host = await Host.start('rules-page');
  const ada = await host.enroll('ada');
  const mia = await host.enroll('mia');
  const page = await host.login('ada', ada);
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByRole('switch', { name: 'People may get new ones' }).click();
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('A passkey or a code from their app gets them eight new ones').waitFor();

  const hers = await host.login('mia', mia);
  await hers.getByRole('link', { name: 'Security' }).click();
  await hers.getByRole('button', { name: 'Get new codes' }).click();
  await hers.keyboard.type(await mia.fresh());
  const list = hers.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem');
  await list.first().waitFor();
  const codes = await list.allTextContents();
  equal(codes.some((code) => mia.codes.includes(code)), false);

  await page.getByRole('switch', { name: 'They can be shown again' }).click();
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Nobody sees one again').waitFor();
  await hers.reload();
  await hers.getByText('8 of 8 are left').waitFor();
  equal(await hers.getByRole('button', { name: 'Show the codes' }).count(), 0);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Recovery codes: Mia Novak' }).click();
  await page.getByLabel('Reason').fill('She asked');
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('stored so that nobody can read them').waitFor();
  await host.tenant.call('POST', `users/${ids.mia}/verify`, { recovery_code: codes[0] }); // they work all the same
  await finish(page);
  await finish(hers);
});

test('who was reset under a mandate sets it up anew at the next login', async () => {
  const host = await Host.start('reset');
  const ada = await host.enroll('ada');
  const mia = await host.enroll('mia');
  await decide(host, ada, { mandatory: true });
  const page = await host.login('ada', ada);
  await page.getByRole('link', { name: 'Users' }).click();
  await page.getByRole('button', { name: 'Reset: Mia Novak' }).click();
  await page.getByLabel('Reason').fill('Phone lost');
  await page.getByLabel('Six-digit code').fill(await ada.fresh());
  await page.getByText('Two-step verification of Mia Novak is reset').waitFor();
  await finish(page);
  const hers = await host.password('mia');
  const phone = await setUp(hers, host.tenant);
  equal(phone.secret === mia.secret, false);
  await hers.getByText('Two-step verification is on').waitFor();
  await finish(hers);
});
