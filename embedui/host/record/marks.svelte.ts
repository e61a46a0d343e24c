import { newKey } from '../../shared/api/client';
import type { SoundOutbox } from './outbox.svelte';
import type { KeptMark } from './sounds';

/** What can be marked, in the order of the keys 1 to 4. */
export const kinds = ['decision', 'action', 'question', 'note'] as const;
export type Kind = (typeof kinds)[number];

/**
 * The marks that are made while a meeting is recorded. One is kept on the device from the moment it is made; it goes to the box
 * when its words are written, when another one is made, or when the recording ends.
 */
export class Marks {
  /** The one whose words are being written. */
  open = $state<KeptMark | null>(null);
  readonly #outbox: SoundOutbox;
  readonly #meeting: string;

  constructor(outbox: SoundOutbox, meeting: string) {
    this.#outbox = outbox;
    this.#meeting = meeting;
  }

  make(kind: Kind, at_ms: number): void {
    this.settle();
    this.open = { key: newKey(), meeting: this.#meeting, kind, at_ms: Math.round(at_ms), text: '', at: Date.now() };
    void this.#outbox.draft($state.snapshot(this.open));
  }

  /** Sends the one that is open as it is. */
  settle(): void {
    const mark = $state.snapshot(this.open);
    this.open = null;
    if (mark) void this.#outbox.mark({ ...mark, text: mark.text.trim() });
  }

  /** Takes the one that is open back. */
  discard(): void {
    const mark = $state.snapshot(this.open);
    this.open = null;
    if (mark) void this.#outbox.discard(mark);
  }
}
