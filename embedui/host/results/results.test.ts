import { expect, test } from 'vitest';
import { Client } from '../../shared/api/client';
import { isOffered, Results } from './results.svelte';

const report = (version: number, claims: number) => ({ version, counts: { claims } });

test('a newer report is offered, and the one that is read stays', () => {
  expect(isOffered(report(1, 3), report(2, 4))).toBe(true);
  expect(isOffered(report(1, 3), report(1, 3))).toBe(false);
});

test('where there was nothing to read, what comes is shown at once', () => {
  expect(isOffered(null, report(1, 3))).toBe(false);
  expect(isOffered(report(1, 0), report(2, 3))).toBe(false);
  expect(isOffered(report(1, 3), null)).toBe(false);
});

test('what an earlier question brings after a later one has been answered is out of date', async () => {
  const reports: ((body: object) => void)[] = [];
  const api = new Client({
    fetch: async (url) => {
      if (String(url).endsWith('/jobs')) return Response.json({ data: [] });
      return Response.json(await new Promise<object>((resolve) => reports.push(resolve)));
    },
  });
  const results = new Results({ api }, { id: 'ses_1', value: undefined });
  const first = results.read();
  const second = results.read();
  reports[1]?.(report(2, 5));
  await second;
  reports[0]?.(report(1, 0));
  await first;
  expect(results.report).toMatchObject(report(2, 5));
  expect(results.newer).toBeNull();
});
