// A service that answers by a script.
import { createCountersign } from '@countersign/client';

export const serviceKey = 'csk_acme_sentinelsentinelsentinelsentinelsentinelse';

/** @typedef {{ method: string, path: string, body: string, headers: Headers }} Sent a request as it went out */
/** @typedef {(request: Request) => Response | Promise<Response>} Answer */

/**
 * A client of a service that gives these answers, one after the other; the last one stays.
 *
 * @param {Answer[]} answers
 * @param {Partial<import('@countersign/client').CountersignOptions>} [options]
 */
export function scripted(answers, options) {
  const sent = /** @type {Sent[]} */ ([]);
  const fetch = async (/** @type {Request} */ request) => {
    const { method, url, headers } = request;
    const at = sent.push({ method, path: new URL(url).pathname, body: '', headers }) - 1;
    if (request.body && !url.endsWith('/import')) /** @type {Sent} */ (sent[at]).body = await request.text();
    return /** @type {Answer} */ (answers[Math.min(at, answers.length - 1)])(request);
  };
  return { client: createCountersign({ baseUrl: 'https://2fa.example.com/', credential: serviceKey, fetch, ...options }), sent };
}

/** A connection that breaks before an answer, as the platform says it. */
export const cut = () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('read sentinel'), { code: 'ECONNRESET' }) });
};

/** Never answers. @type {Answer} */
export const silent = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** Breaks in the middle of an answer. */
export const halfway = () => new Response(new ReadableStream({
  start: (to) => to.enqueue(new TextEncoder().encode('{"decision":"allow"')),
  pull: (to) => to.error(new TypeError('terminated')),
}), { headers: { 'Content-Type': 'application/json' } });

/**
 * @param {number} status @param {string} type @param {string} [body] @param {Record<string, string>} [headers]
 * @returns {Answer}
 */
export const says = (status, type, body, headers) => () => new Response(status === 204 ? null : body, { status, headers: { ...(type && { 'Content-Type': type }), ...headers } });

/** @param {string} body */
export const ok = (body) => says(200, 'application/json', body);

/** A problem of the service's. @param {number} status @param {string} code @param {Record<string, string>} [headers] */
export const problem = (status, code, headers) => says(status, 'application/problem+json', JSON.stringify({
  type: `urn:countersign:problem:${code}`, title: 'Title', status, code, detail: 'The detail.', request_id: 'req1',
}), headers);

/** What a promise rejects with. @param {Promise<unknown>} promise @returns {Promise<any>} */
export async function rejected(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`no error, but ${JSON.stringify(value)}`);
}
