import timers from 'node:timers/promises';
import { CountersignProblem } from '@countersign/client';

/**
 * Acts on all events after a cursor, until the signal ends it. Events may come twice, after a crash or an error; their event_id tells.
 *
 * @param {import('@countersign/client').Countersign} admin
 * @param {string} cursor the one that keep stored, or latest the first time
 * @param {(events: import('@countersign/client').AuditEvent[]) => Promise<void>} act
 * @param {(cursor: string) => Promise<void>} keep
 * @param {AbortSignal} signal
 */
export async function follow(admin, cursor, act, keep, signal) {
  for (let pause = 1; !signal.aborted;) {
    try {
      const page = await admin.followEvents({ after: cursor, wait: 30 }, { signal }).catch(goOnAfterPruned);
      await act(page.events);
      await keep(page.next_cursor); // not before acting: a crash would skip the page
      cursor = page.next_cursor;
      pause = 1;
    } catch (error) {
      if (signal.aborted) return;
      console.error('following events:', error);
      if (error instanceof CountersignProblem) pause = Math.max(pause, error.retryAfterSeconds);
      await timers.setTimeout(pause * 1000, undefined, { signal }).catch(() => {}); // the signal ends it
      pause = Math.min(2 * pause, 60);
    }
  }
}

/** @param {unknown} error */
function goOnAfterPruned(error) {
  if (!(error instanceof CountersignProblem) || error.code !== 'events_pruned') throw error;
  console.error('there were events that are kept no longer:', error.message);
  return { events: [], next_cursor: error.oldestCursor };
}
