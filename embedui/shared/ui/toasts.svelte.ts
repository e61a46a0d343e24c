/** One short notice, with at most one thing to do about it (such as undo). */
export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

/** The notices on screen. An app makes one, shows it by `Toasts.svelte` and hands it down by context. */
export class Toasts {
  list = $state<Toast[]>([]);
  #next = 0;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /**
   * Shows a notice for 5 s, or 10 s where there is something to do. Returns its id. The same words are not shown twice
   * over, and never more than three notices.
   */
  show(text: string, action?: Toast['action']): number {
    const id = this.#next++;
    for (const old of this.list.filter((t, i, all) => t.text === text || i < all.length - 2)) this.dismiss(old.id);
    this.list.push({ id, text, action });
    this.#wait(id);
    return id;
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((t) => t.id !== id);
  }

  /** Takes away what could be done about a page that is left. */
  leave(): void {
    for (const { id, action } of this.list) if (action) this.dismiss(id);
  }

  /** Nothing goes away while it is being read or reached for. */
  hold(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  release(): void {
    for (const { id } of this.list) if (!this.#timers.has(id)) this.#wait(id);
  }

  #wait(id: number): void {
    const action = this.list.find((t) => t.id === id)?.action;
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), action ? 10_000 : 5_000),
    );
  }
}
