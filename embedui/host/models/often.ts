/** Does something every so many milliseconds while the page is in view; gives the way to stop. */
export function often(run: () => unknown, milliseconds: number): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') run();
  }, milliseconds);
  return () => clearInterval(timer);
}
