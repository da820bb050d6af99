import type { CallOptions, Caller } from './call.js';
import { listOf } from './page.js';
import type { IssuedBrowser, RememberedBrowser } from './types.js';

export const rememberedBrowsers = (caller: Caller) => ({
  /**
   * Remembers the browser that a login just came from: the step-up token is the login's, for any audience, by a code or a
   * passkey, and is good for this once, whether it is consumed as well or not. Keep the secret by `browserCookie`. A name
   * such as `Firefox on Linux` is for the user's list. `not_allowed_by_policy`: the policy remembers no browsers. It is
   * never repeated by itself.
   */
  rememberBrowser(userId: string, stepUpToken: string, name?: string, options?: CallOptions): Promise<IssuedBrowser> {
    return caller.ask({ name: 'remember browser' }, options, (init) => caller.api.POST('/v1/users/{user_id}/remembered-browsers', {
      ...init, params: { path: { user_id: userId } }, body: { step_up_token: stepUpToken, ...(name && { name }) },
    }));
  },

  /** Returns those that are honoured now, oldest first, without their secrets. */
  async listRememberedBrowsers(userId: string, options?: CallOptions): Promise<RememberedBrowser[]> {
    const name = 'list remembered browsers';
    const list = await caller.ask({ name, repeatable: true }, options, (init) =>
      caller.api.GET('/v1/users/{user_id}/remembered-browsers', { ...init, params: { path: { user_id: userId } } }));
    return listOf(name, list.browsers);
  },

  /** Makes the next login on a browser a challenge. It is never repeated by itself; once it worked it answers `not_found`. */
  async forgetRememberedBrowser(userId: string, browserId: string, options?: CallOptions): Promise<void> {
    await caller.ask({ name: 'forget remembered browser', empty: true }, options, (init) =>
      caller.api.DELETE('/v1/users/{user_id}/remembered-browsers/{browser_id}', { ...init, params: { path: { user_id: userId, browser_id: browserId } } }));
  },

  /** Forgets all browsers of a user. */
  async forgetRememberedBrowsers(userId: string, options?: CallOptions): Promise<void> {
    await caller.ask({ name: 'forget remembered browsers', empty: true, repeatable: true }, options, (init) =>
      caller.api.DELETE('/v1/users/{user_id}/remembered-browsers', { ...init, params: { path: { user_id: userId } } }));
  },
});
