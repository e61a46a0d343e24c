import { NoAnswer, Refusal, refusal } from './errors';
import type { paths } from './types';

export { NoAnswer, Refusal } from './errors';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The paths of the contract that take a method. */
type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: infer O } ? (O extends undefined ? never : P) : never;
}[keyof paths] &
  string;

type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;

type JSONOf<C> = C extends { content: { 'application/json': infer J } } ? J : undefined;

/** What a successful answer holds: the JSON of its 2xx, or undefined where it has none. */
export type Answer<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer R } ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? JSONOf<R[S]> : never }[keyof R] : any;

/** The JSON that a request takes. */
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: infer B } ? JSONOf<NonNullable<B>> : any;

export interface Options {
  /** Values for the `{names}` in the path. */
  path?: Record<string, string | number>;
  /** The query; undefined and null leave a name out. */
  query?: Record<string, string | number | boolean | null | undefined>;
  /** Repeating a request with the same key gives the first answer again instead of doing it twice. */
  idempotencyKey?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds until no answer counts as none; 15,000 when not given. */
  timeout?: number;
}

export interface ClientOptions {
  /** The `Authorization` of each request, asked for anew each time; none for a browser that is logged in by cookie. */
  token?: () => string | null;
  /**
   * Asked when the box no longer knows who is asking (401). True: the log-in was renewed, and the request is sent once
   * more. Without it, and on false, the refusal is the caller's.
   */
  renew?: (path: string) => Promise<boolean>;
  fetch?: typeof fetch;
}

/**
 * The REST interface of the box at /api/v1, typed by its own description. A method resolves with the JSON of the
 * answer, throws `Refusal` when the box said no, `NoAnswer` when nothing came back, and the signal's own reason when
 * the caller aborted.
 */
export class Client {
  readonly #token: () => string | null;
  readonly #renew: (path: string) => Promise<boolean>;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions = {}) {
    this.#token = options.token ?? (() => null);
    this.#renew = options.renew ?? (async () => false);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  get<P extends PathWith<'get'>>(path: P, options?: Options): Promise<Answer<P, 'get'>> {
    return this.#send('GET', path, undefined, options);
  }

  post<P extends PathWith<'post'>>(path: P, body?: Body<P, 'post'>, options?: Options): Promise<Answer<P, 'post'>> {
    return this.#send('POST', path, body, options);
  }

  /** Sends a file as it is. */
  upload<P extends PathWith<'post'>>(path: P, file: Blob, options?: Options): Promise<Answer<P, 'post'>> {
    return this.#send('POST', path, file, options);
  }

  /** A Blob is sent as it is. */
  put<P extends PathWith<'put'>>(path: P, body?: Body<P, 'put'> | Blob, options?: Options): Promise<Answer<P, 'put'>> {
    return this.#send('PUT', path, body, options);
  }

  patch<P extends PathWith<'patch'>>(path: P, body?: Body<P, 'patch'>, options?: Options): Promise<Answer<P, 'patch'>> {
    return this.#send('PATCH', path, body, options);
  }

  delete<P extends PathWith<'delete'>>(
    path: P,
    options?: Options & { body?: Body<P, 'delete'> },
  ): Promise<Answer<P, 'delete'>> {
    return this.#send('DELETE', path, options?.body, options);
  }

  async #send<T>(method: string, path: string, body: unknown, options: Options = {}): Promise<T> {
    try {
      return await this.#once<T>(method, path, body, options);
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 401 || !(await this.#renew(path))) throw error;
      return this.#once<T>(method, path, body, options);
    }
  }

  async #once<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
    const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
    const token = this.#token();
    if (token) headers.Authorization = `Bearer ${token}`;
    const file = body instanceof Blob;
    if (body !== undefined) headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
    if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;

    const limit = AbortSignal.timeout(options.timeout ?? 15_000);
    const abort = new AbortController();
    const stop = (event: Event) => abort.abort((event.target as AbortSignal).reason);
    limit.addEventListener('abort', stop);
    options.signal?.addEventListener('abort', stop);
    try {
      options.signal?.throwIfAborted();
      const response = await this.#fetch(address(path, options), {
        method,
        headers,
        body: body === undefined || file ? body : JSON.stringify(body),
        signal: abort.signal,
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      });
      if (!response.ok) throw await refusal(response);
      if (response.status === 204) return undefined as T;
      if (!response.headers.get('Content-Type')?.includes('json')) return (await response.text()) as T;
      return (await response.json()) as T;
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      if (limit.aborted) throw new NoAnswer('timeout', { cause: error });
      if (error instanceof TypeError || error instanceof SyntaxError) {
        throw new NoAnswer(navigator.onLine === false ? 'offline' : 'unreachable', { cause: error });
      }
      throw error;
    } finally {
      limit.removeEventListener('abort', stop);
      options.signal?.removeEventListener('abort', stop);
    }
  }
}

/** The address of a path under /api/v1, with its names filled in and escaped. */
export function address(path: string, options: Pick<Options, 'path' | 'query'> = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = options.path?.[name];
    if (value === undefined) throw new RangeError(`no value for {${name}} in ${path}`);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  const tail = query.size > 0 ? `?${query}` : '';
  return `/api/v1${filled}${tail}`;
}

/**
 * A new key for one thing to be done once. 128 random bits; not randomUUID, which browsers withhold from pages that
 * came over plain HTTP.
 */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
