import type { CallOptions, Caller } from './call.js';
import { everyPage, listOf } from './page.js';
import type { ExportPage, User, UserExport, UserFilter, UserInput, UserList, UserStatus } from './types.js';

export const users = (caller: Caller) => {
  const listUsers = async (filter: UserFilter = {}, options?: CallOptions): Promise<UserList> => {
    const name = 'list users';
    const list = await caller.ask({ name, repeatable: true }, options, (init) => caller.api.GET('/v1/users', { ...init, params: { query: filter } }));
    listOf(name, list.users);
    return list;
  };

  return {
    /**
     * Tells the service about a user of the host: on creation, and whenever one of these fields changes. It needs a
     * service key of the scope directory. It says the same again, and is repeated as what only reads.
     */
    putUser(userId: string, user: UserInput, options?: CallOptions): Promise<User> {
      return caller.ask({ name: 'put user', repeatable: true }, options, (init) =>
        caller.api.PUT('/v1/users/{user_id}', { ...init, params: { path: { user_id: userId } }, body: user }));
    },

    /** Reads a user with the state of their second factor. */
    getUser(userId: string, options?: CallOptions): Promise<User> {
      return caller.ask({ name: 'get user', repeatable: true }, options, (init) =>
        caller.api.GET('/v1/users/{user_id}', { ...init, params: { path: { user_id: userId } } }));
    },

    /**
     * Removes a user with all factors and recovery codes. It is never repeated by itself; once it worked it answers
     * `not_found`.
     */
    async deleteUser(userId: string, options?: CallOptions): Promise<void> {
      await caller.ask({ name: 'delete user', empty: true }, options, (init) =>
        caller.api.DELETE('/v1/users/{user_id}', { ...init, params: { path: { user_id: userId } } }));
    },

    /**
     * Removes a user who is not active any more, or was deleted before, and takes the person out of the audit trail as well: its
     * events stay under a pseudonym. It cannot be taken back. Somebody who is active is refused with `user_active`. It may be
     * repeated, and answers `not_found` when nothing is left.
     */
    async eraseUser(userId: string, options?: CallOptions): Promise<void> {
      await caller.ask({ name: 'erase user', repeatable: true, empty: true }, options, (init) =>
        caller.api.DELETE('/v1/users/{user_id}', { ...init, params: { path: { user_id: userId }, query: { erase: true } } }));
    },

    /**
     * Reads what is held about a person, but what is secret, with one page of the events that name them. It needs a service key of
     * the scope admin.
     */
    async exportUser(userId: string, page: ExportPage = {}, options?: CallOptions): Promise<UserExport> {
      const name = 'export user';
      const held = await caller.ask({ name, repeatable: true }, options, (init) =>
        caller.api.GET('/v1/users/{user_id}/export', { ...init, params: { path: { user_id: userId }, query: page } }));
      listOf(name, held.events);
      return held;
    },

    /** Reads the second factors of up to 1000 users. Unknown ids are left out of the answer. */
    async usersStatus(userIds: string[], options?: CallOptions): Promise<UserStatus[]> {
      const name = 'users status';
      const { users } = await caller.ask({ name, repeatable: true }, options, (init) =>
        caller.api.POST('/v1/users/status', { ...init, body: { user_ids: userIds } }));
      return listOf(name, users);
    },

    /** Reads one page of users; without a filter, of everybody. */
    listUsers,

    /** Reads page after page. */
    allUsers(filter: UserFilter = {}, options?: CallOptions): AsyncGenerator<User, void, undefined> {
      return everyPage(async (cursor) => {
        const list = await listUsers({ ...filter, ...(cursor && { cursor }) }, options);
        return { items: list.users, next: list.next_cursor };
      });
    },
  };
};
