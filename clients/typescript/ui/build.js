// Takes the modules of the screens over from web/; tsc then writes their types beside them.
import { copyFileSync, cpSync, mkdirSync, readdirSync } from 'node:fs';

const from = new URL('../../../web/', import.meta.url);
const to = new URL('../dist/ui/', import.meta.url);

mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) if (name.endsWith('.js')) copyFileSync(new URL(name, from), new URL(name, to));
cpSync(new URL('strings/', from), new URL('strings/', to), { recursive: true });
copyFileSync(new URL('../src/contract.ts', import.meta.url), new URL('contract.d.ts', to));
copyFileSync(new URL('index.d.ts', import.meta.url), new URL('index.d.ts', to));
