import type { CallOptions, Caller } from './call.js';
import { everyPage, listOf } from './page.js';
import type { User, UserFilter, UserInput, UserList, UserStatus } from './types.js';

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
