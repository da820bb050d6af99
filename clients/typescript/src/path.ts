/**
 * Puts ids into a path. One that is empty would make the path another operation's, and so would `.` and `..`, which a URL
 * cannot hold in any spelling; proxies that decode slashes resolve them between slashes too.
 */
export function serializePath(pathname: string, ids: Record<string, unknown>): string {
  return pathname.replace(/\{(\w+)\}/g, (_, name: string) => segment(ids[name]));
}

function segment(id: unknown): string {
  if (typeof id !== 'string' || id === '') throw new TypeError('countersign: an id is empty');
  if (id.split(/[/\\]/).some((part) => part === '.' || part === '..')) {
    throw new TypeError('countersign: an id with . or .. between slashes cannot stand in a URL');
  }
  try {
    return encodeURIComponent(id);
  } catch {
    throw new TypeError('countersign: an id is not valid in a URL'); // half a surrogate pair
  }
}
