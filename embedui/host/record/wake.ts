/** Keeps the screen on, where the browser can, until the function that it gives is called. Browsers let go of it whenever the page is out of sight. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let over = false;
  const hold = async () => {
    if (document.visibilityState !== 'visible' || over) return;
    const got = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
    if (over) void got?.release();
    else lock = got;
  };
  void hold();
  document.addEventListener('visibilitychange', hold);
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', hold);
    void lock?.release();
  };
}
