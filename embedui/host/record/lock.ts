/**
 * Whether this window alone works on the sound of a meeting: two would number their pieces alike. `held` is told when it has
 * that right, at once or when the other window has gone; the function given up gives it back.
 */
export function holdAlone(meeting: string, told: (held: boolean) => void): () => void {
  if (!navigator.locks) {
    told(true);
    return () => undefined;
  }
  const abort = new AbortController();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const name = `harmonium-meeting-${meeting}`;
  void navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
    told(lock !== null);
    if (lock) await released;
    else if (!abort.signal.aborted) void navigator.locks.request(name, { signal: abort.signal }, () => (told(true), released)).catch(() => undefined);
  });
  return () => {
    abort.abort();
    release();
  };
}
