import type { CallOptions, Caller } from './call.js';
import type { Exemption, ExemptionRequest } from './types.js';

export const exemptions = (caller: Caller) => ({
  /**
   * Releases a user from enrolling under a mandate until a time, within a year, with the step-up token of another admin or
   * owner; see withStepUp. Who has a factor is still challenged. It is never repeated by itself.
   */
  putExemption(userId: string, exemption: ExemptionRequest, options?: CallOptions): Promise<Exemption> {
    return caller.ask({ name: 'put exemption' }, options, (init) =>
      caller.api.PUT('/v1/users/{user_id}/exemption', { ...init, params: { path: { user_id: userId } }, body: exemption }));
  },

  /** Ends an exemption before its time. It takes what granting one takes. It is never repeated by itself. */
  async deleteExemption(userId: string, options?: CallOptions): Promise<void> {
    await caller.ask({ name: 'delete exemption', empty: true }, options, (init) =>
      caller.api.DELETE('/v1/users/{user_id}/exemption', { ...init, params: { path: { user_id: userId } } }));
  },
});
