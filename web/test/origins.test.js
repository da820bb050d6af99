// The service compares origins byte by byte, and stores what it is told of them as a browser would send it.
import { equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { visit } from './browser.js';

/** @type {Record<string, string>} what is typed, and what is stored */
const origins = JSON.parse(readFileSync(new URL('../../service/operator/testdata/origins.json', import.meta.url), 'utf8'));

test('an origin is stored as the browser sends it', async () => {
  const page = await visit();
  const sent = await page.evaluate((typed) => typed.map((text) => new URL(text).origin), Object.keys(origins));
  Object.entries(origins).forEach(([typed, stored], i) => equal(sent[i], stored, typed));
  await page.context().close();
});
