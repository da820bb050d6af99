import { en } from './strings/en.js';
import { added } from './languages.js';

export { addLanguage } from './languages.js';

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

/** @type {Map<string, import('./languages.js').Texts>} the languages that are there */
const languages = new Map([['en', en]]);
/** Those that come when a page speaks them. @type {Record<string, () => Promise<import('./languages.js').Texts>>} */
const elsewhere = { de: () => import('./strings/de.js').then(({ de }) => de) };

const PATIENCE = 4000; // ms

/**
 * Gets the language that is asked for, where it is not there yet. Where it cannot be had, or not soon, English is better than nothing.
 *
 * @param {string} tag
 * @returns {Promise<void> | null} null: there is nothing to wait for
 */
export function fetchLanguage(tag) {
  const lang = nearest(tag, (one) => added.has(one) || languages.has(one) || Object.hasOwn(elsewhere, one));
  if (languages.has(lang) || !Object.hasOwn(elsewhere, lang)) return null;
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  return Promise.race([late, elsewhere[lang]().then((texts) => { languages.set(lang, texts); }, () => {})]).then(() => {});
}

/**
 * Returns what says a key in the language that is asked for, or in the nearest one there is.
 *
 * @param {string} tag
 * @returns {Translate}
 */
export function translator(tag) {
  const lang = nearest(tag, (one) => added.has(one) || languages.has(one));
  const texts = { ...en, ...added.get('en'), ...languages.get(lang), ...added.get(lang) };
  const locale = lang === tag.toLowerCase().split('-')[0] ? tag : lang;
  const plural = new Intl.PluralRules(lang);
  /** @param {Key} key @param {Record<string, string | number>} [values] `count` chooses the plural */
  const translate = (key, values = {}) => {
    /** @type {Text} */
    const found = texts[key];
    const text = typeof found === 'string' ? found : found[plural.select(Number(values.count))] ?? found.other ?? key;
    return text.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) => written(values[name], locale));
  };
  /** @type {Translate['has']} */
  const has = /** @type {Translate['has']} */ ((/** @type {string} */ key) => Object.hasOwn(en, key));
  return Object.assign(translate, { has, lang, locale });
}

/** @param {string} tag @param {(lang: string) => boolean} known */
function nearest(tag, known) {
  const parts = tag.toLowerCase().split('-');
  for (; parts.length > 0; parts.pop()) if (known(parts.join('-'))) return parts.join('-');
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
