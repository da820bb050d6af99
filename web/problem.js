/** @typedef {import('./contract.js').components['schemas']['Problem']} Answer */

/** Several modules of ours may be in one page, each with a class of this name. */
const OURS = Symbol.for('countersign.problem');

/**
 * Why a call did not succeed. `code` is the API's, or one of our own: `unreachable`, nobody answered; `ticket_expired`, there is no
 * ticket that the service takes; `screen_unavailable`, a screen within this one could not be fetched; and of the page's own backend `host_unavailable`, `host_refused`, `proof_refused` and `host_conflict`.
 */
export class Problem extends Error {
  [OURS] = true;

  /** @param {unknown} error @returns {error is Problem} */
  static [Symbol.hasInstance](error) { return error instanceof Error && OURS in error; }

  /**
   * @param {string} code
   * @param {{ status?: number, detail?: string, requestId?: string, retryAfter?: number }} [more] retryAfter in seconds
   */
  constructor(code, more = {}) {
    super(more.detail ?? code);
    this.code = code;
    this.status = more.status ?? 0;
    this.detail = more.detail ?? '';
    this.requestId = more.requestId ?? '';
    this.retryAfter = more.retryAfter ?? 0;
  }

  /**
   * Reads a refusal. What is no problem document was written by something in between, such as a proxy.
   *
   * @param {Response} response
   */
  static async from(response) {
    const { status } = response;
    /** @type {Partial<Answer>} */
    const answer = await response.json().catch(() => ({}));
    if (typeof answer.code !== 'string') return new Problem('unreachable', { status });
    return new Problem(answer.code, {
      status,
      detail: answer.detail,
      requestId: answer.request_id,
      retryAfter: answer.retry_after_seconds ?? Number(response.headers.get('Retry-After') ?? 0),
    });
  }
}

const ENDED = ['screen_unavailable', 'ticket_expired', 'credential_invalid', 'host_refused', 'proof_refused', 'host_conflict'];

/** Whether trying again helps nobody, but beginning anew does. @param {unknown} error */
export const mustBegin = (error) => error instanceof Problem && ENDED.includes(error.code);

/**
 * Says a problem to a person. A host's own words are said as they are. A code that nobody expected here gets the number to ask for help with.
 *
 * @param {import('./strings.js').Translate} t
 * @param {unknown} error
 */
export function say(t, error) {
  const problem = error instanceof Problem ? error : new Problem('internal');
  if (problem.code === 'host_conflict' && problem.detail) return problem.detail;
  const key = `problem.${problem.code}`;
  const text = t(t.has(key) ? key : 'problem.internal');
  return t.has(key) || !problem.requestId ? text : `${text} ${t('problem.reference', { id: problem.requestId })}`;
}
