import { afterAll, beforeAll, expect, test } from 'vitest';
import { lint } from '../shared/api/lint.ts';
import { Box } from './box.ts';

let box: Box;
beforeAll(async () => {
  box = await Box.start({ account: false });
});
afterAll(() => box?.remove());

// With its examples, which the file that the pages are made from does not have.
test('the description that the box serves passes a linter', async () => {
  const answer = await fetch(`${box.url}/api/v1/openapi.json`);
  expect(answer.headers.get('content-type')).toBe('application/openapi+json');
  expect(await lint(await answer.text())).toEqual([]);
}, 60_000);
