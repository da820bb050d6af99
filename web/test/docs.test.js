// Every block of code in docs/components.md runs as it stands, with the service's address in the place of the example's.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { finish, visit } from './browser.js';
import { below } from './proxy.js';
import { Tenant, command, url } from './service.js';

const guide = readFileSync(new URL('../../docs/components.md', import.meta.url), 'utf8').replaceAll('https://2fa.example.com', url);
const blocks = Array.from(guide.matchAll(/^```(\w+)\n([^]*?)^```$/gm), ([, language, body]) => ({ language, body, ran: false }));

/** The next block of a language that did not run yet. @param {string} language */
function take(language) {
  const block = blocks.find((one) => one.language === language && !one.ran);
  ok(block, `there is no further block of ${language}`);
  block.ran = true;
  return block.body;
}

/** A page of the guide with what it asks its own backend for. @param {Record<string, { type?: string, body: string, headers?: Record<string, string> }>} files */
async function serve(files) {
  const page = await visit();
  for (const [path, { type = 'text/html', body, headers }] of Object.entries(files)) {
    await page.route(`${url}${path}`, (route) => route.fulfill({ contentType: type, body, headers }));
  }
  return page;
}

const tenant = Tenant.demo;
const ana = await tenant.enrolled('u-ana');

const welcome = { body: '<!doctype html><html lang="en"><title>In</title><main><h1>Welcome</h1></main>' };

/** A page as the guide has it, with what every page has around a screen. @param {string} html */
const around = (html) => html.replace('<countersign', '<main><h1>Log in</h1><countersign').replace('</countersign-challenge>', '</countersign-challenge></main>');

test('the login page logs in by one tag, and by itself, under the policy that is said to be enough', async () => {
  const headers = { 'Content-Security-Policy': take('text').trim() };
  const granted = { outcome: 'challenge', user_id: 'u-ana', ticket: await tenant.ticket('u-ana', 'login') };
  for (const [files, proof, token] of /** @type {const} */ ([
    [{ '/login/ticket': { type: 'application/json', body: JSON.stringify(granted) } }, '/login/second-step', 'Step-Up-Token'],
    [{ '/my/ticket': { type: 'text/plain', body: granted.ticket } }, '/my/proof', ''],
  ])) {
    /** @type {Parameters<typeof serve>[0]} */
    const script = token ? {} : { '/login.js': { type: 'text/javascript', body: take('js') } };
    /** @type {Parameters<typeof serve>[0]} */
    const given = files;
    const page = await serve({
      '/login': { body: around(take('html')), headers }, ...script, ...given, [proof]: { body: '{}', type: 'application/json' }, '/': welcome,
    });
    await page.goto(`${url}/login`);
    if (!token) { // a proof that is refused leads to another login
      await page.route(url + proof, (route) => route.fulfill({ status: 403 }), { times: 1 });
      const again = page.waitForEvent('load');
      await page.getByLabel('Six-digit code').fill(await ana.fresh());
      await again;
    }
    const brought = page.waitForRequest(url + proof);
    await page.getByLabel('Six-digit code').fill(await ana.fresh());
    const request = await brought;
    const claims = await tenant.call('POST', 'tokens/consume', { token: token ? await request.headerValue(token) : request.postData() });
    equal(claims.sub, 'u-ana');
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await finish(page);
  }
});

test('colours, fonts and parts are styled from outside', async () => {
  const page = await serve({ '/styled': { body: `<!doctype html><html lang="en"><title>Log in</title><link rel="stylesheet" href="/styled.css">
<script type="module" src="/ui/challenge.js"></script><main><h1>Log in</h1>
<countersign-challenge user-id="u-ana" ticket="${await tenant.ticket('u-ana', 'login')}"></countersign-challenge></main>` },
  '/styled.css': { type: 'text/css', body: take('css') } });
  await page.goto(`${url}/styled`);
  const look = (/** @type {import('playwright-core').Locator} */ of, /** @type {string} */ property) =>
    of.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  await page.getByLabel('Six-digit code').waitFor();
  equal(await look(page.getByRole('button', { name: 'Log in', exact: true }), 'background-color'), 'rgb(0, 105, 92)');
  equal(await look(page.getByRole('heading', { name: 'Enter your code' }), 'text-align'), 'center');
  equal(await look(page.locator('[part=card]'), 'border-radius'), '6px');
  await finish(page);
});

test('another language is a table of texts', async () => {
  const page = await serve({
    '/french': { body: `<!doctype html><html lang="fr"><title>Connexion</title><script type="module" src="/french.js"></script><main><h1>Connexion</h1>
<countersign-challenge user-id="u-ana" ticket="${await tenant.ticket('u-ana', 'login')}"></countersign-challenge></main>` },
    '/french.js': { type: 'text/javascript', body: `${take('js')}\nawait import('/ui/challenge.js');` },
  });
  await page.goto(`${url}/french`);
  await page.getByRole('heading', { name: 'Saisissez votre code' }).waitFor();
  await page.getByLabel('Six-digit code').fill('1234');
  await page.keyboard.press('Enter');
  await page.getByText('Il manque 2 chiffres.').waitFor();
  await finish(page);
});

test('hashes from integrity.json hold the files, those that are fetched later too', async () => {
  const hashes = await (await fetch(`${url}/ui/integrity.json`)).json();
  const tag = ['strings/de.js', 'enroll.js'].reduce((text, name) => text.replace(`${name}": "sha384-..."`, `${name}": "${hashes[name]}"`), take('html'))
    .replace('integrity="sha384-..."', `integrity="${hashes['challenge.js']}"`);
  ok(!tag.includes('...'));
  const ticket = await tenant.ticket('u-ana', 'login');
  for (const [path, forged, heading] of /** @type {const} */ ([
    ['/held', '', 'Code eingeben'], ['/forged', 'strings/de.js', 'Enter your code'], ['/none', 'challenge.js', ''],
  ])) {
    const page = await serve({ [path]: { body: `<!doctype html><html lang="de"><title>Anmelden</title>${tag.replaceAll(hashes[forged] ?? 'none', hashes['policy.js'])}
<countersign-challenge user-id="u-ana" ticket="${ticket}"></countersign-challenge>` } });
    const refused = forged ? page.waitForEvent('console', (message) => /integrity/.test(message.text())) : null;
    await page.goto(url + path);
    await refused;
    if (heading) await page.getByRole('heading', { name: heading }).waitFor();
    equal(await page.evaluate(() => Boolean(customElements.get('countersign-challenge'))), Boolean(heading));
    await page.context().close();
  }
});

test('the JavaScript of the quickstart logs in, and shows a QR code', async () => {
  const text = readFileSync(new URL('../../docs/quickstart.md', import.meta.url), 'utf8').replaceAll('https://2fa.example.com', url);
  const page = await serve({
    '/quick': { body: '<!doctype html><html lang="en"><title>Log in</title><script src="/quick.js"></script><main><h1>Log in</h1><img alt="QR code"></main>' },
    '/quick.js': { type: 'text/javascript', body: /^```js\n([^]*?)^```$/m.exec(text)?.[1] ?? '' },
    '/login/second-step': { body: '' },
    '/': { body: '<!doctype html><html lang="en"><title>Home</title>' },
  });
  await page.goto(`${url}/quick`);
  const login = (/** @type {string} */ ticket, /** @type {string} */ code) =>
    page.evaluate((given) => /** @type {any} */ (window).finishLogin(given[0], 'u-ana', given[1]), [ticket, code]);
  const ticket = await tenant.ticket('u-ana', 'login');
  equal(await login(ticket, await ana.wrong()), 'That code is not right. Wait for the next one.');
  const brought = page.waitForRequest(`${url}/login/second-step`);
  login(ticket, await ana.fresh()).catch(() => {}); // it leaves the page
  equal((await tenant.call('POST', 'tokens/consume', { token: (await brought).headers()['step-up-token'] })).sub, 'u-ana');
  await page.waitForURL(`${url}/`);
  await page.goto(`${url}/quick`);
  await tenant.put('u-quick');
  const shown = await page.evaluate(async (account) => {
    const image = /** @type {HTMLImageElement} */ (document.querySelector('img'));
    const factor = await /** @type {any} */ (window).showQRCode(account, 'u-quick', image);
    await image.decode();
    return factor;
  }, await tenant.ticket('u-quick', 'account'));
  ok(shown.startsWith('fct_'));
  await finish(page);
});

test('the command lets another origin in', () => {
  Tenant.create('acme');
  const words = take('console').trim().replace(/^\$ bin\/countersign /, '').split(' ');
  deepEqual(words.slice(0, 3), ['tenant', 'update', 'acme']);
  command(...words);
  ok(command('tenant', 'list').split('\n').some((line) => line.startsWith('acme ') && line.includes('https://app.example.com')));
});

test('below the path of a proxy the screens call the service there', async (context) => {
  const base = await below(context, '/sub/path');
  const page = await visit();
  await page.route(`${base}/host`, async (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><html lang="en">
<title>Log in</title><script type="module" src="ui/challenge.js"></script><main><h1>Log in</h1>
<countersign-challenge user-id="u-ana" ticket="${await tenant.ticket('u-ana', 'login')}"></countersign-challenge></main>` }));
  await page.goto(`${base}/host`);
  const verified = page.waitForResponse(`${base}/v1/users/u-ana/verify`);
  await page.getByLabel('Six-digit code').fill(await ana.fresh());
  equal((await verified).status(), 200);
  await page.context().close();
});

test('no block is left that did not run', () => {
  deepEqual(blocks.filter((block) => !block.ran).map((block) => block.body), []);
});
