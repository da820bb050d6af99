import type { CallOptions, Caller } from './call.js';
import type { SandboxCode, SandboxPasskey, SandboxPasskeyRequest } from './types.js';

export const sandboxes = (caller: Caller) => ({
  /**
   * Sets the clock of a sandbox tenant forward, by whole seconds, and returns the time it is there: a host's tests need
   * not wait for codes and locks. Elsewhere it is `not_found`. Advance by 0 to read the clock.
   */
  async advanceSandboxClock(seconds: number, options?: CallOptions): Promise<string> {
    const clock = await caller.ask({ name: 'advance sandbox clock' }, options, (init) =>
      caller.api.POST('/v1/sandbox/clock', { ...init, body: { advance_seconds: seconds } }));
    return clock.now;
  },

  /**
   * Reads what the app of a sandbox tenant's user shows. Without a factorId it is the pending factor, else the active one
   * enrolled last.
   */
  getSandboxCode(userId: string, factorId?: string, options?: CallOptions): Promise<SandboxCode> {
    return caller.ask({ name: 'get sandbox code', repeatable: true }, options, (init) => caller.api.GET('/v1/sandbox/users/{user_id}/code', {
      ...init, params: { path: { user_id: userId }, query: { factor_id: factorId } },
    }));
  },

  /**
   * Does what a browser of a sandbox tenant's user would do: makes a passkey from `creation_options`, for confirmFactor, or
   * uses one from `request_options`, for verify. Its page is the tenant's first origin.
   */
  useSandboxPasskey(userId: string, request: SandboxPasskeyRequest, options?: CallOptions): Promise<SandboxPasskey> {
    return caller.ask({ name: 'use sandbox passkey', repeatable: true }, options, (init) =>
      caller.api.POST('/v1/sandbox/users/{user_id}/passkey', { ...init, params: { path: { user_id: userId } }, body: request }));
  },
});
