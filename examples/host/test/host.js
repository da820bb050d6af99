// The host itself, in front of the real service, with a tenant of its own whose clock the tests set forward.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scan, visit } from '../../../web/test/browser.js';
import { Phone, Tenant, command, folder, launch, root, url } from '../../../web/test/service.js';

/** @typedef {import('../../../web/test/browser.js').Visit} Visit */
/** @typedef {Partial<import('../../../web/test/browser.js').Options>} Options */

export const binary = process.env.HOST_BINARY || join(folder, 'host'); // one that is built already, where it is named
if (!process.env.HOST_BINARY) {
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: join(root, 'examples/host'), stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0' } });
}

export const PASSWORD = 'correct horse';

/** Who there is, by the name they log in with. */
export const ids = { olga: 'u-1', ada: 'u-2', uma: 'u-3', ben: 'u-4', mia: 'u-5', lea: 'u-6', sam: 'u-7', ivo: 'u-8' };

/** @typedef {keyof ids} Name */
/** @typedef {Phone & { id: string, codes: string[] }} OwnPhone */

export class Host {
  /** @type {Host[]} */ static #all = [];

  /** @param {Tenant} tenant @param {string} address @param {() => Promise<void>} end */
  constructor(tenant, address, end) {
    this.tenant = tenant;
    this.address = address;
    this.end = end;
    Host.#all.push(this);
  }

  /** Starts a host with a tenant. @param {string} name @param {'server' | 'saas'} [edition] @param {...string} more words of its command line */
  static async start(name, edition = 'server', ...more) {
    const tenant = Tenant.create(name, '--edition', edition, '--rp-id', 'localhost');
    const keys = join(folder, name);
    mkdirSync(keys);
    for (const scope of ['login', 'admin', 'directory']) {
      const made = JSON.parse(command('apikey', 'create', name, '--name', scope, '--scope', scope, '--output', 'json'));
      writeFileSync(join(keys, `${scope}.key`), made.api_key);
    }
    const words = ['-addr', '127.0.0.1:0', '-countersign', url, '-tenant', name, '-edition', edition, '-sandbox', '-keys', keys, ...more];
    const { address, end } = await launch(binary, words, /listening at (\S+)/);
    await tenant.letIn(name, address);
    return new Host(tenant, address, end);
  }

  static async endAll() {
    for (const host of Host.#all) await host.end();
  }

  /** Gives somebody a phone, without a browser. @param {Name} name @returns {Promise<OwnPhone>} */
  enroll(name) { return this.tenant.enroll(ids[name]); }

  /** A browser at one of the pages. @param {string} [path] @param {Options} [options] */
  async open(path = '/login', options = {}) {
    const page = await visit({ width: 1000, height: 900, ...options });
    await page.goto(this.address + path);
    return page;
  }

  /** A browser in which somebody has typed name and password. @param {Name} name @param {Options} [options] */
  async password(name, options) {
    const page = await this.open('/login', options);
    await typePassword(page, name);
    return page;
  }

  /** A browser in which somebody is logged in, with a code where there is a phone. @param {Name} name @param {Phone} [phone] @param {Options} [options] */
  async login(name, phone, options) {
    const page = await this.password(name, options);
    if (phone) await page.getByLabel('Six-digit code').fill(await phone.fresh());
    await page.getByRole('heading', { name: 'Payments' }).waitFor();
    return page;
  }
}

/** @param {import('playwright-core').Page} page @param {string} name */
export async function typePassword(page, name, password = PASSWORD) {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: /Log in|Continue/ }).click();
}

/** @param {import('playwright-core').Page} page */
export async function logout(page) {
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
}

/**
 * Sets an app up as a person does: scans the code on the screen, types two codes in a row and downloads the recovery codes.
 *
 * @param {Visit} page
 * @param {Tenant} tenant
 */
export async function setUp(page, tenant) {
  const uri = await scan(page);
  const phone = new Phone(tenant, uri.searchParams.get('secret') ?? '');
  const [first, next] = await phone.pair();
  await page.getByLabel('First code').fill(first);
  await page.getByLabel('Next code').fill(next);
  const list = page.getByRole('list', { name: 'Your recovery codes' }).getByRole('listitem');
  await list.first().waitFor();
  const codes = await list.allTextContents();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  await page.getByRole('button', { name: 'I have saved them' }).click();
  return Object.assign(phone, { codes, uri, file: await download.path() });
}

/** Sets a passkey up as a person does, in a browser that has a key. @param {Visit} page */
export async function setUpPasskey(page) {
  await page.getByRole('button', { name: /^Passkey/ }).click();
  await page.getByRole('button', { name: 'Create passkey' }).click();
  await page.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
}
