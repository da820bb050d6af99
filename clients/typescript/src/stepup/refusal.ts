import { InvalidToken, KeysUnavailable, Mismatch } from './errors.js';
import { challengeOf, type Expect } from './expect.js';

/** The service could not say whether a token counts; `cause` is why. */
export class Undecided extends Error {
  override readonly name: string = 'Undecided';
}

/** The token was spent before, or is void since: its user was deactivated or changed factors. */
export class Spent extends Error {
  override readonly name: string = 'Spent';
}

/** Why a request is not served, and its answer. Whoever sent the request is not told why; `cause` is for the host's log. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';

  /**
   * @param status 401, where the user has to prove a second factor, or 503, where nothing can be checked now
   * @param challenge the WWW-Authenticate header of a 401 (RFC 9470); empty with 503
   */
  private constructor(readonly status: 401 | 503, readonly challenge: string, cause: Error) {
    super(cause.message, { cause });
  }

  /** Undefined for an error that says nothing about the token: that is the host's own. */
  static of(cause: unknown, expect: Expect): Refusal | undefined {
    if (cause instanceof KeysUnavailable || cause instanceof Undecided) return new Refusal(503, '', cause);
    if (cause instanceof InvalidToken || cause instanceof Mismatch || cause instanceof Spent) return new Refusal(401, challengeOf(expect), cause);
    return undefined;
  }

  /** The problem's stable name, as the service itself would answer. */
  get code(): 'step_up_required' | 'unavailable' {
    return this.status === 401 ? 'step_up_required' : 'unavailable';
  }

  /** What the user may be told. */
  get detail(): string {
    return this.status === 401 ? 'This needs a fresh proof of the second factor.' : 'The second factor cannot be checked now. Try again shortly.';
  }

  /** What goes with the answer: what it is, the challenge, and that nobody keeps it. */
  get headers(): Record<string, string> {
    return {
      'Cache-Control': 'no-store', 'Content-Type': 'application/problem+json',
      ...(this.challenge && { 'WWW-Authenticate': this.challenge }),
    };
  }

  /** A problem (RFC 9457) like the service's own, so that a page needs one way to read both. */
  get body(): string {
    const { status, code, detail } = this;
    const title = status === 401 ? 'Unauthorized' : 'Service Unavailable';
    return JSON.stringify({ type: `urn:countersign:problem:${code}`, title, status, code, detail });
  }

  /** The answer, for handlers of fetch. */
  toResponse(): Response {
    return new Response(this.body, { status: this.status, headers: this.headers });
  }
}
