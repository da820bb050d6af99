import type { Decision, FirstFactor, StepUpClaims } from '../types.js';

/** Somebody who passed the first factor, as the host's own session knows it; never what the browser sent says. */
export interface Login {
  userId: string;
  /**
   * Names the host's session in tickets and step-up tokens, so that a proof is good in the session it was made in alone. It
   * is not the cookie's value, with which whoever sees a token could open the session. Empty lets nobody in.
   */
  sessionId: string;
  /** What was proven before; a password unless set. */
  firstFactor?: FirstFactor[] | undefined;
}

/** A login whose session may open: `claims` are those of the proof; where none was asked for, `decision` says so. */
export interface Passed extends Login {
  claims?: StepUpClaims | undefined;
  decision?: Decision | undefined;
}

/** What goes with the answer when a session is open. */
export interface Opened {
  /** Such as the cookie of the new session; each `Set-Cookie` is kept. */
  headers?: HeadersInit | undefined;
  /** Where the person goes then, as a path of this origin; where the page says unless set. */
  next?: string | undefined;
}

/** What `open` throws to say no in words that the person is shown, as text. */
export class Conflict extends Error {
  override readonly name: string = 'Conflict';
}

/** Answers a request. `context` is what the framework has beside it, as {@link toNode} does. */
export type Handler<C> = (request: Request, context?: C) => Promise<Response>;

/** Is told why somebody was not let in. */
export type Log = (message: string, cause?: unknown) => void;

export const inConsole: Log = (message, cause) => console.error(message, ...(cause === undefined ? [] : [cause]));

export const firstFactorOf = ({ firstFactor }: Login): FirstFactor[] => (firstFactor?.length ? firstFactor : ['pwd']);
