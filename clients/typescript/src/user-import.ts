import type { CallOptions, Caller } from './call.js';
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
    try {
      return await caller.ask({ name: 'import users', stream: true }, options, (init) => caller.api.POST('/v1/users/import', {
        ...init, headers: { ...init.headers, 'Content-Type': 'application/x-ndjson' },
        body: lines.stream as never, bodySerializer: (stream) => stream, ...{ duplex: 'half' },
      }));
    } catch (error) {
      throw lines.failed ? lines.failed.why : error;
    } finally {
      lines.stop();
    }
  },
});

/** Users as lines of JSON, taken as they are wanted. */
class Lines {
  readonly #users: AsyncGenerator<UserLine>;
  readonly #encoder = new TextEncoder();
  readonly stream = new ReadableStream<Uint8Array>({ pull: (to) => this.#pull(to), cancel: () => this.stop() }, { highWaterMark: 0 });
  /** Why there are no more, where it was the users' own fault. */
  failed: { why: unknown } | undefined;

  constructor(users: Iterable<UserLine> | AsyncIterable<UserLine>) {
    this.#users = (async function* () { yield* users; })();
  }

  async #pull(to: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await this.#users.next();
      if (done) to.close();
      else to.enqueue(this.#encoder.encode(`${JSON.stringify(value)}\n`));
    } catch (why) {
      this.failed = { why };
      throw why;
    }
  }

  /** Lets the users go. Nobody waits for that: they may be waiting for something themselves. */
  stop(): void {
    this.#users.return(undefined).catch(() => undefined);
  }
}
