import createClient, { type Client } from 'openapi-fetch';
import { mediaType, parseObject, readText, reasonOf } from './answer.js';
import type { paths } from './contract.js';
import { type Credentials, fitsHeader } from './credential.js';
import { serializePath } from './path.js';
import { CountersignProblem, NoAnswerError, problemOf } from './problem.js';
import { discreet } from './redact.js';
import { newKey, repeated } from './repeat.js';
import { checkTimeout, within } from './within.js';

/** What a call takes besides what it is about. */
export interface CallOptions {
  /** Ends the call, which then rejects with a {@link NoAnswerError}. */
  signal?: AbortSignal | undefined;
  /** How long one try may take, instead of what the client was made with. */
  timeoutMs?: number | undefined;
}

/** One operation of the contract, and how it is carried out. */
export interface Operation {
  /** For errors. */
  name: string;
  /** May be sent a second time: it changes nothing, or nothing more. */
  repeatable?: boolean;
  /** Proves something, under a key by which the service knows a second try again: so it may be sent a second time. */
  keyed?: boolean;
  /** 204 and nothing else is the success. */
  empty?: boolean;
  /** How long the service may wait before it answers. */
  waitMs?: number;
  /** Sends what comes once and takes as long as it takes. */
  stream?: boolean;
  /** The ETag of what was seen. */
  ifMatch?: string;
}

/** What openapi-fetch is given for one try. */
export interface Try {
  headers: Record<string, string>;
  signal: AbortSignal;
  fetch: (request: Request) => Promise<Response>;
}

/** What it says of a success. The rest is thrown. */
export interface Answer<T> {
  data?: T;
  response: Response;
}

export interface Setting {
  base: string;
  timeoutMs: number;
  fetch: (request: Request) => Promise<Response>;
}

type Asked = () => Promise<string | undefined>;

/** Beyond every answer of the service. */
const LARGEST_ANSWER = 16 << 20;

/** Carries calls out. Its methods reject with a {@link CountersignProblem} or a {@link NoAnswerError}. */
export class Caller {
  readonly api: Client<paths>;
  readonly #setting: Setting;
  readonly #credentials: Credentials;
  readonly #stepUp: string | undefined;

  constructor(setting: Setting, credentials: Credentials, stepUp?: string) {
    this.api = createClient<paths>({
      baseUrl: setting.base, pathSerializer: serializePath, querySerializer: { array: { style: 'form', explode: false } }, // as the contract has it
      credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
      redirect: 'manual', // followed, it would carry codes and step-up tokens to wherever the answer says
    });
    this.#setting = setting;
    this.#credentials = credentials;
    this.#stepUp = stepUp;
  }

  /** The same, with a step-up token. */
  with(stepUp: string): Caller {
    if (!fitsHeader(stepUp)) throw new TypeError('countersign: the step-up token is empty or has blanks or line breaks in it');
    return new Caller(this.#setting, this.#credentials, stepUp);
  }

  /** What a call answers. */
  async ask<T>(operation: Operation, options: CallOptions | undefined, send: (init: Try) => Promise<Answer<T>>): Promise<T> {
    return (await this.see(operation, options, send)).value;
  }

  /** The same, with the ETag that came along. */
  async see<T>(operation: Operation, options: CallOptions | undefined, send: (init: Try) => Promise<Answer<T>>): Promise<{ value: T; etag: string }> {
    const { timeoutMs = this.#setting.timeoutMs, signal } = options ?? {};
    checkTimeout(timeoutMs);
    const over = (cause: unknown) => new NoAnswerError(operation.name, signal?.aborted ? 'aborted' : 'timeout', { cause });
    const headers = this.#headers(operation);
    const fetch = exchange(operation, this.#setting.fetch);
    const sendOnce = (bearer: string) => within(operation.stream ? undefined : timeoutMs + (operation.waitMs ?? 0), signal, (given) =>
      send({ headers: { ...headers, Authorization: `Bearer ${bearer}` }, signal: given, fetch }), over);
    const { data, response } = await this.#believed(
      operation, (ask) => within(timeoutMs, signal, ask, over), (bearer) => repeated(operation, signal, () => sendOnce(bearer)));
    return { value: discreet(data) as T, etag: response.headers.get('ETag') ?? '' };
  }

  #headers(operation: Operation): Record<string, string> {
    return {
      Accept: 'application/json, application/problem+json',
      ...(operation.keyed && { 'Idempotency-Key': newKey() }),
      ...(operation.ifMatch && { 'If-Match': checkedTag(operation.ifMatch) }),
      ...(this.#stepUp && { 'Step-Up-Token': this.#stepUp }),
    };
  }

  /** Replaces, once, a ticket that the service no longer takes. With the old one nothing was done. */
  async #believed<T>(operation: Operation, soon: (ask: Asked) => ReturnType<Asked>, send: (bearer: string) => Promise<T>): Promise<T> {
    const bearer = (await soon(() => this.#credentials.current())) ?? '';
    try {
      return await send(bearer);
    } catch (error) {
      if (!(error instanceof CountersignProblem) || error.code !== 'credential_invalid') throw error;
      const fresh = await soon(() => (operation.stream ? this.#credentials.forget(bearer) : this.#credentials.after(bearer)));
      if (!fresh) throw error;
      return send(fresh);
    }
  }
}

function checkedTag(etag: string): string {
  if (!fitsHeader(etag)) throw new TypeError('countersign: what was seen is no ETag');
  return etag;
}

/**
 * Sends one request. What comes back is a success as the contract says it: what is between the host and the service may
 * answer 200 too, with a page of its own.
 */
function exchange({ name, empty }: Operation, fetch: Setting['fetch']): Setting['fetch'] {
  return async (request) => {
    let response: Response;
    let body: string | undefined;
    try {
      response = await fetch(request);
      body = await readText(response, LARGEST_ANSWER);
    } catch (error) {
      throw new NoAnswerError(name, reasonOf(error));
    }
    const { status, headers, ok, redirected } = response;
    const asSaid = empty ? status === 204 : mediaType(headers) === 'application/json' && parseObject(body);
    if (!ok || redirected || !asSaid) throw problemOf(name, response, body);
    return new Response(empty ? null : body, { status, headers: { ETag: headers.get('ETag') ?? '' } });
  };
}
