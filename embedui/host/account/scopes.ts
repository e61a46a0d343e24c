/** What an API key may be allowed to do, in the order in which it is offered. The same list as in appliance/account.go. */
export const scopes = [
  'sessions:read',
  'sessions:write',
  'responses:read',
  'responses:write',
  'results:read',
  'meetings:read',
  'meetings:write',
  'projects:read',
  'projects:write',
  'templates:read',
  'templates:write',
  'admin:read',
  'admin:write',
] as const;

export type Scope = (typeof scopes)[number];

/** Whether a scope is one that this app has words for. */
export function known(scope: string): scope is Scope | '*' {
  return scope === '*' || (scopes as readonly string[]).includes(scope);
}

/** For how many days a new key may be good; 0 is without end. */
export const lives = [30, 90, 365, 0] as const;

/** The moment at which a key that is good for so many days ends; undefined is never. */
export function expiry(days: number, now: number): string | undefined {
  return days === 0 ? undefined : new Date(now + days * 86_400_000).toISOString();
}
