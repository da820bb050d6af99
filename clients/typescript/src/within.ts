/** The longest that a timer can wait. */
const LONGEST = 2 ** 31 - 1;

/** Throws unless a value can be waited for. */
export function checkTimeout(milliseconds: number): void {
  if (!(milliseconds > 0 && milliseconds <= LONGEST)) throw new RangeError('countersign: timeoutMs must be a number of milliseconds above 0');
}

/**
 * What work says, unless the time runs out or the caller leaves first: then it rejects with what `over` makes of the
 * reason, and the work's signal is given. AbortSignal.any would do, but is not everywhere yet, and a caller's signal that
 * lives long would gather what hangs on it.
 *
 * @param milliseconds undefined: as long as it takes
 */
export async function within<T>(
  milliseconds: number | undefined, caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>, over: (reason: unknown) => unknown,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const leave = () => controller.abort(caller?.reason);
  caller?.addEventListener('abort', leave);
  const timer = milliseconds === undefined ? undefined : setTimeout(() => controller.abort(new DOMException('The time ran out.', 'TimeoutError')), milliseconds);
  try {
    if (caller?.aborted) leave();
    signal.throwIfAborted();
    const given = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return await Promise.race([work(signal), given]);
  } catch (error) {
    throw signal.aborted ? over(signal.reason) : error;
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', leave);
  }
}
