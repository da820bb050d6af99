import type { CallOptions, Caller } from './call.js';
import { listOf } from './page.js';
import type { RecoveryCodes, RecoveryCodeStatus } from './types.js';

export const recoveryCodes = (caller: Caller) => ({
  /** Tells how many recovery codes a user has, and never which. */
  countRecoveryCodes(userId: string, options?: CallOptions): Promise<RecoveryCodeStatus> {
    return caller.ask({ name: 'count recovery codes', repeatable: true }, options, (init) =>
      caller.api.GET('/v1/users/{user_id}/recovery-codes', { ...init, params: { path: { user_id: userId } } }));
  },

  /**
   * Shows the unused codes, to a step-up token that was earned with a code of an app, see withStepUp: the user's own, or
   * an admin's with a reason. Every look is audited, so that it is never repeated by itself.
   */
  async revealRecoveryCodes(userId: string, reason?: string, options?: CallOptions): Promise<string[]> {
    const name = 'reveal recovery codes';
    const shown = await caller.ask({ name }, options, (init) => caller.api.POST('/v1/users/{user_id}/recovery-codes/reveal', {
      ...init, params: { path: { user_id: userId } }, body: reason ? { reason } : {},
    }));
    return listOf(name, (shown as RecoveryCodes).recovery_codes);
  },

  /**
   * Replaces the codes with eight new ones, where the policy allows it, with the user's own step-up token; see
   * withStepUp. It is never repeated by itself.
   */
  async regenerateRecoveryCodes(userId: string, options?: CallOptions): Promise<string[]> {
    const name = 'regenerate recovery codes';
    const made = await caller.ask({ name }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/recovery-codes/regenerate', { ...init, params: { path: { user_id: userId } } }));
    return listOf(name, made.recovery_codes);
  },
});
