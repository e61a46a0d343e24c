import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';

test('the description of the interface passes a linter', async () => {
  const source = await readFile(new URL('../../../appliance/web/testdata/openapi.json', import.meta.url), 'utf8');
  const config = await createConfig({ extends: ['recommended-strict'], rules: {
    'no-server-example.com': 'off',
    'operation-4xx-response': 'off', // what anybody may ask for is refused to nobody
    'no-ambiguous-paths': 'off', // /sessions/language beside /sessions/{id}: the fixed one wins
  } });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  expect(problems.map((p) => `${p.ruleId} at ${p.location.map((l) => l.pointer).join()}: ${p.message}`)).toEqual([]);
}, 60_000);
