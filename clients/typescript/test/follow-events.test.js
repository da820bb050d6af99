import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import timers from 'node:timers/promises';
import { ok, problem, says, scripted } from './fake.js';
import { follow } from './follow-events.js';

/** @typedef {import('./fake.js').Answer} Answer */

/** @param {string} next @param {...string} ids */
const told = (next, ...ids) => ok(JSON.stringify({ events: ids.map((id) => ({ event_id: id })), next_cursor: next }));
/** @param {string} oldest */
const pruned = (oldest) => says(410, 'application/problem+json', JSON.stringify({ status: 410, code: 'events_pruned', detail: 'Gone.', oldest_cursor: oldest }));
const failed = problem(500, 'internal');
const limited = problem(429, 'rate_limited', { 'Retry-After': '7' });

/** @type {Record<string, { answers: Answer[], fails?: number, asked: string, acted?: string, kept?: string, waited?: number[] }>} */
const cases = {
  'page after page': { answers: [told('c1', 'a', 'b'), told('c2'), told('c3', 'c')], asked: 'c0 c1 c2 c3', acted: 'a b c', kept: 'c1 c2 c3' },
  'what is pruned is passed over': { answers: [pruned('c8'), told('c9', 'z')], asked: 'c0 c8 c9', acted: 'z', kept: 'c8 c9' },
  'an error waits, longer each time': { answers: [limited, failed, failed, told('c1', 'a')], asked: 'c0 c0 c0 c0 c1', acted: 'a', kept: 'c1', waited: [7, 14, 28] },
  'no wait is longer than a minute': { answers: Array(8).fill(failed), asked: 'c0 c0 c0 c0 c0 c0 c0 c0 c0', waited: [1, 2, 4, 8, 16, 32, 60, 60] },
  'what was not dealt with is read again': { answers: [told('c1', 'a'), told('c1', 'a'), told('c2', 'b')], fails: 1, asked: 'c0 c0 c1 c2', acted: 'a a b', kept: 'c1 c2', waited: [1] },
  'after an answer the waits begin as short': { answers: [failed, told('c1'), failed], asked: 'c0 c0 c1 c1', kept: 'c1', waited: [1, 1] },
};

for (const [name, { answers, fails, asked, acted = '', kept = '', waited = [] }] of Object.entries(cases)) {
  test(`the sample of the README follows events: ${name}`, async (t) => {
    const own = new AbortController();
    let failures = fails ?? 0;
    /** @type {(string | null)[]} */ const after = [];
    /** @type {(string | undefined)[]} */ const done = [];
    /** @type {string[]} */ const cursors = [];
    /** @type {number[]} */ const pauses = [];
    t.mock.method(console, 'error', () => {});
    t.mock.method(timers, 'setTimeout', async (/** @type {number} */ ms) => { pauses.push(ms / 1000); });
    /** @type {Answer} */ const last = (request) => { own.abort(); return failed(request); };
    const { client } = scripted([...answers, last].map((answer) => (request) => {
      const query = new URL(request.url).searchParams;
      equal(query.get('wait'), '30');
      after.push(query.get('after'));
      return answer(request);
    }));
    await follow(client, 'c0', async (events) => {
      done.push(...events.map((event) => event.event_id));
      if (failures-- > 0) throw new Error('the mail server is away');
    }, async (cursor) => { cursors.push(cursor); }, own.signal);
    deepEqual([after.join(' '), done.join(' '), cursors.join(' '), pauses], [asked, acted, kept, waited]);
  });
}

test('what follows events is what the README shows', () => {
  const read = (/** @type {string} */ name) => readFileSync(new URL(name, import.meta.url), 'utf8');
  holds(read('../README.md').includes('```js\n' + read('follow-events.js') + '```\n'));
});
