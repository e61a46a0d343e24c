// Fails when an app is heavier than its budget, as gzip: what everybody loads at once (scripts and style sheets, with the
// heaviest single language) has one budget, and each part that is loaded when it is used (a dynamic import, with its style
// sheet, its texts and what it alone needs) another. A host's pages are such parts: of them the heaviest counts, together
// with what everybody loads.
// A library that is loaded only when something is done on a page (a file of sound is chosen) has a budget of its own.
// Fonts are not counted: a browser fetches only those whose letters it shows.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const budgets = {
  participant: { atOnce: 45_000, part: 12_000 },
  host: { page: 200_000, libraries: { decode: 80_000 } },
};
const dist = fileURLToPath(new URL('../dist', import.meta.url));
let over = false;

function tell(name, size, budget) {
  const heavy = budget !== undefined && size > budget;
  over ||= heavy;
  const limit = budget === undefined ? '' : ` of ${budget / 1000} kB`;
  console.log(`${name}: ${(size / 1000).toFixed(1)} kB${limit} gzip${heavy ? ': TOO HEAVY' : ''}`);
}

for (const [app, budget] of Object.entries(budgets)) {
  const chunks = JSON.parse(await readFile(join(dist, `${app}.manifest.json`), 'utf8'));
  const weigh = async (files) => {
    const sizes = await Promise.all([...files].map((file) => stat(join(dist, app, `${file}.gz`))));
    return sizes.reduce((sum, { size }) => sum + size, 0);
  };
  /** The files of a chunk and of all that it imports statically. */
  const filesOf = (key, found = new Set()) => {
    const chunk = chunks[key];
    if (found.has(chunk.file)) return found;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) found.add(file);
    for (const other of chunk.imports ?? []) filesOf(other, found);
    return found;
  };

  const keys = Object.keys(chunks);
  const start = filesOf(keys.find((key) => chunks[key].name === 'start'));
  const later = keys.filter((key) => chunks[key].isDynamicEntry && !start.has(chunks[key].file));
  const alone = (key) => [...filesOf(key)].filter((file) => !start.has(file));
  const heaviest = async (keys) => Math.max(0, ...(await Promise.all(keys.map((key) => weigh(alone(key))))));
  /** The part that a file of texts belongs to; '' is what everybody loads. */
  const partOf = (key) => key.match(/^i18n\/language-\w+\.ts$/) ? '' : key.match(/^i18n\/\w+\.json\?part=(\w+)/)?.[1];
  const textsOf = (part) => heaviest(later.filter((key) => partOf(key) === part));

  const atOnce = (await weigh(start)) + (await textsOf(''));
  const parts = later.filter((key) => partOf(key) === undefined);
  tell(`${app}, at once`, atOnce, budget.atOnce);
  let heaviestPart = 0;
  for (const key of parts) {
    const { name } = chunks[key];
    const size = (await weigh(alone(key))) + (await textsOf(name));
    const library = budget.libraries?.[name];
    if (library === undefined) heaviestPart = Math.max(heaviestPart, size);
    tell(`${app}, when used: ${name}`, size, library ?? budget.part);
  }
  if (budget.page) tell(`${app}, the heaviest page`, atOnce + heaviestPart, budget.page);
}
process.exit(over ? 1 : 0);
