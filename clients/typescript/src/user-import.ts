import type { CallOptions, Caller } from './call.js';
import { Lines } from './lines.js';
import type { UserImport, UserLine } from './types.js';

export const userImports = (caller: Caller) => ({
  /**
   * Creates or updates many users, as putUser does with one, in the order in which they come and without holding them in
   * memory: a call for servers, since browsers stream nothing over HTTP/1.1. A user that is refused is reported with the
   * number of its line, counted from 1, and stops no other. The signal bounds it; the timeout does not.
   *
   * It is never repeated by itself, since users come once, but may be: who is so already is left alone. After a problem
   * with `linesDone`, go on with the user after that one.
   */
  async importUsers(users: Iterable<UserLine> | AsyncIterable<UserLine>, options?: CallOptions): Promise<UserImport> {
    const lines = new Lines(users);
    return lines.sentBy(() => caller.ask({ name: 'import users', stream: true }, options, (init) => caller.api.POST('/v1/users/import', {
      ...init, headers: { ...init.headers, 'Content-Type': 'application/x-ndjson' },
      body: lines.stream as never, bodySerializer: (stream) => stream, ...{ duplex: 'half' },
    })));
  },
});
