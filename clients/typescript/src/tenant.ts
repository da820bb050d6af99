import type { CallOptions, Caller } from './call.js';
import { everyPage, listOf } from './page.js';
import type { ServiceKeyCreated, ServiceKeyInput, Tenant, TenantCreated, TenantInput, TenantList } from './types.js';

/**
 * These take an operator key as the credential of the client, which belongs to no tenant and opens nothing else. While the
 * service has none they are not_found. Keep such a client where people sign up, in a backend, and away from logins.
 */
export const tenants = (caller: Caller) => {
  const listTenants = (filter: { limit?: number; cursor?: string } = {}, options?: CallOptions): Promise<TenantList> =>
    caller.ask({ name: 'list tenants', repeatable: true }, options, (init) =>
      caller.api.GET('/v1/tenants', { ...init, params: { query: filter } }));

  return {
    /**
     * Makes a tenant, or changes the one there is: what is left out stays as it is. The answer has the tenant's first service
     * key as `api_key`, shown once; without one the tenant was there already. It is never repeated by itself. Where no answer
     * came, repeat it, and make a key with createServiceKey if there is none in the answer.
     */
    putTenant(tenant: string, input: TenantInput, options?: CallOptions): Promise<TenantCreated | Tenant> {
      return caller.ask<TenantCreated | Tenant>({ name: 'put tenant' }, options, (init) =>
        caller.api.PUT('/v1/tenants/{tenant}', { ...init, params: { path: { tenant } }, body: input }));
    },

    /** Reads one page of the tenants, by name. */
    listTenants,

    /** Reads page after page. */
    allTenants: (options?: CallOptions): AsyncGenerator<Tenant, void, undefined> =>
      everyPage(async (cursor) => {
        const { tenants, next_cursor: next } = await listTenants(cursor === undefined ? {} : { cursor }, options);
        return { items: listOf('list tenants', tenants), next };
      }),

    /** Makes a further service key of a tenant, shown once. It is never repeated by itself: another one would be left over. */
    createServiceKey(tenant: string, input: ServiceKeyInput, options?: CallOptions): Promise<ServiceKeyCreated> {
      return caller.ask({ name: 'create service key' }, options, (init) =>
        caller.api.POST('/v1/tenants/{tenant}/keys', { ...init, params: { path: { tenant } }, body: input }));
    },

    /** Ends a service key of a tenant. To end it again changes nothing. */
    async revokeServiceKey(tenant: string, keyId: string, options?: CallOptions): Promise<void> {
      await caller.ask({ name: 'revoke service key', repeatable: true, empty: true }, options, (init) =>
        caller.api.DELETE('/v1/tenants/{tenant}/keys/{key_id}', { ...init, params: { path: { tenant, key_id: keyId } } }));
    },
  };
};
