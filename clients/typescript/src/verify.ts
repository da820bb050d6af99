import type { CallOptions, Caller } from './call.js';
import type { DisableRequest, Verification, VerifyOptions, VerifyOptionsRequest, VerifyRequest } from './types.js';

export const verifications = (caller: Caller) => ({
  /**
   * Begins a verification by passkey: the browser turns `request_options` into a credential, and verify takes that with the
   * `state`, within two minutes and once. What is asked for here has to be asked for there too: a passkey is proven for one
   * purpose. Nothing is written. A user without a passkey is `not_enrolled`.
   */
  verifyOptions(userId: string, request: VerifyOptionsRequest, options?: CallOptions): Promise<VerifyOptions> {
    return caller.ask({ name: 'verify options', repeatable: true }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/verify/options', { ...init, params: { path: { user_id: userId } }, body: request })) as Promise<VerifyOptions>;
  },

  /**
   * Proves a code, a passkey, a recovery code or an access pass, and spends it. What is wrong with a passkey is in the audit trail alone: it
   * is `passkey_invalid` for all of it.
   *
   * The call carries a fresh Idempotency-Key and is repeated once, with the same key, after a lost connection or a 503:
   * the service then tells the first answer again instead of "already used". If that fails too, with a
   * {@link NoAnswerError} or `outcome_unknown`, the code may or may not be spent: ask for the next one, or for the
   * passkey again.
   */
  verify(userId: string, request: VerifyRequest, options?: CallOptions): Promise<Verification> {
    return caller.ask({ name: 'verify', keyed: true }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/verify', { ...init, params: { path: { user_id: userId } }, body: request }));
  },

  /**
   * Takes a user's factors and recovery codes away: with a code or a passkey of their own, with their own step-up token, or
   * with an admin's and a reason; see withStepUp. It is never repeated by itself.
   */
  async disableTwoFactor(userId: string, request: DisableRequest, options?: CallOptions): Promise<void> {
    await caller.ask({ name: 'disable two-factor', empty: true }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/disable', { ...init, params: { path: { user_id: userId } }, body: request }));
  },
});
