import type { CallOptions, Caller } from './call.js';
import { Lines } from './lines.js';
import type { FactorImport, FactorLine } from './types.js';

export const factorImports = (caller: Caller) => ({
  /**
   * Gives many users the authenticator apps that another product knew, in the order in which they come and without holding
   * them in memory: a call for servers, since browsers stream nothing over HTTP/1.1. Each is active, and not proven until
   * its first code. A factor that is refused is reported with the number of its line, counted from 1, and stops no other.
   * The signal bounds it; the timeout does not.
   *
   * It takes a key of the scope migration, which lives for seven days at most. It is never repeated by itself, since factors
   * come once, but may be: who has exactly this factor is left alone. After a problem with `linesDone`, go on with the factor
   * after that one.
   */
  async importFactors(factors: Iterable<FactorLine> | AsyncIterable<FactorLine>, options?: CallOptions): Promise<FactorImport> {
    const lines = new Lines(factors);
    return lines.sentBy(() => caller.ask({ name: 'import factors', stream: true }, options, (init) => caller.api.POST('/v1/factors/import', {
      ...init, headers: { ...init.headers, 'Content-Type': 'application/x-ndjson' },
      body: lines.stream as never, bodySerializer: (stream) => stream, ...{ duplex: 'half' },
    })));
  },
});
