/**
 * When a step-up token ends, as its payload says. Only the host's backend can tell whether it is good.
 *
 * @param {string} token
 * @returns {string} RFC 3339
 */
export function endOf(token) {
  const payload = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
  return new Date(JSON.parse(atob(payload)).exp * 1000).toISOString();
}
