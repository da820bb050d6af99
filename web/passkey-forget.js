import { forgetPasskey } from './passkey.js';

/** @typedef {import('./client.js').Client} Client */

const canForget = () => 'signalUnknownCredential' in (window.PublicKeyCredential ?? {});

/** The ids of the passkeys that are accepted, and for which site; null where that cannot be learnt. @param {Client} client */
async function accepted(client) {
  try {
    const { factors } = await client.factors();
    if (!factors.some(({ state, type }) => state === 'active' && type === 'passkey')) return { rpId: '', ids: [] };
    const { request_options: options } = await client.verifyOptions({});
    const { rpId, allowCredentials } = /** @type {{ rpId: string, allowCredentials: { id: string }[] }} */ (options);
    return { rpId, ids: allowCredentials.map(({ id }) => id) };
  } catch {
    return null;
  }
}

/**
 * Does what may remove passkeys, and then tells whatever holds these that they open nothing any more. The list of factors does not
 * say which credentials they are; the options of a verification do.
 *
 * @template T
 * @param {Client} client @param {boolean} passkeys whether it may remove any; else nothing is asked @param {() => Promise<T>} change
 */
export async function forgetting(client, passkeys, change) {
  const before = passkeys && canForget() ? await accepted(client) : null;
  const changed = await change();
  if (before?.rpId) forgetGone(client, before);
  return changed;
}

/** @param {Client} client @param {{ rpId: string, ids: string[] }} before */
async function forgetGone(client, { rpId, ids }) {
  const now = await accepted(client);
  if (!now) return;
  for (const id of ids) if (!now.ids.includes(id)) await forgetPasskey(rpId, id);
}
