// What the service serves under /ui/: each screen in one file, and several of them in one page.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, open, visit } from './browser.js';
import { Tenant, url } from './service.js';

const tenant = Tenant.create('files');
await tenant.enrolled('ann', { role: 'owner' });

/** Which files of the screens a page asks for. @param {import('playwright-core').Page} page */
function filesOf(page) {
  const files = /** @type {string[]} */ ([]);
  page.on('request', (request) => { if (request.url().startsWith(`${url}/ui/`)) files.push(request.url().slice(`${url}/ui/`.length)); });
  return files;
}

test('a page asks for one file of a screen, and for its language where that is not English', async () => {
  for (const [screen, purpose, there, lang = 'en'] of /** @type {const} */ ([
    ['challenge', 'login', 'Enter your code'], ['challenge', 'login', 'Code eingeben', 'de'], ['enroll', 'account', 'Name of the new device'],
    ['security', 'account', 'Your passkeys and devices'], ['users', 'admin', 'One user'], ['policy', 'admin', 'Two-step verification for everyone'],
  ])) {
    const page = await visit({ lang });
    const files = filesOf(page);
    await open(`countersign-${screen}`, { page, lang, userId: 'ann', ticket: await tenant.ticket('ann', purpose), attributes: 'further' });
    await page.getByText(there).first().waitFor();
    deepEqual(files, [`${screen}.js`, ...(lang === 'en' ? [] : [`strings/${lang}.js`])]);
    await finish(page);
  }
});

test('files of ours get along in one page: a tag is one class, and a language is added to all', async () => {
  const page = await visit();
  await page.route(`${url}/all.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: `
    import { addLanguage } from '/ui/strings.js';
    import { CountersignChallenge } from '/ui/challenge.js';
    import { CountersignEnroll } from '/ui/enroll.js';
    import * as all from '/ui/countersign.js';
    addLanguage('fr', { 'challenge.code.title': 'Saisissez votre code' });
    all.addLanguage('fr', { 'code.label': 'Code à six chiffres' });
    window.same = [all.CountersignChallenge === CountersignChallenge, all.CountersignEnroll === CountersignEnroll, Boolean(new all.CountersignEnroll())];` }));
  await page.route(`${url}/all`, async (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><html lang="fr"><title>Connexion</title>
<script type="module" src="/all.js"></script><main><h1>Connexion</h1>
<countersign-challenge user-id="ann" ticket="${await tenant.ticket('ann', 'login')}"></countersign-challenge></main>` }));
  await page.goto(`${url}/all`);
  await page.evaluate(() => { /** @type {any} */ (document.querySelector('countersign-challenge')).restart(); });
  await page.getByRole('heading', { name: 'Saisissez votre code' }).waitFor();
  await page.getByLabel('Code à six chiffres').waitFor();
  deepEqual(await page.evaluate(() => /** @type {any} */ (window).same), [true, true, true]);
  await finish(page);
});

test('a language that cannot be had is English, and says so', async () => {
  const page = await visit({ lang: 'de' });
  await page.route(`${url}/ui/strings/de.js`, (route) => route.abort());
  await open('countersign-challenge', { page, lang: 'de', userId: 'ann', ticket: await tenant.ticket('ann', 'login') });
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  equal(await page.locator('[part=card]').getAttribute('lang'), 'en');
  await finish(page);
});

test('a language that does not come is English after a while', async () => {
  const page = await visit({ lang: 'de' });
  await page.route(`${url}/ui/strings/de.js`, () => {}); // no answer
  await open('countersign-challenge', { page, lang: 'de', userId: 'ann', ticket: await tenant.ticket('ann', 'login') });
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  await finish(page);
});

test('a screen within another one that cannot be fetched says so, and a new page has it', async () => {
  const page = await visit();
  await page.route(`${url}/ui/enroll.js`, (route) => route.abort());
  const given = { page, userId: 'ann', ticket: await tenant.ticket('ann', 'account') };
  await open('countersign-security', given);
  const add = page.getByRole('button', { name: 'Add a passkey or device' });
  await add.click();
  await page.getByText('A part of this page could not be loaded.').waitFor();
  await page.unroute(`${url}/ui/enroll.js`);
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Start again' }).click();
  await loaded;
  await open('countersign-security', given);
  await add.click();
  await page.getByText('Name of the new device').waitFor();
  await finish(page);
});

test('a screen within another one does not come where something else was chosen meanwhile', async () => {
  const page = await visit();
  const come = /** @type {(() => void)[]} */ ([]);
  await page.route(`${url}/ui/enroll.js`, (route) => { come.push(() => { void route.continue(); }); });
  await open('countersign-security', { page, userId: 'ann', ticket: await tenant.ticket('ann', 'account') });
  const asked = page.waitForRequest(`${url}/ui/enroll.js`);
  await page.getByRole('button', { name: 'Add a passkey or device' }).click();
  await asked;
  await page.getByRole('button', { name: 'Show the codes' }).click();
  const field = page.getByLabel('Code', { exact: false }).first();
  await field.waitFor();
  const there = page.waitForFunction(() => customElements.get('countersign-enroll'));
  for (const go of come) go();
  await there;
  await field.waitFor();
  await finish(page);
});

test('a problem is one, whichever file it comes from', async () => {
  const { Problem } = await import('../problem.js');
  const { Problem: Other } = await import(new URL('../problem.js?other', import.meta.url).href);
  ok(Other !== Problem && new Other('unreachable') instanceof Problem);
  for (const none of [null, 'unreachable', new Error('unreachable'), { code: 'unreachable' }]) ok(!(none instanceof Problem));
});
