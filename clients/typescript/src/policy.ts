import type { CallOptions, Caller } from './call.js';
import type { Mandate, Policy, PolicyPatch, PolicyPreview } from './types.js';

/** What was read, with the ETag by which a change says that it was seen. */
export interface Seen<T> {
  value: T;
  etag: string;
}

export const policies = (caller: Caller) => ({
  /** Reads what the tenant demands of its users. */
  getPolicy(options?: CallOptions): Promise<Seen<Policy>> {
    return caller.see({ name: 'get policy', repeatable: true }, options, (init) => caller.api.GET('/v1/policy', { ...init }));
  },

  /**
   * Counts whom a change of `mandatory` would affect. Its ETag covers the numbers, and is the one with which patchPolicy
   * turns a mandate on.
   */
  previewPolicy(mandatory: boolean, options?: CallOptions): Promise<Seen<PolicyPreview>> {
    return caller.see({ name: 'preview policy', repeatable: true }, options, (init) =>
      caller.api.GET('/v1/policy/preview', { ...init, params: { query: { mandatory } } }));
  },

  /**
   * Is previewPolicy of a mandate of these roles and methods; what it leaves out is as the policy has it. Its ETag is the
   * one with which patchPolicy demands them.
   */
  previewMandate(mandate: Mandate, options?: CallOptions): Promise<Seen<PolicyPreview>> {
    return caller.see({ name: 'preview policy', repeatable: true }, options, (init) =>
      caller.api.GET('/v1/policy/preview', { ...init, params: { query: { mandatory: true, ...mandate } } }));
  },

  /**
   * Changes the fields that are set, with the acting admin's step-up token; see withStepUp. `seen` is the ETag of
   * previewPolicy, or previewMandate, where a mandate is turned on, brings in more users or narrows the methods, and that of
   * getPolicy for any other change; where it has changed since, the problem is `precondition_failed`. It is never repeated by itself.
   */
  patchPolicy(seen: string, patch: PolicyPatch, options?: CallOptions): Promise<Seen<Policy>> {
    return caller.see({ name: 'patch policy', ifMatch: seen }, options, (init) => caller.api.PATCH('/v1/policy', { ...init, body: patch }));
  },
});
