import type { Page } from './types';

/** The most that the box gives at once. */
const most = 100;

/** Reads a whole list, page by page; `get` fetches one page. Stops at `limit` rows. */
export async function allOf<T>(
  get: (query: { limit: number; offset: number }) => Promise<Page<T>>,
  limit = 5_000,
): Promise<T[]> {
  const rows: T[] = [];
  for (;;) {
    const { data, pagination } = await get({ limit: most, offset: rows.length });
    rows.push(...data);
    if (data.length === 0 || rows.length >= Math.min(pagination.total, limit)) return rows;
  }
}
