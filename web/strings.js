import { en } from './strings/en.js';
import { de } from './strings/de.js';

/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Text one text, or one for each plural category */
/** @typedef {keyof typeof en} Key */
/**
 * What says a key. `lang` is the language of the texts, `locale` that of dates and numbers.
 *
 * @typedef {{
 *   (key: Key, values?: Record<string, string | number>): string,
 *   has(key: string): key is Key,
 *   lang: string,
 *   locale: string,
 * }} Translate
 */

const languages = new Map(/** @type {[string, Partial<Record<Key, Text>>][]} */ ([['en', en], ['de', de]]));

/**
 * Adds a language, or changes texts of one. What is missing is said in English.
 *
 * @param {string} lang a BCP 47 tag, such as "fr" or "pt-BR"
 * @param {Partial<Record<Key, Text>>} texts
 */
export function addLanguage(lang, texts) {
  languages.set(lang.toLowerCase(), { ...languages.get(lang.toLowerCase()), ...texts });
}

/**
 * Returns what says a key in the language that is asked for, or in the nearest one there is.
 *
 * @param {string} tag
 * @returns {Translate}
 */
export function translator(tag) {
  const lang = nearest(tag);
  const texts = languages.get(lang) ?? en;
  const locale = lang === tag.toLowerCase().split('-')[0] ? tag : lang;
  const plural = new Intl.PluralRules(lang);
  /** @param {Key} key @param {Record<string, string | number>} [values] `count` chooses the plural */
  const translate = (key, values = {}) => {
    /** @type {Text} */
    const found = texts[key] ?? en[key];
    const text = typeof found === 'string' ? found : found[plural.select(Number(values.count))] ?? found.other ?? key;
    return text.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => written(values[name], locale));
  };
  /** @type {Translate['has']} */
  const has = /** @type {Translate['has']} */ ((/** @type {string} */ key) => Object.hasOwn(en, key));
  return Object.assign(translate, { has, lang, locale });
}

/** @param {string} tag */
function nearest(tag) {
  const parts = tag.toLowerCase().split('-');
  for (; parts.length > 0; parts.pop()) if (languages.has(parts.join('-'))) return parts.join('-');
  return 'en';
}

/** @param {string | number | undefined} value @param {string} locale */
function written(value, locale) {
  return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value ?? '';
}

/**
 * A day, as "15 January 2026".
 *
 * @param {Translate} t @param {string} iso
 */
export const day = (t, iso) => new Intl.DateTimeFormat(t.locale, { dateStyle: 'long' }).format(new Date(iso));

/** Facts on one line. None of them begins with the dot. @param {(string | false | null | undefined)[]} facts those there are */
export const line = (facts) => facts.filter(Boolean).join('\u00a0· ');

/** The time of day, as "14:05". @param {Translate} t @param {string} iso */
export const time = (t, iso) => new Intl.DateTimeFormat(t.locale, { timeStyle: 'short' }).format(new Date(iso));

/**
 * A length of time in the largest unit that has no fraction: "36 hours".
 *
 * @param {Translate} t @param {number} seconds
 */
export function span(t, seconds) {
  const [unit, length] = /** @type {const} */ ([['hour', 3600], ['minute', 60], ['second', 1]]).find((one) => seconds % one[1] === 0) ?? ['second', 1];
  return new Intl.NumberFormat(t.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / length);
}

/**
 * A day as far away as people speak of it: "today", "yesterday", else the day itself.
 *
 * @param {Translate} t @param {string} iso
 */
export function when(t, iso) {
  const at = new Date(iso), midnight = new Date().setHours(0, 0, 0, 0);
  const days = Math.floor((at.getTime() - midnight) / 86_400_000);
  if (days !== 0 && days !== -1) return day(t, iso);
  return t('time.at', { day: new Intl.RelativeTimeFormat(t.locale, { numeric: 'auto' }).format(days, 'day'), time: time(t, iso) });
}
