import { h } from './dom.js';
import { more, notice } from './controls.js';
import { say } from './problem.js';
import { line, when } from './strings.js';

/** @typedef {import('./client.js').Schemas['AuditEvent']} AuditEvent */
/** @typedef {import('./strings.js').Translate} Translate */

const SHOWN = 10;

/**
 * What happened to a person's own second factor lately, read when it is opened.
 *
 * @param {import('./element.js').CountersignElement} screen
 */
export function recentActivity(screen) {
  const { t, client, signal } = screen;
  const place = h('div', { class: 'stack' });
  const folded = more(t('activity.title'), h('p', { class: 'muted' }, t('activity.lead')), place);
  folded.addEventListener('toggle', async () => {
    if (!folded.open) return;
    try {
      const events = await ownEvents(client, SHOWN);
      if (!signal.aborted) place.replaceChildren(activityList(t, events));
    } catch (error) {
      if (!signal.aborted) place.replaceChildren(notice('error', h('p', null, say(t, error))));
    }
  });
  return folded;
}

/** The newest events about oneself: pages may be short, so some are read. @param {import('./client.js').Client} client @param {number} count */
async function ownEvents(client, count) {
  /** @type {AuditEvent[]} */
  const found = [];
  let cursor = '';
  for (let pages = 0; pages < 4 && found.length < count; pages++) {
    const query = new URLSearchParams({ user_id: client.access().userId, limit: '50', ...(cursor && { cursor }) });
    /** @type {import('./client.js').Schemas['AuditEventList']} */
    const page = await client.answer('GET', `v1/audit-events?${query}`);
    found.push(...page.events);
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  return found.slice(0, count);
}

/** @param {Translate} t @param {AuditEvent[]} events */
function activityList(t, events) {
  if (events.length === 0) return h('p', { class: 'muted' }, t('activity.none'));
  return h('ul', { class: 'rows activity', part: 'activity', 'aria-label': t('activity.title') }, events.map((event) => h('li', null,
    h('div', { class: 'stack tight' },
      h('p', null, sentence(t, event)),
      h('p', { class: 'hint' }, line([capital(t, when(t, event.at)), by(t, event), event.address && t('activity.from', { address: event.address })]))))));
}

/** As a line begins. @param {Translate} t @param {string} text */
const capital = (t, text) => text.replace(/^./u, (first) => first.toLocaleUpperCase(t.locale));

/** An event in plain words; of what a later version tells, only that there was something. @param {Translate} t @param {AuditEvent} event */
export function sentence(t, { action, outcome, details }) {
  const method = details.method ?? '';
  const candidates = outcome === 'success'
    ? [`activity.${action}.${method}`, `activity.${action}`]
    : [`activity.${action}.${outcome}`, action === 'lane.locked' ? 'activity.lane.locked' : '', `activity.${outcome}.${method}`, `activity.${outcome}`];
  const key = candidates.find((candidate) => t.has(candidate));
  return t(/** @type {import('./strings.js').Key} */ (key ?? 'activity.other'));
}

/** Who it was, where it was not the person in this product's own pages. @param {Translate} t @param {AuditEvent} event */
function by(t, { actor }) {
  if (actor.type === 'operator') return t('activity.by.operator');
  if (actor.type === 'service_key') return actor.user_id ? '' : t('activity.by.application');
  return actor.user_id ? '' : t('activity.by.administrator');
}
