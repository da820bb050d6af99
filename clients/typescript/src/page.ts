import { CountersignProblem } from './problem.js';

/** The list that an answer of one member holds. One without it is none of the contract. */
export function listOf<T>(operation: string, list: T[] | undefined): T[] {
  if (!Array.isArray(list)) throw new CountersignProblem(operation, { status: 200 });
  return list;
}

/** Goes through pages until there is no next one. */
export async function* everyPage<T>(read: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const { items, next } = await read(cursor);
    yield* items;
    cursor = next ?? undefined;
  } while (cursor);
}
