import { passkeysSupported } from './passkey.js';

/** @typedef {import('./client.js').Schemas['Method']} Method */
/** @typedef {import('./client.js').Schemas['Factor']} Factor */
/** @typedef {'passkey' | 'code' | 'recovery'} Mode what a person is asked for */

/**
 * What a person can be asked for in this browser, the one used last first.
 *
 * @param {Method[] | null} methods null where they are not known: everybody begins with an app
 * @param {boolean} recovery whether a recovery code will do
 */
export function waysOf(methods, recovery) {
  /** @type {Mode[]} */
  const ways = [];
  for (const method of methods?.length ? methods : ['totp']) {
    if (method === 'totp') ways.push('code');
    if (method === 'passkey' && passkeysSupported()) ways.push('passkey');
  }
  if (recovery) ways.push('recovery');
  return ways;
}

/**
 * Whether a passkey alone logs somebody in, as a mandate may demand: they have more than the passkey that is among their methods.
 *
 * @param {import('./client.js').Client} client @param {import('./client.js').Schemas['User']} user
 */
export async function passkeyDemanded(client, { two_factor: { methods, required, recovery_codes_remaining: left } }) {
  if (!required || methods.join() !== 'passkey') return false;
  if (left > 0) return true;
  const { factors } = await client.factors().catch(() => ({ factors: [] }));
  return factors.some(({ type, state }) => type === 'totp' && state === 'active');
}

/**
 * The kinds of some factors, the one used last first.
 *
 * @param {Factor[]} factors
 */
export function methodsOf(factors) {
  const used = (/** @type {Factor} */ factor) => Date.parse(factor.last_used_at ?? factor.created_at);
  return [...new Set(factors.toSorted((one, other) => used(other) - used(one)).map((factor) => factor.type))];
}
