// The service itself, as it is built and run: COUNTERSIGN_TEST_BINARY, else built from the surrounding repository.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createCountersign } from '@countersign/client';
import { createVerifier } from '@countersign/client/stepup';

const folder = mkdtempSync(join(tmpdir(), 'countersign-client-'));
const named = process.env['COUNTERSIGN_TEST_BINARY'];
const binary = named ? resolve(named) : join(folder, 'countersign');
if (!named) {
  const root = new URL('../../..', import.meta.url).pathname;
  execFileSync('go', ['build', '-o', binary, './cmd/countersign'], { cwd: root, stdio: 'inherit', env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' } });
}
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** What tokens name; the service listens elsewhere. */
export const issuer = 'https://2fa.example.com';

/** A service that runs on SQLite. */
export class Site {
  #dir = mkdtempSync(join(folder, 'site-'));
  #environment;
  #process;
  url = '';

  /** @param {string} names what tokens name @param {Record<string, string>} [settings] */
  constructor(names, settings) {
    this.#environment = { ...settings, PATH: process.env['PATH'], HOME: this.#dir, COUNTERSIGN_ADDR: '127.0.0.1:0', COUNTERSIGN_ISSUER: names, COUNTERSIGN_SHUTDOWN_DELAY: '0s' };
    this.#process = spawn(binary, ['serve'], { cwd: this.#dir, env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Starts one and waits until it is ready. @param {import('node:test').TestContext} t it ends with the test @param {string} [names] @param {Record<string, string>} [settings] */
  static async start(t, names = issuer, settings = {}) {
    const site = new Site(names, settings);
    t.after(() => site.stop());
    site.url = `http://${await site.#address()}`;
    await eventually(async () => { if (!(await fetch(`${site.url}/readyz`)).ok) throw new Error('not ready'); });
    return site;
  }

  /** @returns {Promise<string>} */
  #address() {
    return new Promise((found, reject) => {
      let log = '';
      this.#process.on('exit', (code) => reject(new Error(`the service ended with ${code}:\n${log}`)));
      for (const input of [this.#process.stdout, this.#process.stderr]) {
        createInterface({ input }).on('line', (line) => {
          log += `${line}\n`;
          const address = /"msg":"serving","addr":"([^"]+)"/.exec(line)?.[1];
          if (address) found(address);
        });
      }
    });
  }

  /** Ends it at once, as a machine that loses power does. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** Carries out a command beside the running service. @param {...string} words */
  run(...words) {
    return execFileSync(binary, words, { cwd: this.#dir, env: this.#environment, encoding: 'utf8' });
  }

  /** Carries out a command while this process goes on answering. @param {...string} words */
  async runAside(...words) {
    return (await promisify(execFile)(binary, words, { cwd: this.#dir, env: this.#environment })).stdout;
  }

  /** Makes a tenant and returns a client with its service key. @param {string} name @param {...string} flags */
  tenant(name, ...flags) {
    return this.client(this.serviceKey(name, ...flags));
  }

  /** @param {string} name @param {...string} flags @returns {string} */
  serviceKey(name, ...flags) {
    return JSON.parse(this.run('tenant', 'create', name, '--output', 'json', ...flags)).api_key;
  }

  /** @param {import('@countersign/client').Credential} credential @param {Partial<import('@countersign/client').CountersignOptions>} [options] */
  client(credential, options) {
    return createCountersign({ baseUrl: this.url, credential, ...options });
  }

  /** Believes the tokens of one tenant. @param {Omit<import('@countersign/client/stepup').VerifierOptions, 'issuer'>} options */
  verifier(options) {
    return createVerifier({ issuer, baseUrl: this.url, ...options });
  }
}

/** Tries until there is no error, for as long as a slow machine may take. @param {() => Promise<void>} attempt */
export async function eventually(attempt) {
  for (const deadline = Date.now() + 60_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
