/** How long (ms) a page may take to grow to the place where its visitor was. */
const patience = 3_000;

/**
 * Scrolls to where the visitor was on a page that they come back to, as soon as it has grown that far; gives up when
 * they scroll themselves. Gives the way to stop.
 */
export function returnTo(y: number): () => void {
  const stop = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const name of ['wheel', 'touchmove', 'keydown']) removeEventListener(name, stop);
  };
  const observer = new ResizeObserver(() => {
    if (document.documentElement.scrollHeight - innerHeight < y) return;
    scrollTo(0, y);
    stop();
  });
  const timer = setTimeout(stop, patience);
  for (const name of ['wheel', 'touchmove', 'keydown']) addEventListener(name, stop, { passive: true, once: true });
  observer.observe(document.body);
  return stop;
}
