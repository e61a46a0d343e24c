/** The codes that the box refuses with; `internal_error` is its own failure. */
export type RefusalCode =
  | 'validation_error'
  | 'unprocessable'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'busy'
  | 'internal_error';

/**
 * The box answered, and said no. `message` is written for the person; `fields` holds, by the name of the field as it
 * was sent, what is wrong with it. `retryAfter` is in seconds where the box named a time.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly code: RefusalCode | (string & {}),
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
    readonly requestId: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later, unchanged. */
  get passing(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: nobody knows whether the box did what was asked. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(
    readonly reason: 'offline' | 'unreachable' | 'timeout',
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** Reads the body and headers of a refusing answer; also where it is not the shape we know (a proxy's page). */
export async function refusal(response: Response): Promise<Refusal> {
  const seconds = Number(response.headers.get('Retry-After'));
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = null;
  }
  const error = (body as { error?: Record<string, unknown> } | null)?.error ?? {};
  return new Refusal(
    response.status,
    typeof error.code === 'string' ? error.code : 'internal_error',
    typeof error.message === 'string' ? error.message : '',
    byName(error.fields),
    typeof error.request_id === 'string' ? error.request_id : response.headers.get('X-Request-Id'),
    retryAfter,
  );
}

function byName(fields: unknown): Record<string, string> {
  const list = Array.isArray(fields) ? (fields as { field?: unknown; message?: unknown }[]) : [];
  return Object.fromEntries(list.map((f) => [String(f.field), String(f.message)]));
}
