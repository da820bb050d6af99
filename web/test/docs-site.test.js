// The documentation site, as people read it: each page, the search, the calls, the copy buttons, and all of it below the path of a proxy.
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { finish, focused, inspect, picture, visit } from './browser.js';
import { below } from './proxy.js';
import { Tenant, command, url } from './service.js';

const tenant = Tenant.demo;
const run = promisify(execFile); // not at once: the proxy is in this process

/** What the page has as its ground. @param {import('playwright-core').Page} page */
const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

/** What scrolls is known two frames after it is there. @param {import('playwright-core').Page} page */
const drawn = (page) => page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));

/** @param {import('./browser.js').Visit} page */
const look = async (page) => { await drawn(page); await inspect(page); };

/** @param {import('./browser.js').Visit} page */
const leave = async (page) => { await drawn(page); await finish(page); };

const clipboard = (/** @type {import('playwright-core').Page} */ page) => page.evaluate(() => navigator.clipboard.readText());

test('every page is accessible, fits a narrow screen, and needs nothing that its policy stops', async () => {
  const page = await visit({ width: 320, height: 640 });
  await page.goto(`${url}/docs`);
  const pages = await page.locator('.pages a').evaluateAll((links) => links.map((link) => /** @type {HTMLAnchorElement} */ (link).href));
  ok(pages.length > 20);
  for (const address of [`${url}/docs`, ...pages]) {
    await page.goto(address);
    await page.getByRole('button', { name: 'Search' }).waitFor();
    await look(page);
    await picture(page, `docs-${address.split('/').pop()}-narrow`, 'body');
  }
  await leave(page);
});

test('wide and dark, with everything open, it is accessible too', async () => {
  const page = await visit({ width: 1280, dark: true });
  for (const name of ['', '/embedding', '/api']) { // cards, diagrams, operations: every kind of colour
    await page.goto(`${url}/docs${name}`);
    await page.getByRole('button', { name: 'Search' }).waitFor();
    const open = page.locator(name === '/api' ? '[data-operation=verify] details, [data-operation=listUsers] details' : 'main details');
    await open.evaluateAll((all) => all.forEach((one) => { /** @type {HTMLDetailsElement} */ (one).open = true; }));
    await look(page);
    await picture(page, `docs${name.replace('/', '-')}-dark`, 'body');
  }
  await leave(page);
});

test('on a narrow screen a row of words is a block, and what scrolls says so, by the keyboard too', async () => {
  const page = await visit({ width: 390, height: 844, dark: true });
  for (const name of ['overview', 'components', 'deployment', 'security']) {
    await page.goto(`${url}/docs/${name}`);
    const rows = page.locator('.prose tbody tr');
    ok(await rows.count() > 10);
    deepEqual(await rows.evaluateAll((all) => all.filter((row) => {
      const shown = Array.from(row.children).filter((cell) => cell.getClientRects().length > 0);
      const height = shown.reduce((sum, cell) => sum + cell.clientHeight, 0);
      return row.clientHeight > height + 40 || row.clientWidth < row.scrollWidth || shown.some((cell) => cell.textContent === '');
    }).map((row) => row.textContent)), [], `blank or wide rows of ${name}`);
  }
  await page.goto(`${url}/docs/overview#configuration`);
  const setting = page.getByRole('row', { name: /^COUNTERSIGN_ADDR 127/ });
  equal(await setting.getByRole('cell').nth(1).evaluate((cell) => getComputedStyle(cell, '::before').content.split(' /')[0]), '"default"');
  ok(await page.getByRole('columnheader', { name: 'meaning' }).count() > 0);
  for (const [name, kind] of [['performance', 'Table'], ['embedding', 'Diagram']]) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${url}/docs/${name}`);
    const box = page.getByRole('region', { name: new RegExp(`^${kind} \\d+: \\w`) }).first();
    match(await box.evaluate((element) => getComputedStyle(element).backgroundImage), /gradient/);
    await box.focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((element) => (element?.scrollLeft ?? 0) > 0, await box.elementHandle());
    await look(page);
    await page.setViewportSize({ width: 1280, height: 844 });
    await page.waitForFunction(() => !document.querySelector('.diagram .scroll[tabindex]'));
  }
  await leave(page);
});

test('beside a wide text and above a narrow one is what the page holds, and nowhere twice', async () => {
  for (const [width, open] of /** @type {const} */ ([[1280, true], [1100, false], [390, false]])) {
    const page = await visit({ width });
    await page.goto(`${url}/docs/quickstart`);
    const contents = page.getByRole('navigation', { name: 'On this page' });
    await contents.getByText('On this page').waitFor();
    const link = contents.getByRole('link', { name: 'Integration tests' });
    equal(await link.isVisible(), open);
    equal(await page.getByRole('main').getByRole('link', { name: 'Integration tests', exact: true }).count(), 0);
    if (!open) await contents.getByText('On this page').click();
    await look(page);
    await picture(page, `docs-contents-${width}`, 'body');
    await link.click();
    await page.waitForURL(`${url}/docs/quickstart#integration-tests`);
    await page.context().close();
  }
});

test('light and dark are the system\'s, and then the reader\'s, on every page', async () => {
  const page = await visit({ dark: true });
  await page.goto(`${url}/docs/quickstart`);
  const dark = await ground(page);
  await page.getByRole('button', { name: 'Light colours' }).click();
  const light = await ground(page);
  ok(light !== dark);
  await page.goto(`${url}/docs/embedding`);
  equal(await ground(page), light);
  await page.getByRole('button', { name: 'Dark colours' }).waitFor();
  ok(await page.locator('svg.sequence').count() > 4);
  await page.context().close();
});

test('the search is by the keyboard alone, and leads to the section', async () => {
  const page = await visit({ width: 1280 });
  await page.goto(`${url}/docs`);
  await page.keyboard.press('Tab');
  ok(await focused(page.getByRole('link', { name: 'Skip to the content' })));
  await page.keyboard.press('Enter');
  ok(await focused(page.locator('main')));
  await page.keyboard.press('/');
  ok(await focused(page.getByRole('searchbox')));
  await page.keyboard.type('offline step-up check');
  const best = page.getByRole('link', { name: /^Check a step-up token offline/ });
  await best.waitFor();
  await look(page);
  await picture(page, 'docs-search', 'dialog');
  await page.keyboard.press('ArrowDown');
  ok(await focused(best));
  await page.keyboard.press('Enter');
  await page.waitForURL(`${url}/docs/quickstart#check-a-step-up-token-offline`);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('xyzzyx');
  await page.getByText('Nothing has these words.').waitFor();
  await page.keyboard.press('Escape');
  ok(await page.getByRole('dialog').isHidden());
  await page.context().close();
});

test('a block is copied as it is to be pasted', async () => {
  const page = await visit();
  await page.goto(`${url}/docs/deployment`);
  const prompt = page.locator('figure[data-language=console]').first();
  await prompt.getByRole('button', { name: 'Copy' }).click();
  await prompt.getByRole('button', { name: 'Copied' }).waitFor();
  const lines = (await prompt.locator('code').innerText()).split('\n').filter((line) => line.startsWith('$ '));
  ok(lines.length > 0);
  equal((await clipboard(page)).split('\n')[0], lines[0]?.slice(2));
  await page.goto(`${url}/docs/quickstart`);
  const blocks = page.locator('figure.code');
  equal(await blocks.getByRole('button', { name: 'Copy' }).count(), await blocks.count());
  const shell = page.locator('figure[data-language=sh]').first();
  await shell.getByRole('button', { name: 'Copy' }).click();
  await shell.getByRole('button', { name: 'Copied' }).waitFor();
  equal(await clipboard(page), await shell.locator('code').evaluate((code) => code.textContent));
  await page.context().close();
});

test('at its root and below the path of a proxy, an operation is called from its page, and by the curl that is shown', async (context) => {
  await tenant.put('u-docs');
  for (const base of [url, await below(context, '/sub/path')]) {
    const page = await visit({ width: 1280 });
    await page.goto(`${base}/docs/api#createTicket`);
    const operation = page.locator('[data-operation=createTicket]');
    await operation.getByText('Try it out').click();
    await operation.getByLabel('user_id').fill('u-docs');
    const key = operation.getByLabel('Service key');
    await operation.getByRole('button', { name: 'Send' }).click();
    ok(await focused(key));
    equal(await operation.locator('.answer').textContent(), '');
    await key.fill(tenant.key);
    equal(await page.locator('#key').inputValue(), tenant.key);
    const asked = page.waitForResponse(`${base}/v1/users/u-docs/tickets`);
    await operation.getByRole('button', { name: 'Send' }).click();
    equal((await asked).status(), 201);
    await operation.locator('.answer').getByText('"ticket":').waitFor();
    const curl = await operation.locator('.try figure[data-language=sh] code').innerText();
    match(curl, /"Authorization: Bearer \$KEY"/);
    ok(!curl.includes(tenant.key));
    match((await run('sh', ['-c', curl], { env: { ...process.env, KEY: tenant.key } })).stdout, /"ticket":/);
    if (base === url) await look(page);
    await picture(page, 'docs-call', '[data-operation=createTicket]');
    deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, '']);
    await page.reload();
    equal(await page.locator('#key').inputValue(), '');
    deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test('beside Send is the key that is sent, of the kind that the operation takes', async () => {
  await tenant.put('u-docs');
  for (const [width, dark] of /** @type {const} */ ([[1280, false], [390, true], [320, false]])) {
    const page = await visit({ width, dark });
    await page.goto(`${url}/docs/api`);
    const form = async (/** @type {string} */ id) => {
      await page.locator(`[data-operation=${id}]`).getByText('Try it out').click();
      return page.locator(`[data-operation=${id}] form`);
    };
    const [decide, verify, tenants, keys] = [await form('decide'), await form('verify'), await form('listTenants'), await form('getJWKS')];
    await decide.getByText('With make run it is in data/demo.key.').waitFor();
    await keys.getByText('It takes no key.').waitFor();
    await tenants.getByLabel('Operator key').fill('cso_key');
    await tenants.getByText('Sent with cso_…, an operator key.').waitFor();
    equal(await decide.getByLabel('Service key', { exact: true }).inputValue(), '');
    await verify.getByLabel('Service key or ticket').fill(tenant.key);
    await decide.getByText('Sent with csk_demo_…, a service key of demo.').waitFor();
    equal(await tenants.getByLabel('Operator key').inputValue(), 'cso_key');
    await verify.getByLabel('Service key or ticket').fill(await tenant.ticket('u-docs', 'account'));
    await decide.getByText('Sent with a ticket, eyJ….').waitFor();
    await verify.getByLabel('Service key or ticket').fill('demo');
    await decide.getByText('This begins neither as a key').waitFor();
    const [field, button] = await Promise.all([decide.locator('.key').boundingBox(), decide.getByRole('button', { name: 'Send' }).boundingBox()]);
    ok(field && button && Math.abs(field.y - button.y) < 4 && button.x - field.x - field.width < 24, 'the key is beside Send');
    await look(page);
    await picture(page, `docs-key-${width}`, '[data-operation=decide]');
    await page.context().close();
  }
});

test('who comes first gets an answer with two clicks, and a user where there is none', async () => {
  const first = Tenant.create('first-call');
  const page = await visit({ width: 390, dark: true });
  await page.goto(`${url}/docs/api`);
  await page.locator('#key').fill(first.key);
  const put = page.locator('[data-operation=putUser]');
  await put.getByText('Try it out').click();
  await put.getByRole('button', { name: 'Send' }).click();
  await put.locator('.answer .status').getByText('201').waitFor();
  await first.call('DELETE', 'users/u-1842');
  for (const [id, status] of [['createTicket', '201'], ['decide', '200'], ['getUser', '200']]) {
    const operation = page.locator(`[data-operation=${id}]`);
    await operation.getByText('Try it out').click();
    await operation.getByRole('button', { name: 'Send' }).click();
    await operation.getByText('The tenant first-call has no user u-1842 yet.').waitFor();
    await operation.locator('.answer .status').getByText('404').waitFor();
    await look(page);
    await picture(page, `docs-offer-${id}`, `[data-operation=${id}]`);
    await operation.getByRole('button', { name: 'Create it, and send again' }).click();
    await operation.locator('.answer .status').getByText(status ?? '').waitFor();
    await first.call('DELETE', 'users/u-1842');
  }
  const login = JSON.parse(command('apikey', 'create', 'first-call', '--name', 'login', '--scope', 'login', '--output', 'json')).api_key;
  await page.locator('#key').fill(login);
  const ticket = page.locator('[data-operation=createTicket]');
  await ticket.getByRole('button', { name: 'Send' }).click();
  await ticket.getByRole('button', { name: 'Create it, and send again' }).click();
  await ticket.locator('.answer').getByText('scope_missing').or(ticket.locator('.answer .status').getByText('403')).first().waitFor();
  const factor = page.locator('[data-operation=removeFactor]');
  await first.put('u-1842');
  await page.locator('#key').fill(first.key);
  await factor.getByText('Try it out').click();
  const asked = page.waitForResponse(`${url}/v1/users/u-1842`);
  await factor.getByRole('button', { name: 'Send' }).click();
  await asked;
  await factor.locator('.answer .status').getByText('404').waitFor();
  equal(await factor.getByRole('button', { name: 'Create it' }).count(), 0);
  await leave(page);
});

test('a call that lacks what it needs is not sent, and one that nobody answers is said to be', async () => {
  const page = await visit({ width: 1280 });
  await page.goto(`${url}/docs/api#getUser`);
  const operation = page.locator('[data-operation=getUser]');
  await operation.getByText('Try it out').click();
  const user = operation.getByLabel('user_id');
  await user.fill(' ');
  await operation.getByRole('button', { name: 'Send' }).click();
  ok(await focused(user));
  await operation.getByLabel('Service key or ticket').fill('csk_demo_key');
  await user.fill('a/b c');
  await page.route('**/v1/users/a%2Fb%20c', (route) => route.abort());
  await operation.getByRole('button', { name: 'Send' }).click();
  await operation.getByText('No answer came.').waitFor();
  await page.context().close();
});

test('an address whose escapes are no text is such a page too', async () => {
  const page = await visit();
  equal((await page.goto(`${url}/docs/caf%E9`))?.status(), 404);
  await page.getByRole('main').getByRole('button', { name: 'Search for “caf E9”' }).waitFor();
  await page.getByRole('button', { name: /^Search/ }).first().waitFor();
  await leave(page);
});

test('an address that leads nowhere is a page, with the search and all pages, at every depth', async (context) => {
  for (const base of [url, await below(context, '/sub/path')]) {
    for (const [path, width, dark] of /** @type {const} */ ([['remember-browsers.md', 1280, true], ['old/guide/quick_start/', 390, false], ['<b>', 320, true]])) {
      const page = await visit({ width, dark });
      equal((await page.goto(`${base}/docs/${path}`))?.status(), 404);
      const words = { 1280: 'remember browsers', 390: 'quick start', 320: 'b' }[width];
      const button = page.getByRole('main').getByRole('button', { name: `Search for “${words}”` });
      await button.waitFor();
      await look(page);
      await picture(page, `docs-nowhere-${width}`, 'body');
      await button.focus();
      await page.keyboard.press('Enter');
      equal(await page.getByRole('searchbox').inputValue(), words);
      if (width === 1280) {
        await page.getByRole('link', { name: /^Remember a browser/ }).first().waitFor();
        await look(page);
      }
      await page.keyboard.press('Escape');
      await page.getByRole('main').getByRole('link', { name: /^Quickstart/ }).click();
      await page.waitForURL(`${base}/docs/quickstart`);
      await page.context().close();
    }
  }
});

test('without scripts everything is there to be read', async () => {
  const page = await visit();
  const plain = await /** @type {import('playwright-core').Browser} */ (page.context().browser()).newContext({ javaScriptEnabled: false });
  await page.context().close();
  const read = await plain.newPage();
  await read.goto(`${url}/docs`);
  await read.locator('.pages').getByRole('link', { name: 'HTTP API' }).click();
  await read.getByRole('heading', { name: 'A login in two calls' }).waitFor();
  await read.locator('[data-operation=verify]').getByText('Answers').click();
  await read.locator('[data-operation=verify]').getByText('The second factor was proven.').waitFor();
  await plain.close();
});
