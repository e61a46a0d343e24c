import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';
import english from './en.json';
import { entriesOf, parts, type PartName } from './parts';

const importing = /^\s*(?:import|export)\s(?!type\b)[^;(]*?from '(\.[^']+)'/gm;
const app = resolve(import.meta.dirname, '..');

/** A source file and everything that it imports statically, within the app and what the apps share. */
function sources(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || !existsSync(file)) return found;
  found.add(file);
  for (const [, name] of textOf(file).matchAll(importing)) {
    const path = resolve(dirname(file), name as string);
    const real = [path, `${path}.ts`, `${path}/index.ts`].find((p) => /\.(ts|svelte)$/.test(p) && existsSync(p));
    if (real) sources(real, found);
  }
  return found;
}

const textOf = (file: string) => readFileSync(file, 'utf8');
const keysIn = (files: Iterable<string>) =>
  new Set([...files].flatMap((file) => [...textOf(file).matchAll(/\bt\(\s*'([\w.]+)'/g)].map((m) => m[1] as string)));

const start = sources(resolve(app, 'main.ts'));
const names = Object.keys(parts) as PartName[];

test('every text is loaded at once or with a part', () => {
  const all = [entriesOf(english), ...names.map((name) => entriesOf(english, name))].flatMap(Object.keys);
  expect([...new Set(all)].sort()).toEqual(Object.keys(english).sort());
});

test('what everybody loads uses no text of a part', () => {
  expect(start.size).toBeGreaterThan(15);
  const atOnce = entriesOf<unknown>(english);
  const own = [...keysIn(start)].filter((key) => key in english);
  expect(own.length).toBeGreaterThan(40);
  expect(own.filter((key) => !(key in atOnce))).toEqual([]);
});

test.each(names)('%s has the texts that it uses', (name) => {
  const used = keysIn([...sources(resolve(app, `${name}.svelte`))].filter((file) => !start.has(file)));
  const own = [...used].filter((key) => key in english);
  const loaded = { ...entriesOf<unknown>(english), ...entriesOf<unknown>(english, name) };
  expect(own.length).toBeGreaterThan(0);
  expect(own.filter((key) => !(key in loaded))).toEqual([]);
});
