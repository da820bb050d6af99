import type { CallOptions, Caller } from './call.js';
import type { Introspection, StepUpClaims } from './types.js';

export const tokens = (caller: Caller) => ({
  /**
   * Checks a step-up token and spends it: the second time it is `token_consumed`. It also refuses, as `token_invalid`, a
   * token whose user was deactivated or changed factors since, which no offline check can see. It is never repeated by
   * itself: after a {@link NoAnswerError} the token may be spent, and the user proves once more.
   *
   * It does not know the host's session. Compare the claims, or let the verifier of `@countersign/client/stepup` do so
   * first.
   */
  consumeToken(token: string, options?: CallOptions): Promise<StepUpClaims> {
    return caller.ask({ name: 'consume token' }, options, (init) => caller.api.POST('/v1/tokens/consume', { ...init, body: { token } }));
  },

  /**
   * Looks at a step-up token without spending it. Of one that is not good, for whatever reason, `active` is false and
   * nothing else is told.
   */
  introspectToken(token: string, options?: CallOptions): Promise<Introspection> {
    return caller.ask({ name: 'introspect token', repeatable: true }, options, (init) => caller.api.POST('/v1/tokens/introspect', { ...init, body: { token } }));
  },
});
