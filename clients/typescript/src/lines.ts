/** What is imported as lines of JSON, taken as they are wanted. */
export class Lines<Line> {
  readonly #lines: AsyncGenerator<Line>;
  readonly #encoder = new TextEncoder();
  readonly stream = new ReadableStream<Uint8Array>({ pull: (to) => this.#pull(to), cancel: () => this.stop() }, { highWaterMark: 0 });
  /** Why there are no more, where it was their own fault. */
  failed: { why: unknown } | undefined;

  constructor(lines: Iterable<Line> | AsyncIterable<Line>) {
    this.#lines = (async function* () { yield* lines; })();
  }

  async #pull(to: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const { done, value } = await this.#lines.next();
      if (done) to.close();
      else to.enqueue(this.#encoder.encode(`${JSON.stringify(value)}\n`));
    } catch (why) {
      this.failed = { why };
      throw why;
    }
  }

  /** What a call answers that sends them. Where it failed by their own fault, it fails with that. */
  async sentBy<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call();
    } catch (error) {
      throw this.failed ? this.failed.why : error;
    } finally {
      this.stop();
    }
  }

  /** Lets them go. Nobody waits for that: they may be waiting for something themselves. */
  stop(): void {
    this.#lines.return(undefined).catch(() => undefined);
  }
}
