import type { CallOptions, Caller } from './call.js';
import { everyPage, listOf } from './page.js';
import type { AuditEvent, AuditEventList, AuditFilter, EventFeed, EventFeedQuery } from './types.js';

export const audits = (caller: Caller) => {
  const listAuditEvents = async (filter: AuditFilter = {}, options?: CallOptions): Promise<AuditEventList> => {
    const name = 'list audit events';
    const list = await caller.ask({ name, repeatable: true }, options, (init) => caller.api.GET('/v1/audit-events', { ...init, params: { query: filter } }));
    listOf(name, list.events);
    return list;
  };

  return {
    /**
     * Reads the events after a cursor, oldest first, and waits for one where there is none. Keep `next_cursor` once the events are
     * dealt with, and go on after it: nothing is skipped, and after a crash the last page is told again. With
     * `events_pruned` go on after the problem's `oldestCursor`: there was more, which is kept no longer. The client's own timeout
     * begins after the seconds of `wait`.
     */
    async followEvents(query: EventFeedQuery = {}, options?: CallOptions): Promise<EventFeed> {
      const name = 'follow events';
      const feed = await caller.ask({ name, repeatable: true, waitMs: (query.wait ?? 0) * 1000 }, options,
        (init) => caller.api.GET('/v1/events', { ...init, params: { query } }));
      listOf(name, feed.events);
      return feed;
    },

    /** Reads one page of the audit trail, newest first. */
    listAuditEvents,

    /** Reads page after page. */
    allAuditEvents(filter: AuditFilter = {}, options?: CallOptions): AsyncGenerator<AuditEvent, void, undefined> {
      return everyPage(async (cursor) => {
        const list = await listAuditEvents({ ...filter, ...(cursor && { cursor }) }, options);
        return { items: list.events, next: list.next_cursor };
      });
    },
  };
};
