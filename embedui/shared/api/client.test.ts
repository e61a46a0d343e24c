import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { address, Client, newKey, NoAnswer, Refusal } from './client';

function client(answer: (url: string, init: RequestInit) => Promise<Response>, token: string | null = null) {
  return new Client({ token: () => token, fetch: (url, init) => answer(String(url), init ?? {}) });
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });

beforeEach(() => {
  vi.stubGlobal('navigator', { onLine: true });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('Client', () => {
  test('sends the token, the key and the body, and gives the JSON back', async () => {
    const asked: [string, RequestInit][] = [];
    const api = client(async (url, init) => {
      asked.push([url, init]);
      return json(201, { id: 'hst_1' });
    }, 'tok');
    expect(await api.post('/sessions', { topic: 'T', goal: 'G' }, { idempotencyKey: 'k1' })).toEqual({ id: 'hst_1' });
    const [url, init] = asked[0] as [string, RequestInit];
    expect(url).toBe('/api/v1/sessions');
    expect(init.method).toBe('POST');
    expect(init.body).toBe('{"topic":"T","goal":"G"}');
    expect(init.headers).toMatchObject({ Authorization: 'Bearer tok', 'Idempotency-Key': 'k1' });
  });

  test('turns a refusal into its words, fields and reference', async () => {
    const body = {
      error: {
        code: 'validation_error',
        message: 'The topic is too long.',
        fields: [{ field: 'topic', message: 'At most 200 characters.' }],
        request_id: 'req_9',
      },
    };
    const error = await client(async () => json(400, body)).post('/sessions', { topic: '', goal: '' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({
      status: 400,
      code: 'validation_error',
      message: 'The topic is too long.',
      fields: { topic: 'At most 200 characters.' },
      requestId: 'req_9',
      passing: false,
    });
  });

  test('a refusal that is not ours is still a refusal, and may pass', async () => {
    const answer = new Response('<h1>Bad gateway</h1>', { status: 502 });
    const error = await client(async () => answer).get('/me').catch((e: unknown) => e);
    expect(error).toMatchObject({ status: 502, code: 'internal_error', passing: true });
  });

  test('reads when to come back', async () => {
    const answer = json(429, { error: { code: 'rate_limited', message: '' } }, { 'Retry-After': '7' });
    const error = await client(async () => answer).get('/me').catch((e: unknown) => e);
    expect(error).toMatchObject({ retryAfter: 7, passing: true });
  });

  test('sends once more after the log-in was renewed, and only once', async () => {
    let sent = 0;
    const refused = { error: { code: 'unauthorized', message: 'Please log in.' } };
    const asked: string[] = [];
    const api = (renewed: boolean, until: number) =>
      new Client({
        renew: async (path) => {
          asked.push(path);
          return renewed;
        },
        fetch: async () => (++sent > until ? json(200, { ok: true }) : json(401, refused)),
      });
    expect(await api(true, 1).get('/me')).toEqual({ ok: true });
    expect(asked).toEqual(['/me']);
    sent = 0;
    await expect(api(true, 2).get('/me')).rejects.toMatchObject({ status: 401 });
    sent = 0;
    await expect(api(false, 1).get('/me')).rejects.toMatchObject({ status: 401 });
    expect(sent).toBe(1);
  });

  test('tells no answer from a refusal, and offline from unreachable', async () => {
    const api = client(async () => {
      throw new TypeError('fetch failed');
    });
    expect(await api.get('/me').catch((e: unknown) => e)).toMatchObject({ reason: 'unreachable' });
    vi.stubGlobal('navigator', { onLine: false });
    expect(await api.get('/me').catch((e: unknown) => e)).toMatchObject({ reason: 'offline' });
  });

  test('an answer that breaks off is no answer', async () => {
    const cut = new Response('{"id":', { headers: { 'Content-Type': 'application/json' } });
    const error = await client(async () => cut).get('/me').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NoAnswer);
  });

  test('stops waiting after its time', async () => {
    const hanging = (_: string, init: RequestInit) =>
      new Promise<Response>((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    const error = await client(hanging).get('/me', { timeout: 5 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: 'timeout' });
  });

  test("passes the caller's own abort through", async () => {
    const stop = new AbortController();
    stop.abort('left the page');
    const error = await client(async () => json(200, {})).get('/me', { signal: stop.signal }).catch((e: unknown) => e);
    expect(error).toBe('left the page');
  });

  test('resolves with nothing where there is nothing', async () => {
    expect(await client(async () => new Response(null, { status: 204 })).delete('/logins/{id}', { path: { id: 'x' } })).toBe(
      undefined,
    );
  });
});

describe('address', () => {
  test('fills in and escapes names and query, and leaves empty values out', () => {
    const options = { path: { id: 'a/b' }, query: { q: 'x y', limit: 5, project_id: null } };
    expect(address('/sessions/{id}/turns', options)).toBe('/api/v1/sessions/a%2Fb/turns?q=x+y&limit=5');
  });

  test('refuses a path that lacks a value', () => {
    expect(() => address('/sessions/{id}')).toThrow('{id}');
  });
});

test('a key is fresh, and of the letters that the box takes', () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(newKey()).not.toBe(newKey());
});
