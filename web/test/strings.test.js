import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { addLanguage, translator } from '../strings.js';
import { en } from '../strings/en.js';
import { de } from '../strings/de.js';
import { digitsOf } from '../code-field.js';

/** What a text fills in; a singular may say its number in a word. @param {import('../strings.js').Text} text */
function values(text) {
  const all = typeof text === 'string' ? text : Object.values(text).join(' ');
  return [...new Set(all.match(/\{\w+\}/g) ?? [])].filter((name) => name !== '{count}').sort();
}

test('every text of one language fills in what the other does', () => {
  deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const key of /** @type {import('../strings.js').Key[]} */ (Object.keys(en))) deepEqual(values(de[key]), values(en[key]), key);
});

test('a language is found by its nearest name, and counts in its own way', () => {
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
