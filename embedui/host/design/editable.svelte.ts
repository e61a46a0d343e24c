/**
 * A value that is being edited, beside the one that is saved. Undo goes back step by step, also over what has been
 * saved meanwhile; typing in one field is one step.
 */
export class Editable<T extends object> {
  value = $state() as T;
  #saved = $state.raw() as string;
  #past: { before: T; what: string }[] = $state.raw([]);
  #future: T[] = $state.raw([]);

  readonly dirty = $derived(JSON.stringify(this.value) !== this.#saved);
  readonly mayUndo = $derived(this.#past.length > 0);
  readonly mayRedo = $derived(this.#future.length > 0);

  constructor(saved: T) {
    this.value = structuredClone(saved);
    this.#saved = JSON.stringify(saved);
  }

  /** What is saved. */
  get saved(): T {
    return JSON.parse(this.#saved) as T;
  }

  /** The value as it stands, free of the editor. */
  plain(): T {
    return $state.snapshot(this.value) as T;
  }

  /** Changes the value. Changes in a row that name the same `what` are undone together; "" never joins. */
  change(what: string, change: (value: T) => void): void {
    const last = this.#past.at(-1);
    if (what === '' || last?.what !== what || this.#future.length > 0) {
      this.#past = [...this.#past.slice(-199), { before: this.plain(), what }];
    }
    this.#future = [];
    change(this.value);
  }

  undo(): void {
    const step = this.#past.at(-1);
    if (!step) return;
    this.#future = [...this.#future, this.plain()];
    this.#past = this.#past.slice(0, -1);
    this.value = step.before;
  }

  redo(): void {
    const next = this.#future.at(-1);
    if (!next) return;
    this.#past = [...this.#past, { before: this.plain(), what: '' }];
    this.#future = this.#future.slice(0, -1);
    this.value = next;
  }

  /** The box has saved this; each field on screen follows unless it was edited since `sent`. */
  accept(saved: T, sent: T): void {
    const own = this.plain();
    for (const name of Object.keys(saved) as (keyof T)[]) {
      if (JSON.stringify(own[name]) === JSON.stringify(sent[name])) this.value[name] = structuredClone(saved[name]);
    }
    this.#saved = JSON.stringify(saved);
  }

  /** Something else is saved now, by another way; the fields that are not being edited follow. */
  follow(saved: T): void {
    this.accept(saved, this.saved);
  }

  /** Compares from now on with something else that is saved, and keeps what is on screen. */
  rebase(saved: T): void {
    this.#saved = JSON.stringify(saved);
  }

  /** Shows something else that is saved. What was on screen comes back by undo. */
  replace(saved: T): void {
    this.change('', () => {
      this.value = structuredClone(saved);
    });
    this.#saved = JSON.stringify(saved);
  }

  /** Back to what is saved. What was on screen comes back by undo. */
  discard(): void {
    this.replace(this.saved);
  }
}
