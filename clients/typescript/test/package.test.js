import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('..', import.meta.url);
const read = (/** @type {string} */ name) => readFileSync(new URL(name, root), 'utf8');

/** The packages that an entry loads, in the browser or in Node. @param {string} entry @param {Set<string>} [seen] @returns {string[]} */
function loads(entry, seen = new Set()) {
  if (seen.has(entry)) return [];
  seen.add(entry);
  const imported = Array.from(read(entry).matchAll(/^(?:import|export) [^;]*?from '([^']+)'/gms), (match) => String(match[1]));
  return imported.flatMap((name) => (name.startsWith('.') ? loads(new URL(name, new URL(entry, 'file:///')).pathname.slice(1), seen) : [name]));
}

const distinct = (/** @type {string[]} */ names) => [...new Set(names)].sort();

test('a host inherits nothing but what it uses', () => {
  deepEqual(distinct(loads('dist/index.js')), ['openapi-fetch']);
  deepEqual(distinct(loads('dist/stepup/index.js')), ['jose']);
  deepEqual(distinct(loads('dist/second-step/index.js')), ['jose']);
  deepEqual(distinct(loads('dist/ui/countersign.js')), []);
  deepEqual(Object.keys(JSON.parse(read('package.json')).dependencies).sort(), ['jose', 'openapi-fetch']);
});

test('the screens are the modules that the service’s files are made of', () => {
  const names = readdirSync(new URL('dist/ui', root), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  holds(names.length > 25);
  for (const name of names) equal(read(`dist/ui/${name}`), read(`../../web/${name}`), name);
});

test('nothing runs when it is installed', () => {
  const { scripts } = JSON.parse(read('package.json'));
  deepEqual(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|publish)$/.test(name)), []);
  holds(!read('package-lock.json').includes('"hasInstallScript": true') && !read('package-lock.json').includes('"resolved": "http'));
});

test('what is published is what was built, with its types', () => {
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const packed = files.map((/** @type {{ path: string }} */ file) => file.path).filter((/** @type {string} */ path) => path.startsWith('dist/'));
  const built = readdirSync(new URL('dist', root), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|d\.ts)$/.test(name)).map((name) => `dist/${name}`);
  deepEqual(packed.sort(), built.sort());
  equal(files.length, packed.length + 2, 'README.md and package.json besides');
  for (const { types, default: code } of /** @type {any[]} */ (Object.values(JSON.parse(read('package.json')).exports))) {
    for (const target of [types, code]) {
      const named = new RegExp(`^${target.slice(2).replaceAll('.', '\\.').replace('*', '.+')}$`);
      holds(packed.some((/** @type {string} */ path) => named.test(path)), target);
    }
  }
});
