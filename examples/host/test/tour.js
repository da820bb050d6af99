// What a person has who walks the tour without a phone: a page of the host, and another one with everybody's codes.
import { takeApp, visit } from '../../../web/test/browser.js';
import { Host } from './host.js';

const cloud = await Host.start('tour-cloud', 'saas', '-tour');
export const host = await Host.start('tour', 'server', '-tour', '-other', cloud.address);
export const page = await visit({ width: 1000, height: 900 });
export const app = await visit({ width: 1000, height: 900 }); // the codes, in a window that does not cover the page
export const saved = /** @type {Record<string, string[]>} */ ({});
export const opened = /** @type {Set<string>} */ (new Set());

export const main = page.locator('main > :not(.tour-step)'); // the host's own page, without what the tour says of it
export const text = (/** @type {string | RegExp} */ words) => main.getByText(words).first().waitFor();
export const heading = (/** @type {string} */ name) => page.getByRole('heading', { name }).first().waitFor();
export const press = (/** @type {string | RegExp} */ name) => page.getByRole('button', { name }).click();

/** Follows the button of a step. @param {string} id */
export async function go(id) {
  await page.goto(`${host.address}/tour`);
  const entry = page.locator(`li[id="${id}"]`);
  const away = entry.getByRole('link', { name: /^In the cloud/ });
  if (await away.count()) await away.click();
  await entry.getByRole('button', { name: /^Log in as/ }).or(entry.getByRole('link', { name: /^Open as/ })).click();
  opened.add(id);
}

/** What somebody's app shows, in the edition that is open. @param {string} name @returns {Promise<string[]>} */
export async function shown(name) {
  await app.goto(`${new URL(page.url()).origin}/tour/codes`);
  const row = app.locator(`[data-user=${name}]`);
  return [await row.locator('.now').innerText(), await row.locator('.next').innerText()];
}

/** Codes that were never used. @param {string} name */
export async function fresh(name) {
  await shown(name);
  const loaded = app.waitForEvent('load');
  await app.getByRole('button', { name: 'One minute later' }).click();
  await loaded;
  return shown(name);
}

/** @param {string} name */
export async function typeCode(name) {
  const [code] = await fresh(name);
  await page.getByLabel('Six-digit code').fill(code);
  return code;
}

/** @param {string[]} codes */
export async function typePair([first, next]) {
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
}

/** Sets an app up, as far as the recovery codes, which it returns. @param {string} name */
export async function setUp(name) {
  await takeApp(page);
  await typePair(await shown(name));
  const list = page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem');
  await list.first().waitFor();
  saved[name] = await list.allTextContents();
}

/** Keeps them, and returns the file. */
export async function save() {
  const [download] = await Promise.all([page.waitForEvent('download'), press('Download')]);
  await press('I have saved them');
  return download.path();
}

/** @param {string} code */
export async function recover(code) {
  await press('Log in with a recovery code');
  await page.getByLabel('Recovery code').fill(code);
  await page.keyboard.press('Enter');
}

/** Does what takes a reason and a code of one's own. @param {string} name of the button @param {string} who */
export async function act(name, who) {
  await press(name);
  await page.getByLabel('Reason').fill('Called back');
  await typeCode(who);
}

export const mandate = () => page.getByRole('switch', { name: 'Require two-step verification' }).click();
export const names = async () => (await page.getByRole('listitem').locator('strong').allTextContents()).sort();
