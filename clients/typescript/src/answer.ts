/**
 * Reads what an answer says. Undefined where it says more than `limit` bytes, of which no more are ever held. It rejects
 * when the connection breaks.
 */
export async function readText(response: Response, limit: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = '';
  for (let read = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if ((read += value.byteLength) > limit) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

/** What a text says, where it is an object of JSON. The parser's own words would quote the text. */
export function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function mediaType(headers: Headers): string {
  return (headers.get('Content-Type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/**
 * In a word, why there was no answer. The errors of fetch are not passed on: they may carry what was being sent or read,
 * and one of the host's own fetch may name the URL, in which user ids and reasons are.
 */
export function reasonOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  const { code, name } = (last ?? {}) as { code?: unknown; name?: unknown };
  return [code, name].find(isWord) ?? 'lost connection';
}

/** Whether a value is a word like ECONNRESET or AbortError, and tells something. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z]\w{1,63}$/.test(value) && value !== 'Error' && value !== 'TypeError';
}
