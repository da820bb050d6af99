import type { CallOptions, Caller } from './call.js';
import { listOf } from './page.js';
import type { Confirmation, ConfirmRequest, Enrollment, EnrollmentRequest, Factor, Resync, ResyncRequest } from './types.js';

export const factors = (caller: Caller) => ({
  /**
   * Makes a pending factor. What the user's app or browser needs is under the name of the factor's type: `totp` or
   * `passkey`, each not there with any other type. A tenant without a relying party id is `passkeys_not_configured` for
   * passkeys. A user who has an active factor needs a step-up token of their own, see withStepUp; one that was
   * earned by a recovery code replaces a device and adds none.
   *
   * It is never repeated by itself, since each time a secret is shown is audited. Whoever began it gets the same factor
   * again while it is pending; anybody else gets another secret, and ends the former one.
   */
  beginEnrollment(userId: string, request: EnrollmentRequest, options?: CallOptions): Promise<Enrollment> {
    return caller.ask({ name: 'begin enrollment' }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/factors', { ...init, params: { path: { user_id: userId } }, body: request })) as Promise<Enrollment>;
  },

  /** Returns pending and active factors, oldest first. `totp` and `passkey` are not there with factors of another type. */
  async listFactors(userId: string, options?: CallOptions): Promise<Factor[]> {
    const name = 'list factors';
    const list = await caller.ask({ name, repeatable: true }, options, (init) =>
      caller.api.GET('/v1/users/{user_id}/factors', { ...init, params: { path: { user_id: userId } } }));
    return listOf(name, list.factors);
  },

  /** Calls a factor by another name, and returns it. The label in the user's app stays as it was scanned. */
  renameFactor(userId: string, factorId: string, name: string, options?: CallOptions): Promise<Factor> {
    return caller.ask({ name: 'rename factor', repeatable: true }, options, (init) =>
      caller.api.PATCH('/v1/users/{user_id}/factors/{factor_id}', { ...init, params: { path: { user_id: userId, factor_id: factorId } }, body: { name } }));
  },

  /**
   * Proves a pending factor, with consecutive codes or with the passkey that the browser made, and makes it active.
   * `next_code_at` is null for a passkey. It is repeated as verify is.
   */
  confirmFactor(userId: string, factorId: string, request: ConfirmRequest, options?: CallOptions): Promise<Confirmation> {
    return caller.ask({ name: 'confirm factor', keyed: true }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/factors/{factor_id}/confirm', { ...init, params: { path: { user_id: userId, factor_id: factorId } }, body: request }));
  },

  /**
   * Teaches the service how far a factor's clock is off, with two consecutive codes. It is repeated as verify is.
   *
   * Where the later code would have been accepted by itself, `step_up_token` logs in as that of a verification does.
   * Else it is null, since the codes may have been noted minutes ago: the clock is known now, so ask for the next code,
   * which counts from `next_code_at` on.
   */
  resyncFactor(userId: string, factorId: string, request: ResyncRequest, options?: CallOptions): Promise<Resync> {
    return caller.ask({ name: 'resync factor', keyed: true }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/factors/{factor_id}/resync', { ...init, params: { path: { user_id: userId, factor_id: factorId } }, body: request }));
  },

  /**
   * Removes a factor with a step-up token, see withStepUp: the user's own, or an admin's, who states a reason. It is
   * never repeated by itself.
   */
  async removeFactor(userId: string, factorId: string, reason?: string, options?: CallOptions): Promise<void> {
    await caller.ask({ name: 'remove factor', empty: true }, options, (init) => caller.api.DELETE('/v1/users/{user_id}/factors/{factor_id}', {
      ...init, params: { path: { user_id: userId, factor_id: factorId }, query: { reason } },
    }));
  },
});
