import { equal, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { browser, finish, open } from './browser.js';
import { Tenant, url } from './service.js';

/** Pages of another origin, by path. @param {Record<string, string>} pages @returns {Promise<import('node:http').Server>} */
async function host(pages) {
  const server = createServer((request, response) => {
    const body = pages[request.url ?? ''];
    response.writeHead(body ? 200 : 404, { 'Content-Type': 'text/html' }).end(body ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** @param {import('node:http').Server} server */
const originOf = (server) => `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;

test('a page of another origin loads the screens, holds them to their hashes and logs in', async () => {
  const integrity = await (await fetch(`${url}/ui/integrity.json`)).json();
  const entries = Object.entries(integrity).map(([path, hash]) => [`${url}/ui/${path}`, hash]);
  const page = (/** @type {object} */ hashes) => `<!doctype html><title>Log in</title>
<script type="importmap">${JSON.stringify({ integrity: hashes })}</script>
<script type="module" crossorigin src="${url}/ui/challenge.js" integrity="${integrity['challenge.js']}"></script>
<countersign-challenge user-id="afar" lang="de"></countersign-challenge>`;
  const right = Object.fromEntries(entries);
  const server = await host({
    '/': page(right), '/wrong': page(right).replace(/integrity="[^"]*"/, `integrity="${integrity['enroll.js']}"`),
  });
  await Tenant.demo.letIn('demo', originOf(server));
  const phone = await Tenant.demo.enrolled('afar');
  const ticket = await Tenant.demo.ticket('afar', 'login');

  const opened = await browser.newPage();
  await opened.goto(originOf(server));
  await opened.evaluate((given) => { /** @type {any} */ (document.querySelector('countersign-challenge')).ticket = given; }, ticket);
  await opened.getByLabel('Sechsstelliger Code').fill(await phone.fresh());
  await opened.getByText('Danke').waitFor();

  const refused = opened.waitForEvent('console', (message) => /integrity/.test(message.text()));
  await opened.goto(`${originOf(server)}/wrong`);
  await refused;
  equal(await opened.evaluate(() => customElements.get('countersign-challenge') === undefined), true);
  await opened.close();
  server.close();
  ok(entries.length > 5);
});

test('what a page sets before the screens are loaded is not lost', async () => {
  await Tenant.demo.enrolled('early');
  const ticket = await Tenant.demo.ticket('early', 'login');
  const page = await browser.newPage();
  const body = '<!doctype html><title>Log in</title><countersign-challenge></countersign-challenge>';
  await page.route(`${url}/early`, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(`${url}/early`);
  await page.evaluate(([given, module]) => {
    const screen = /** @type {any} */ (document.querySelector('countersign-challenge'));
    screen.userId = 'early';
    screen.getTicket = async () => given;
    return import(module);
  }, [ticket, '/ui/challenge.js']);
  await page.getByLabel('Six-digit code').waitFor();
  equal(await page.locator('countersign-challenge').getAttribute('user-id'), 'early');
  await page.close();
});

test('a screen is as dark as its page, unless it is told otherwise', async () => {
  await Tenant.demo.enrolled('night');
  const ticket = await Tenant.demo.ticket('night', 'login');
  const white = 'rgb(255, 255, 255)', black = 'rgb(23, 25, 31)';
  for (const [dark, theme, want] of /** @type {const} */ ([[false, '', white], [true, '', black], [false, 'dark', black], [true, 'light', white]])) {
    const page = await open('countersign-challenge', { userId: 'night', ticket, dark, attributes: theme && `theme="${theme}"` });
    await page.getByLabel('Six-digit code').waitFor();
    equal(await page.locator('[part=card]').evaluate((card) => getComputedStyle(card).backgroundColor), want);
    await finish(page);
  }
});
