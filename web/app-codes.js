/** @typedef {import('./client.js').Schemas['Factor']} Factor */

/**
 * What the codes of some devices look like.
 *
 * @typedef {object} AppCodes
 * @property {number[]} lengths how many digits they have, the least first
 * @property {number | null} period in seconds; null where the devices differ, or it is not known
 */

/** What everything that is set up here shows. @type {AppCodes} */
export const STANDARD = { lengths: [6], period: 30 };

/** Before it is known whose devices they are. @type {AppCodes} */
export const UNKNOWN = { lengths: [6, 8], period: null };

/** What the codes of somebody's devices look like. @param {Factor[]} factors @returns {AppCodes} */
export function codesOf(factors) {
  const shown = factors.flatMap(({ state, totp }) => (state === 'active' && totp ? [totp] : []));
  if (shown.length === 0) return STANDARD;
  const periods = new Set(shown.map(({ period_seconds: period }) => period));
  return {
    lengths: [...new Set(shown.map(({ digits }) => digits))].sort((one, other) => one - other),
    period: periods.size === 1 ? [...periods][0] ?? null : null,
  };
}

/** The same, asked of the service. @param {import('./client.js').Client} client @returns {Promise<AppCodes>} */
export const askCodes = async (client) => codesOf((await client.factors()).factors);

/**
 * Texts that speak of an app and of a phone, each with another one, named so and ".device", for whatever else shows codes.
 *
 * @typedef {'challenge.code.lead' | 'code.wrong.again' | 'help.lost.title' | 'help.wrong' | 'pair.first.hint' | 'pair.second.hint' | 'pair.same'
 *   | 'recovery.back' | 'resync.wrong' | 'stepup.code' | 'stepup.code.own'} DeviceKey
 */

/**
 * Says what is true of the devices that show such codes. Nobody tells a hardware token from an app, but what is set up here is an app:
 * six digits, every thirty seconds.
 *
 * @param {import('./strings.js').Translate} t @param {AppCodes} codes @param {DeviceKey} key
 */
export function sayOf(t, codes, key) {
  const app = codes === UNKNOWN || (codes.lengths.join() === STANDARD.lengths.join() && codes.period === STANDARD.period);
  return t(app ? key : `${key}.device`);
}

/**
 * What a field of such codes is called.
 *
 * @param {AppCodes} codes @param {boolean} [own] whether it says that one's own device is meant, and not that of somebody else
 * @returns {import('./strings.js').Key}
 */
export function labelOf({ lengths }, own = false) {
  const label = lengths.length > 1 ? 'code.label.any' : lengths[0] === 8 ? 'code.label.8' : 'code.label';
  return own ? `${label}.own` : label;
}
