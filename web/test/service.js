// The real service: built, started in development mode on a free port, and spoken to as a host's backend would.
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = new URL('../..', import.meta.url).pathname;
export const folder = mkdtempSync(join(tmpdir(), 'countersign-web-'));
export const binary = process.env.BINARY || join(folder, 'countersign'); // one that is built already, where it is named
const environment = { PATH: process.env.PATH, HOME: process.env.HOME, COUNTERSIGN_ADDR: '127.0.0.1:0', COUNTERSIGN_SHUTDOWN_DELAY: '0s' };

if (!process.env.BINARY) {
  execFileSync('go', ['generate', './web'], { cwd: root, stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0' } });
  execFileSync('go', ['build', '-o', binary, './cmd/countersign'], { cwd: root, stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0' } });
}
/**
 * Starts a program and waits for the line in which it says where it is.
 *
 * @param {string} program @param {string[]} words @param {RegExp} announcement with the address as its first group
 * @param {NodeJS.ProcessEnv} [env]
 */
export async function launch(program, words, announcement, env = environment) {
  const child = spawn(program, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  /** @type {string} */
  const address = await new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = announcement.exec(line)?.[1];
      if (found) resolve(found);
    });
  });
  const ended = once(child, 'exit');
  return { address, end: async (/** @type {NodeJS.Signals} */ signal = 'SIGTERM') => { child.kill(signal); await ended; } };
}

const announcement = /running in development mode at (\S+)/;
let service = await launch(binary, ['serve', '--dev'], announcement);

export const url = service.address;

/** Ends the service, so that nobody answers. */
export const pause = () => service.end();

/** Brings it back, at the same address and with what it knew. */
export async function resume() {
  service = await launch(binary, ['serve', '--dev'], announcement, { ...environment, COUNTERSIGN_ADDR: new URL(url).host });
}

export async function stop() {
  await service.end();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the command line beside the running service. @param {...string} words */
export const command = (...words) => execFileSync(binary, words, { cwd: folder, env: environment, encoding: 'utf8' });

/** How a device computes codes. @typedef {{ algorithm: string, digits: number, period: number }} Parameters */

/** A common hardware token. @type {Parameters} */
export const TOKEN = { algorithm: 'SHA256', digits: 8, period: 60 };

/**
 * Imports a factor of other parameters, and returns its secret.
 *
 * @param {string} tenant @param {string} user @param {Parameters} device
 */
function imported(tenant, user, { algorithm, digits, period }) {
  const secret = Array.from({ length: 32 }, () => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[randomInt(32)]).join('');
  const input = `user_id,secret,algorithm,digits,period_seconds,name\n${user},${secret},${algorithm},${digits},${period},Imported\n`;
  const words = ['factors', 'import', '-', '--tenant', tenant, '--from', 'csv', '--user-key', 'id'];
  execFileSync(binary, words, { cwd: folder, env: environment, input, stdio: ['pipe', 'ignore', 'inherit'] });
  return secret;
}

/** A tenant as its host's backend sees it. */
export class Tenant {
  /** @param {string} key @param {string} name */
  constructor(key, name) {
    this.key = key;
    this.name = name;
  }

  static demo = new Tenant(readFileSync(join(folder, 'data/demo.key'), 'utf8').trim(), 'demo');

  /** @param {string} name @param {...string} options */
  static create(name, ...options) {
    return new Tenant(JSON.parse(command('tenant', 'create', name, '--sandbox', '--output', 'json', ...options)).api_key, name);
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {Record<string, string>} [headers] @returns {Promise<any>} */
  async call(method, path, body, headers = {}) {
    const response = await fetch(`${url}/v1/${path}`, {
      method, body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${this.key}`, 'Content-Type': 'application/json', ...headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
    return text && JSON.parse(text);
  }

  /**
   * Lets pages of an origin call, and waits until the service has heard: it reads a tenant once in a second. Pages of this machine may
   * call in any case, and make no passkeys before that, so that another origin is let in with it and asked after.
   *
   * @param {string} name @param {string} origin
   */
  async letIn(name, origin) {
    const other = 'https://localhost:8443';
    command('tenant', 'update', name, '--origin', origin, '--origin', other);
    const heard = async () => {
      const answers = await Promise.all([
        fetch(`${url}/v1/policy`, { method: 'OPTIONS', headers: { Origin: other, 'Access-Control-Request-Method': 'GET' } }),
        fetch(`${url}/v1/policy`, { headers: { Origin: other, Authorization: `Bearer ${this.key}` } }),
      ]);
      return answers.every((answer) => answer.headers.get('Access-Control-Allow-Origin') === other);
    };
    for (const end = Date.now() + 10_000; !await heard();) {
      if (Date.now() > end) throw new Error(`${origin} is not let in`);
    }
  }

  /** What names the state of something that is to be changed. @param {string} path */
  async etag(path) {
    const response = await fetch(`${url}/v1/${path}`, { headers: { Authorization: `Bearer ${this.key}` } });
    return response.headers.get('ETag') ?? '';
  }

  /** @param {string} id @param {object} [more] */
  put(id, more = {}) {
    const user = { username: `${id}@example.com`, display_name: '', auth_source: 'local', role: 'member', active: true };
    return this.call('PUT', `users/${id}`, { ...user, ...more });
  }

  /** @param {string} id @param {string} purpose @param {string} [session] @returns {Promise<string>} */
  async ticket(id, purpose, session = 's-1') {
    return (await this.call('POST', `users/${id}/tickets`, { purpose, session_id: session, first_factor: ['pwd'] })).ticket;
  }

  /** Sets the clock forward, and tells the time. @param {number} [seconds] */
  async time(seconds = 0) {
    const { now } = await this.call('POST', 'sandbox/clock', { advance_seconds: seconds });
    return Math.floor(Date.parse(now) / 1000);
  }

  /** A user with a device. @param {string} id @param {object} [more] */
  async enrolled(id, more) {
    await this.put(id, more);
    return this.enroll(id);
  }

  /** Gives a user who is there a device. @param {string} id */
  async enroll(id) {
    const begun = await this.call('POST', `users/${id}/factors`, { type: 'totp', name: 'Work phone' });
    const phone = new Phone(this, begun.totp.secret);
    const pair = await phone.pair();
    const { recovery_codes: codes } = await this.call('POST', `users/${id}/factors/${begun.factor_id}/confirm`, { codes: pair });
    return Object.assign(phone, { id, codes: /** @type {string[]} */ (codes) });
  }

  /** Imports a device of other parameters for a user who has none. @param {string} id @param {Parameters} [device] */
  async brings(id, device = TOKEN) {
    await this.put(id);
    const secret = imported(this.name, id, device);
    const { factors: [factor] } = await this.call('GET', `users/${id}/factors`);
    return Object.assign(new Phone(this, secret, device), { id, factor: /** @type {string} */ (factor.factor_id) });
  }

  /** Gives somebody one more device. @param {Phone & { id: string }} phone @param {string} name */
  async further(phone, name) {
    const begun = await this.call('POST', `users/${phone.id}/factors`, { type: 'totp', name }, { 'Step-Up-Token': await this.stepUp(phone) });
    const other = new Phone(this, begun.totp.secret);
    await this.call('POST', `users/${phone.id}/factors/${begun.factor_id}/confirm`, { codes: await other.pair() });
    return other;
  }

  /** A fresh proof of somebody for the service's own routes. @param {Phone & { id: string }} phone */
  async stepUp(phone) {
    const code = await phone.fresh();
    return (await this.call('POST', `users/${phone.id}/verify`, { code, audience: 'countersign' })).step_up_token;
  }
}

/** An authenticator app, or a hardware token: oathtool, which knows nothing of the service but the secret. */
export class Phone {
  /** @param {Tenant} tenant @param {string} secret @param {Parameters} [parameters] */
  constructor(tenant, secret, { algorithm, digits, period } = { algorithm: 'SHA1', digits: 6, period: 30 }) {
    this.tenant = tenant;
    this.secret = secret;
    this.period = period;
    this.flags = [`--totp=${algorithm}`, '--base32', `--digits=${digits}`, `--time-step-size=${period}s`];
    this.wrongs = ['0', '1', '2', '3', '4', '5'].map((digit) => digit.repeat(digits));
  }

  /** What it shows some steps from now. @param {number} step */
  async code(step) { return this.at(await this.tenant.time() + step * this.period); }

  /** Two codes in a row, the first of them some steps from now: the time is read once. */
  async pair(step = -1) {
    return this.row(step, 2);
  }

  /** What it shows from now on, one code after the other, if its clock is fast by some steps. @param {number} step @param {number} count */
  async row(step, count) {
    const first = await this.tenant.time() + step * this.period;
    return Array.from({ length: count }, (_, i) => this.at(first + i * this.period));
  }

  /** What it shows at a time. @param {number} seconds */
  at(seconds) {
    return execFileSync('oathtool', [...this.flags, '--now', `@${seconds}`, this.secret], { encoding: 'utf8' }).trim();
  }

  /** Waits for a code that was never used. */
  async fresh() {
    await this.tenant.time(Math.max(60, this.period));
    return this.code(0);
  }

  /** A code that is none of those that count. */
  async wrong() {
    const right = await Promise.all([-2, -1, 0, 1, 2].map((step) => this.code(step)));
    return this.wrongs.find((code) => !right.includes(code)) ?? '';
  }
}
