// All tests, one after the other, with one service and one browser; or those that are named: npm test -- enroll users
import { test } from 'node:test';
import { browser } from './browser.js';
import { stop } from './service.js';

const names = [
  'strings', 'files', 'screens', 'challenge', 'imported', 'passkey-challenge', 'passkey-lost', 'enroll', 'passkey-enroll', 'security', 'passkey-security', 'users', 'access-pass', 'policy',
  'host', 'login-routes', 'docs', 'docs-site', 'origins',
];
const wanted = process.argv.slice(2);

for (const name of names) if (wanted.length === 0 || wanted.includes(name)) await import(`./${name}.test.js`);

test('nothing is left running', async () => {
  await browser.close();
  await stop();
});
