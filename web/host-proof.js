import { objectOf } from './host.js';
import { Problem } from './problem.js';

/** @typedef {import('./host.js').Host} Host */

/** What a refusal of the route for proofs means. @type {Record<number, string>} */
const REFUSED = { 401: 'proof_refused', 403: 'proof_refused', 409: 'host_conflict' };

/** Takes a proof to the host. What comes of it is for {@link finish} to say. @param {Host} host @param {string} token @param {boolean} [remember] */
export async function post(host, token, remember = false) {
  const answer = await host.tell(host.proof ?? '', null, REFUSED, { token, body: remember ? { remember_browser: true } : {} });
  if (answer.status === 204) return undefined;
  const said = answer.status === 200 ? await objectOf(answer) : null; // a page to log in at is no yes
  if (!said) throw new Problem('host_unavailable', { status: answer.status });
  return /** @type {string | undefined} */ (said.next);
}

/**
 * Waits for the host's yes to a proof, shows it, and goes on; or shows why not.
 *
 * @param {Host} host
 * @param {Promise<string | undefined>} posted
 * @param {{ again: () => Promise<string | undefined>, done: () => boolean }} steps again: once more; done: shows the yes, and whether to go on
 */
export async function finish(host, posted, { again, done }) {
  const { screen } = host;
  const { signal } = screen;
  try {
    const next = await posted;
    if (done()) host.accepted(next);
  } catch (error) {
    if (signal.aborted) return;
    if (host.elsewhere) return host.elsewhere();
    screen.report(error);
    const refused = error instanceof Problem && Object.values(REFUSED).includes(error.code);
    if (refused && !screen.emit('refused', { status: error.status, message: error.detail })) return;
    screen.show(screen.errorView(error, () => finish(host, again(), { again, done })));
    screen.focusOn('button');
  }
}
