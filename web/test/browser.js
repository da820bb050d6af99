// Pages of a host that keeps a strict Content Security Policy and loads the screens from the service.
import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { url } from './service.js';

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
];
export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: flags });

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
  + "require-trusted-types-for 'script'";
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const page = (/** @type {string} */ tag, /** @type {string} */ attributes, /** @type {string} */ lang) => `<!doctype html>
<html lang="${lang}"><meta charset="utf-8"><title>Log in</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/host.css"><script type="module" src="/ui/${tag.replace('countersign-', '')}.js"></script>
<main><h1>Acme</h1><${tag} ${attributes}></${tag}></main></html>`;

const css = `:root { color-scheme: light dark; } body { margin: 0; background: light-dark(#eef0f4, #0e1014); color: light-dark(#1b1f27, #e9ebf0); }
main { padding: 1rem; display: grid; justify-items: center; gap: 1rem; } h1 { font: 600 1rem Inter, sans-serif; margin: 0; }
main > * { --countersign-font: 400 1rem/1.5 Inter, system-ui, sans-serif; }`;

/**
 * @typedef {object} Options
 * @property {string} userId
 * @property {string} [ticket]
 * @property {string} [attributes]
 * @property {string} [lang]
 * @property {boolean} [dark]
 * @property {number} [width]
 * @property {number} [height]
 * @property {boolean} [mobile]
 * @property {string} [zone] the time zone
 * @property {boolean} [clock] whether the page's time can be set forward
 * @property {string} [base] where the service is for the browser
 * @property {Visit} [page] one that is open already
 */

/** @typedef {import('playwright-core').Page & { complaints: string[] }} Visit a page with what its console complained of */
/** @typedef {Visit & { screen: import('playwright-core').Locator }} HostPage */

/**
 * Opens an empty page in a browser of its own, or in another tab of one.
 *
 * @param {Partial<Options>} [options]
 * @param {import('playwright-core').BrowserContext} [context]
 * @returns {Promise<Visit>}
 */
export async function visit(options = {}, context) {
  const { lang = 'en', dark = false, width = 520, height = 760, mobile = false, clock = false, zone = 'Europe/Berlin' } = options;
  context ??= await browser.newContext({
    viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: lang, timezoneId: zone, acceptDownloads: true,
    deviceScaleFactor: process.env.PICTURES ? 2 : 1, reducedMotion: 'reduce', hasTouch: mobile, isMobile: mobile,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(60_000); // two suites may share a slow machine
  const page = await context.newPage();
  const complaints = /** @type {string[]} */ ([]);
  page.on('console', (message) => {
    const refusal = /Failed to load resource/.test(message.text()); // a wrong code is one
    if (message.type() === 'error' && !refusal) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (clock) await page.clock.install();
  return Object.assign(page, { complaints });
}

/**
 * Opens a page with one screen on it.
 *
 * @param {string} tag
 * @param {Options} options
 * @returns {Promise<HostPage>}
 */
export async function open(tag, options) {
  const { userId, ticket, attributes = '', lang = 'en', base = url } = options;
  const opened = options.page ?? await visit(options);
  await opened.route(`${base}/host.css`, (route) => route.fulfill({ contentType: 'text/css', body: css }));
  await opened.route(`${base}/host`, (route) => route.fulfill({
    contentType: 'text/html', headers: { 'Content-Security-Policy': policy }, body: page(tag, `user-id="${userId}" ${attributes}`, lang),
  }));
  await opened.goto(`${base}/host`);
  const screen = opened.locator(tag);
  await screen.evaluate((element, given) => {
    const log = /** @type {any} */ (window).told = /** @type {any[]} */ ([]);
    for (const name of ['verified', 'confirmed', 'enrolled', 'disabled', 'policy-changed', 'problem', 'restart', 'changed', 'finished', 'refused']) {
      element.addEventListener(name, (event) => log.push({ name, detail: /** @type {CustomEvent} */ (event).detail }));
    }
    if (given) /** @type {any} */ (element).ticket = given;
  }, ticket);
  return Object.assign(opened, { screen });
}

/** What a screen told its page. @param {import('playwright-core').Page} from @param {string} name @returns {Promise<any[]>} */
export const told = (from, name) => from.evaluate((wanted) => /** @type {any} */ (window).told
  .filter((/** @type {any} */ event) => event.name === wanted).map((/** @type {any} */ event) => event.detail), name);

/** What the proofs that a page asks for are bound to, as they are sent. @param {import('playwright-core').Page} from */
export function actionsOf(from) {
  const actions = /** @type {string[]} */ ([]);
  from.on('request', (request) => { if (request.url().endsWith('/verify')) actions.push(request.postDataJSON().action); });
  return actions;
}

/** Whether a field or a button has the focus. @param {import('playwright-core').Locator} of @returns {Promise<boolean>} */
export const focused = (of) => of.evaluate((element) => element.matches(':focus'));

/** Whatever an accessibility checker finds wrong, WCAG 2.2 AA. @param {import('playwright-core').Page} of @returns {Promise<string[]>} */
export async function violations(of) {
  await of.evaluate(axe);
  return of.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const found = await /** @type {any} */ (window).axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return found.violations.flatMap((/** @type {any} */ violation) =>
      violation.nodes.map((/** @type {any} */ node) => `${violation.id}: ${node.target.flat().join(' ')} ${node.failureSummary}`));
  });
}

/**
 * Looks a page over: nothing ran against the policy, nothing scrolls sideways, and no rule of accessibility is broken.
 *
 * @param {Visit} opened
 */
export async function inspect(opened) {
  deepEqual(opened.complaints, []);
  deepEqual(await violations(opened), []);
  const beyond = await opened.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  equal(beyond, 0, 'the page scrolls sideways');
}

/** Ends a test with a last look at its page. @param {Visit} opened */
export async function finish(opened) {
  await inspect(opened);
  await opened.context().close();
}

/**
 * Keeps a picture, when a folder for pictures is named.
 *
 * @param {import('playwright-core').Page} of
 * @param {string} name
 * @param {string} [part] what of the page
 */
export async function picture(of, name, part = 'main') {
  const folder = process.env.PICTURES;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await of.locator(part).screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

/** Takes the app, where there is a choice. @param {import('playwright-core').Page} page */
export async function takeApp(page) {
  const app = page.getByRole('button', { name: /^Authenticator[ -]app/i });
  const code = page.getByRole('img', { name: 'QR code' });
  await app.or(code).waitFor();
  if (await app.isVisible()) await app.click();
  await code.waitFor();
}

/** What a camera in front of the QR code on the screen reads. @param {import('playwright-core').Page} page */
export async function scan(page) {
  await takeApp(page);
  const file = join(tmpdir(), `countersign-qr-${process.pid}.png`);
  await page.getByRole('img', { name: 'QR code' }).screenshot({ path: file });
  return new URL(execFileSync('zbarimg', ['--quiet', '--raw', '--nodbus', file], { encoding: 'utf8' }).trim());
}
