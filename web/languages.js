/** @typedef {Partial<Record<import('./strings.js').Key, import('./strings.js').Text>>} Texts */

/** @type {Record<symbol, unknown>} */ const page = /** @type {any} */ (globalThis);
const ADDED = Symbol.for('countersign.languages');

/**
 * What a page says in its own words, by language. Several modules of ours may be in one page, each with this file inside, and one
 * that was added to any of them is known to all.
 */
export const added = /** @type {Map<string, Texts>} */ (page[ADDED] ??= new Map());

/**
 * Adds a language, or changes texts of one. What is missing is said in English.
 *
 * @param {string} lang a BCP 47 tag, such as "fr" or "pt-BR"
 * @param {Texts} texts
 */
export function addLanguage(lang, texts) {
  const tag = lang.toLowerCase();
  added.set(tag, { ...added.get(tag), ...texts });
}
