import type { CallOptions, Caller } from './call.js';
import { listOf } from './page.js';
import type { AccessPassRequest, AccessPassStatus, GivenAccessPass } from './types.js';

export const accessPasses = (caller: Caller) => ({
  /**
   * Makes a code that logs a user in once, for somebody who cannot prove a factor now, and removes nothing. It takes the
   * step-up token of somebody who manages the user, see withStepUp, earned with a code of an app or a passkey. The pass is
   * in this answer alone; another one ends it. The call is never repeated by itself: where its answer was lost, prove again
   * and give another.
   */
  giveAccessPass(userId: string, request: AccessPassRequest, options?: CallOptions): Promise<GivenAccessPass> {
    return caller.ask({ name: 'give access pass' }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/access-passes', { ...init, params: { path: { user_id: userId } }, body: request }));
  },

  /** Tells which access passes of a user can be used, at most one, and never the code. */
  async listAccessPasses(userId: string, options?: CallOptions): Promise<AccessPassStatus[]> {
    const name = 'list access passes';
    const list = await caller.ask({ name, repeatable: true }, options, (init) =>
      caller.api.GET('/v1/users/{user_id}/access-passes', { ...init, params: { path: { user_id: userId } } }));
    return listOf(name, list.access_passes);
  },

  /** Takes a user's access pass back before it is used; it needs no proof. Where there is none, nothing happens. */
  async endAccessPass(userId: string, options?: CallOptions): Promise<void> {
    await caller.ask({ name: 'end access pass', empty: true }, options, (init) =>
      caller.api.DELETE('/v1/users/{user_id}/access-passes', { ...init, params: { path: { user_id: userId } } }));
  },
});
