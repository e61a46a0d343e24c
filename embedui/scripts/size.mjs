// Fails when an app is heavier than its budget. What counts is what one browser may load in all: every script and
// style sheet as gzip, with the heaviest single language. Fonts are not counted: a browser fetches only those whose
// letters it shows.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const budgets = { participant: 45_000, host: 200_000 };
const dist = fileURLToPath(new URL('../dist', import.meta.url));
let over = false;

for (const [app, budget] of Object.entries(budgets)) {
  const folder = join(dist, app, 'assets', app);
  let code = 0;
  let language = 0;
  for (const name of await readdir(folder)) {
    if (!/\.(js|css)\.gz$/.test(name)) continue;
    const { size } = await stat(join(folder, name));
    if (basename(name).startsWith('language-')) language = Math.max(language, size);
    else code += size;
  }
  const total = code + language;
  over ||= total > budget;
  const share = `${(total / 1000).toFixed(1)} kB of ${budget / 1000} kB gzip`;
  console.log(`${app}: ${share} (${(language / 1000).toFixed(1)} kB of it the language)${total > budget ? ': TOO HEAVY' : ''}`);
}
process.exit(over ? 1 : 0);
