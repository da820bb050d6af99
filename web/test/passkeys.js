// A tenant with an rp id, and browsers with an authenticator in software: Chromium's own, which knows nothing of the service.
import { open, visit } from './browser.js';
import { Tenant, url } from './service.js';

/** @typedef {import('./browser.js').Visit} Visit */
/** @typedef {Partial<import('./browser.js').Options>} Options */

/** The service where WebAuthn works without TLS: an address can be no rp id. */
export const site = url.replace('127.0.0.1', 'localhost');

/** @param {string} name @param {...string} options */
export const tenantWithPasskeys = (name, ...options) => Tenant.create(name, '--origin', site, '--rp-id', 'localhost', ...options);

/** What a browser finds its passkeys on. */
export class Key {
  /** @param {import('playwright-core').CDPSession} session @param {string} id */
  constructor(session, id) {
    this.session = session;
    this.authenticatorId = id;
  }

  /** Plugs one in. @param {Visit} page @param {object} [options] */
  static async into(page, options = {}) {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true, ...options,
    } });
    return new Key(session, authenticatorId);
  }

  /** @param {string} method @param {object} [more] @returns {Promise<any>} */
  send(method, more = {}) { return this.session.send(/** @type {any} */ (`WebAuthn.${method}`), { authenticatorId: this.authenticatorId, ...more }); }

  /** Pulls it out. */
  remove() { return this.send('removeVirtualAuthenticator'); }

  /** @returns {Promise<any[]>} */
  async credentials() { return (await this.send('getCredentials')).credentials; }
}

/** An empty page of the site, with a key. @param {Options} [options] @param {object} [kind] of key */
export async function withKey(options, kind) {
  const page = await visit(options);
  await page.goto(`${site}/healthz`);
  return { page, key: await Key.into(page, kind) };
}

/**
 * Makes a passkey as a host's own page would, without the screens.
 *
 * @param {Visit} page @param {Tenant} tenant @param {string} id @param {{ name?: string, stepUp?: string }} [options]
 */
export async function register(page, tenant, id, { name = 'Laptop', stepUp } = {}) {
  const begun = await tenant.call('POST', `users/${id}/factors`, { type: 'passkey', name }, stepUp ? { 'Step-Up-Token': stepUp } : {});
  const credential = await page.evaluate(async (options) => {
    const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    return /** @type {PublicKeyCredential} */ (made).toJSON();
  }, begun.passkey.creation_options);
  const { recovery_codes: codes } = await tenant.call('POST', `users/${id}/factors/${begun.factor_id}/confirm`, { passkey: { credential } });
  return { factor: begun.factor_id, codes: /** @type {string[]} */ (codes) };
}

/**
 * Demands a passkey of everybody, as an administrator with one in software does, who is there from then on.
 *
 * @param {Tenant} tenant
 */
export async function demandPasskeys(tenant) {
  await tenant.put('root', { role: 'admin' });
  const begun = await tenant.call('POST', 'users/root/factors', { type: 'passkey' });
  const { credential } = await tenant.call('POST', 'sandbox/users/root/passkey', { creation_options: begun.passkey.creation_options });
  await tenant.call('POST', `users/root/factors/${begun.factor_id}/confirm`, { passkey: { credential } });
  const prove = async () => {
    const { passkey } = await tenant.call('POST', 'users/root/verify/options', { audience: 'countersign' });
    const used = await tenant.call('POST', 'sandbox/users/root/passkey', { request_options: passkey.request_options });
    const proof = { audience: 'countersign', passkey: { state: passkey.state, credential: used.credential } };
    return { 'Step-Up-Token': (await tenant.call('POST', 'users/root/verify', proof)).step_up_token };
  };
  const mandate = { mandatory: true, mandatory_methods: 'phishing_resistant' };
  await tenant.call('PATCH', 'policy', mandate, {
    'If-Match': await tenant.etag('policy/preview?mandatory=true&mandatory_methods=phishing_resistant'), ...await prove(),
  });
  return {
    /** A one-time pass for somebody. @param {string} id @returns {Promise<string>} */
    pass: async (id) => (await tenant.call('POST', `users/${id}/access-passes`, { reason: 'Key lost' }, await prove())).access_pass,
  };
}

/** Shows a screen to somebody in a page that is there. @param {string} tag @param {Visit} page @param {Tenant} tenant @param {string} id @param {'login' | 'account' | 'admin'} purpose @param {Options} [options] */
export async function show(tag, page, tenant, id, purpose, options = {}) {
  const opened = await open(tag, { userId: id, ticket: await tenant.ticket(id, purpose), base: site, page, ...options });
  await opened.screen.getByRole('heading').first().waitFor();
  return opened;
}
