// All scenarios, one after the other, with one service and one browser; or those that are named: npm test -- login
import { test } from 'node:test';
import { browser } from '../../../web/test/browser.js';
import { stop } from '../../../web/test/service.js';
import { Host } from './host.js';

const names = ['login', 'codes', 'users', 'policy', 'payment', 'mailbox', 'passkey', 'remember', 'pages', 'trouble', 'tour', 'demo'];
const wanted = process.argv.slice(2);

for (const name of names) if (wanted.length === 0 || wanted.includes(name)) await import(`./${name}.test.js`);

test('nothing is left running', async () => {
  await browser.close();
  await Host.endAll();
  await stop();
});
