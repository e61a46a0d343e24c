/**
 * Where the participant is. `token` is the secret of the private link and `invitation` that of an invitation; with the
 * short code they come from the part behind `#`. In a `rehearsal` a host tries the session out.
 */
export type Place =
  | { page: 'join'; code: string }
  | { page: 'results'; session: string }
  | { page: 'chat'; session: string; token: string | null; invitation: string | null; code: string | null; rehearsal: boolean };

/** Reads an address of this app. Everything that is not a conversation leads to where a code can be typed. */
export function placeOf(url: URL): Place {
  const session = url.searchParams.get('s')?.trim() ?? '';
  if (url.pathname.startsWith('/results') && session !== '') return { page: 'results', session };
  if (!url.pathname.startsWith('/chat') || session === '') {
    return { page: 'join', code: url.searchParams.get('code') ?? '' };
  }
  const behind = new URLSearchParams(url.hash.slice(1));
  const of = (name: string) => behind.get(name) || null;
  return { page: 'chat', session, token: of('t'), invitation: of('i'), code: of('c'), rehearsal: url.searchParams.has('rehearsal') };
}

/** The address of a session's conversation, without any secret. */
export function chatAddress(session: string, rehearsal = false): string {
  return `/chat?s=${encodeURIComponent(session)}${rehearsal ? '&rehearsal=1' : ''}`;
}

/** The address of what a session shows of its results. */
export const resultsAddress = (session: string) => `/results?s=${encodeURIComponent(session)}`;

/**
 * The private link back into one conversation. It names the origin under which this device has reached the box: that
 * one is known to work. The secret stands behind `#`, which browsers send to nobody.
 */
export function privateLink(origin: string, session: string, token: string, rehearsal = false): string {
  return `${origin}${chatAddress(session, rehearsal)}#t=${encodeURIComponent(token)}`;
}

/** A short code as people type it, in the form that the box knows: capitals and digits, nothing between. */
export function tidyCode(typed: string): string {
  return typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
