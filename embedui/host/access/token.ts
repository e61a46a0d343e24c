/**
 * Takes the one-time token out of `#t=…`: it is read and at once removed from the address bar and from the history
 * entry, so that it is neither seen over a shoulder nor bookmarked. "" where there is none.
 */
export function takeToken(
  at: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState' | 'state'>,
): string {
  const token = new URLSearchParams(at.hash.slice(1)).get('t') ?? '';
  if (at.hash !== '') history.replaceState(history.state, '', at.pathname + at.search);
  return token;
}
