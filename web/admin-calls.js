import { part } from './client.js';
import { Problem } from './problem.js';

/** @typedef {import('./client.js').Client} Client */
/** @typedef {import('./client.js').Schemas} Schemas */

// What one person does to others and to the policy. These are no methods of the client, so that the screens of everybody do without.

/** @param {Client} client @param {Record<string, string>} filter @returns {Promise<Schemas['UserList']>} */
export const listUsers = (client, filter) => client.answer('GET', `v1/users?${new URLSearchParams(filter)}`);

/** @param {Client} client @param {string} user @param {string} stepUp @param {Schemas['AccessPassRequest']} body @returns {Promise<Schemas['GivenAccessPass']>} */
export const givePass = (client, user, stepUp, body) => client.answer('POST', `v1/users/${part(user)}/access-passes`, { body, stepUp });

/** @param {Client} client @param {string} user @param {Schemas['ExemptionRequest']} body @param {string} stepUp @returns {Promise<Schemas['Exemption']>} */
export const exempt = (client, user, body, stepUp) => client.answer('PUT', `v1/users/${part(user)}/exemption`, { body, stepUp });

/** @param {Client} client @param {string} user @param {string} stepUp @returns {Promise<void>} */
export const endExemption = (client, user, stepUp) => client.answer('DELETE', `v1/users/${part(user)}/exemption`, { stepUp });

/** @param {Client} client @returns {Promise<{ value: Schemas['Policy'], etag: string }>} */
export const getPolicy = (client) => client.tagged('v1/policy');

/** @param {Client} client @param {Schemas['PolicyPatch']} body @param {string} ifMatch @param {string} stepUp @returns {Promise<Schemas['Policy']>} */
export const changePolicy = (client, body, ifMatch, stepUp) => client.answer('PATCH', 'v1/policy', { body, ifMatch, stepUp });

/**
 * @param {Client} client
 * @param {boolean} mandatory @param {Record<string, string>} [mandate] whom it is about and with what, if not as the policy has it
 * @returns {Promise<{ value: Schemas['PolicyPreview'], etag: string }>}
 */
export const previewMandate = (client, mandatory, mandate = {}) =>
  client.tagged(`v1/policy/preview?${new URLSearchParams({ mandatory: String(mandatory), ...mandate })}`);

/** How far the mandate of the policy has come; null for who may look after users, and not set the policy. @param {Client} client */
export async function reachOfMandate(client) {
  try {
    return (await previewMandate(client, true)).value;
  } catch (error) {
    if (error instanceof Problem && error.code === 'forbidden') return null;
    throw error;
  }
}
