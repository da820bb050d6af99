// The dangerous action: a code for this payment, and for no other.
import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, picture } from '../../../web/test/browser.js';
import { Host, typePassword } from './host.js';

const host = await Host.start('payments');

/** @param {import('playwright-core').Page} page @param {string} payee */
const look = (page, payee) => page.getByRole('link', { name: `Review the payment to ${payee}` }).click();

test('a payment is approved with a code of its own, and what proved it counts for nothing else', async () => {
  const mia = await host.enroll('mia');
  const page = await host.login('mia', mia);
  await look(page, 'Harbour Logistics');
  await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  await picture(page, 'host-payment', 'body');
  const sent = page.waitForRequest((request) => request.url().endsWith('/approve'));
  await page.getByLabel('Six-digit code').fill(await mia.fresh());
  await page.getByText('Approved by Mia Novak').waitFor();
  await inspect(page);
  const token = (await sent).headers()['step-up-token'];
  const again = await page.evaluate(async (proof) => Promise.all(['p-1042', 'p-1043', 'p-1044'].map(async (id) => {
    const response = await fetch(`/payments/${id}/approve`, { method: 'POST', headers: { 'Step-Up-Token': proof } });
    return `${response.status} ${response.headers.get('WWW-Authenticate')}`;
  })), token);
  for (const answer of again) match(answer, /^401 Bearer error="insufficient_user_authentication"/);
  await page.goto(`${host.address}/`);
  await page.getByText('Approved by Mia Novak').waitFor();
  equal(await page.getByText('Approved by').count(), 1);
  await finish(page);
});

test('a recovery code approves nothing, and is not asked for', async () => {
  const ada = await host.enroll('ada');
  const page = await host.login('ada', ada);
  await look(page, 'Kite & Sons');
  await page.getByRole('heading', { name: 'Confirm with a code' }).waitFor();
  equal(await page.getByRole('button', { name: 'recovery code' }).count(), 0);
  const { ticket } = await page.evaluate(async () => (await fetch('/payments/p-1044/ticket', { method: 'POST' })).json());
  const { step_up_token: token } = await host.tenant.call('POST', `users/${ada.id}/verify`,
    { recovery_code: ada.codes[0], nonce: 'p-1044' }, { Authorization: `Bearer ${ticket}` });
  const status = await page.evaluate(async (proof) =>
    (await fetch('/payments/p-1044/approve', { method: 'POST', headers: { 'Step-Up-Token': proof } })).status, token);
  equal(status, 401);
  await finish(page);
});

test('who has no second factor is led to it, and who cannot have one is told whom to ask', async () => {
  const page = await host.login('ben');
  await look(page, 'Kite & Sons');
  await page.getByText('Approving a payment takes a code from your phone').waitFor();
  await inspect(page);
  await page.getByRole('link', { name: 'Set up two-step verification' }).click();
  await page.getByRole('button', { name: 'Set up two-step verification' }).waitFor();
  await finish(page);
  const his = await host.open('/sso');
  await typePassword(his, 'sam');
  await look(his, 'Kite & Sons');
  await his.getByText('Ask somebody with a Ledger account').waitFor();
  equal(await his.evaluate(async () => (await fetch('/payments/p-1044/approve', { method: 'POST' })).status), 401);
  await finish(his);
});

test('of two who approve it, one does, and the other one is told', async () => {
  const olga = await host.enroll('olga');
  const uma = await host.enroll('uma');
  const [hers, others] = [await host.login('olga', olga), await host.login('uma', uma)];
  for (const page of [hers, others]) await look(page, 'Northwind Paper');
  await hers.getByLabel('Six-digit code').fill(await olga.fresh());
  await hers.getByText('Approved by Olga Meyer').waitFor();
  await others.getByLabel('Six-digit code').fill(await uma.fresh());
  await others.getByText('Somebody else approved it first').waitFor();
  await inspect(others);
  await others.getByRole('button', { name: 'Start again' }).click();
  await others.getByText('Approved by Olga Meyer').waitFor();
  await finish(hers);
  await finish(others);
});
