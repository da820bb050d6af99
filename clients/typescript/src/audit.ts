import type { CallOptions, Caller } from './call.js';
import { everyPage, listOf } from './page.js';
import type { AuditEvent, AuditEventList, AuditFilter } from './types.js';

export const audits = (caller: Caller) => {
  const listAuditEvents = async (filter: AuditFilter = {}, options?: CallOptions): Promise<AuditEventList> => {
    const name = 'list audit events';
    const list = await caller.ask({ name, repeatable: true }, options, (init) => caller.api.GET('/v1/audit-events', { ...init, params: { query: filter } }));
    listOf(name, list.events);
    return list;
  };

  return {
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
