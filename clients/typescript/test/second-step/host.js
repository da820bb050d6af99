// A host with one pending login, in front of a service that answers by a script.
import { createSecondStep } from '@countersign/client/second-step';
import { ok, scripted } from '../fake.js';
import { SigningKey } from '../stepup/forge.js';
import { Published } from '../stepup/published.js';

/** @typedef {import('@countersign/client/second-step').Passed} Passed */

export const key = new SigningKey();
export const published = new Published(key);

/** A token for the pending login, but for the changes. @param {Record<string, unknown>} [changes] */
export const tokenOf = (changes = {}) => key.token({ nonce: undefined, action: undefined, ...changes });

export const challenge = '{"decision":"challenge","reason":"enrolled","ticket":"t1","remember_browser_days":30}';
export const allow = ok('{"decision":"allow","reason":"not_enrolled"}');

/**
 * @param {import('../fake.js').Answer[]} answers
 * @param {Partial<import('@countersign/client/second-step').SecondStepOptions<unknown>>} [options]
 */
export function hostOf(answers, options = {}) {
  const opened = /** @type {Passed[]} */ ([]), logged = /** @type {string[]} */ ([]);
  const { client: service, sent } = scripted(answers);
  const handler = createSecondStep({
    service, verifier: published.verifier(), browser: {}, log: (message) => logged.push(message),
    pending: () => ({ userId: 'u1', sessionId: 's1' }),
    open: (_, passed) => {
      opened.push(passed);
      return { headers: { 'Set-Cookie': 'session=new' } };
    },
    ...options,
  });
  return { handler, opened, sent, logged };
}


/** What a page of the host's own posts, but for the headers; an empty one is not sent. @param {string} path @param {Record<string, string>} [headers] @param {string} [body] */
export function posted(path, headers = {}, body = '{}') {
  const all = Object.entries({ 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json', ...headers }).filter(([, value]) => value);
  return new Request(`https://app.example.com${path}`, { method: 'POST', headers: Object.fromEntries(all), body });
}
