import { deepEqual, equal } from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { addLanguage, fetchLanguage, translator } from '../strings.js';
import { en } from '../strings/en.js';
import { de } from '../strings/de.js';
import { digitsOf } from '../code-field.js';

/** @typedef {import('../strings.js').Text} Text */

const folder = new URL('../strings/', import.meta.url);
/** @type {Map<string, Record<string, Text>>} every language there is, by its name */
const languages = new Map();
for (const file of readdirSync(folder)) {
  const lang = file.replace(/\.js$/, '');
  languages.set(lang, (await import(new URL(file, folder).href))[lang]);
}

/** What a text fills in. @param {string} text */
const placeholders = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

/** The forms of a text, by plural category; a text without is all of them. @param {Text} text @returns {Record<string, string>} */
const formsOf = (text) => (typeof text === 'string' ? { other: text } : /** @type {Record<string, string>} */ (text));

/**
 * What is wrong with one text of a language. A singular may say its number in a word, and no form leaves out anything else.
 *
 * @param {string} lang @param {string} key @param {Text} text @param {Text} english
 */
function flawsOf(lang, key, text, english) {
  const want = placeholders(Object.values(formsOf(english)).join(' '));
  const wanted = typeof text === 'string' ? [] : new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
  const flaws = wanted.filter((category) => !formsOf(text)[category]).map((category) => `${key} has no ${category}`);
  for (const [category, form] of Object.entries(formsOf(text))) {
    const has = placeholders(form);
    for (const name of want) if (!has.includes(name) && !(name === '{count}' && category !== 'other')) flaws.push(`${key} (${category}) lacks ${name}`);
    for (const name of has) if (!want.includes(name)) flaws.push(`${key} (${category}) has ${name}, which nobody fills in`);
    if (!form.trim()) flaws.push(`${key} (${category}) is empty`);
  }
  return flaws;
}

/** What is wrong with a language. @param {string} lang @param {Record<string, Text>} texts */
function flaws(lang, texts) {
  const missing = Object.keys(en).filter((key) => !Object.hasOwn(texts, key)).map((key) => `${key} is missing`);
  const extra = Object.keys(texts).filter((key) => !Object.hasOwn(en, key)).map((key) => `${key} is in no other language`);
  const wrong = Object.entries(texts).filter(([key]) => Object.hasOwn(en, key))
    .flatMap(([key, text]) => flawsOf(lang, key, text, /** @type {Record<string, Text>} */ (en)[key]));
  return [...missing, ...extra, ...wrong];
}

test('every language has every text, no other, and all that a text fills in', () => {
  deepEqual([...languages.keys()].sort(), ['de', 'en']);
  for (const [lang, texts] of languages) deepEqual(flaws(lang, texts), [], lang);
});

test('a language that lacks a text or a placeholder, or has one too many, is found out', () => {
  const { back, ...without } = de;
  for (const [texts, flaw] of /** @type {[Record<string, Text>, string][]} */ ([
    [without, 'back is missing'],
    [{ ...de, bakc: back }, 'bakc is in no other language'],
    [{ ...de, back: ' ' }, 'back (other) is empty'],
    [{ ...de, 'security.on': 'An' }, 'security.on (other) lacks {day}'],
    [{ ...de, back: 'Zurück zu {name}' }, 'back (other) has {name}, which nobody fills in'],
    [{ ...de, 'users.found': { one: 'Einer', other: 'Viele' } }, 'users.found (other) lacks {count}'],
    [{ ...de, 'users.found': { other: '{count} Benutzer' } }, 'users.found has no one'],
    [{ ...de, 'policy.is.on.grace': { one: 'Ein Tag', other: '{count} Tage seit {day}' } }, 'policy.is.on.grace (one) lacks {day}'],
  ])) deepEqual(flaws('de', texts), [flaw]);
});

test('a language is found by its nearest name, and counts in its own way', async () => {
  equal(translator('de-AT').lang, 'en', 'what is not there yet');
  await fetchLanguage('de-AT');
  for (const tag of ['de', 'en', 'ja']) equal(fetchLanguage(tag), null, 'nothing is fetched twice, or for nothing');
  equal(translator('de-AT')('code.missing', { count: 1 }), 'Es fehlt noch eine Ziffer.');
  equal(translator('ja')('code.missing', { count: 2 }), '2 digits are missing.');
  addLanguage('pl', { 'code.missing': { one: '{count} cyfra', few: '{count} cyfry', many: '{count} cyfr', other: '{count} cyfry' } });
  deepEqual([1, 3, 5].map((count) => translator('pl-PL')('code.missing', { count })), ['1 cyfra', '3 cyfry', '5 cyfr']);
  equal(translator('pl')('back'), 'Back');
});

test('a text is filled in as it is, however it looks', () => {
  equal(translator('en')('users.reveal.shown', { name: '{count} <b>$&</b>' }), 'Recovery codes of {count} <b>$&</b>');
});

test('digits are found in whatever was pasted', () => {
  const cases = { '123 456': '123456', 'Your code: 123-456.': '123456', '１２３': '123', '۱۲۳۴۵۶': '123456', 1234567: '123456', 'abc': '' };
  for (const [text, digits] of Object.entries(cases)) equal(digitsOf(text), digits);
});
