import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lint } from './lint';

test('the description of the interface passes a linter', async () => {
  expect(await lint(await readFile(new URL('../../../appliance/web/testdata/openapi.json', import.meta.url), 'utf8'))).toEqual([]);
}, 60_000);
