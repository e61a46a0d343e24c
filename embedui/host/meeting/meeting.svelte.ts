import { onDestroy } from 'svelte';
import type { Host } from '../host.svelte';
import type { Conversation, MeetingDetail } from '../types';
import type { Hole } from './rows';

/** How often a meeting is read anew while it is recorded or written down. */
const every = 3_000;

/** A meeting while its page is open: its words and, where it was recorded, what is known of its sound. Made while a component is set up. */
export class MeetingState {
  talk = $state.raw<Conversation>();
  sound = $state.raw<MeetingDetail | null>(null);
  error = $state.raw<unknown>(null);
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly host: Host,
    readonly id: string,
  ) {
    onDestroy(() => {
      this.#abort.abort();
      clearTimeout(this.#timer);
    });
    void this.again();
  }

  /** Where sound is missing. Several tracks play beside each other: a hole in one of them is told too. */
  get holes(): Hole[] {
    return (this.sound?.gaps ?? []).map(({ start_ms, end_ms }) => ({ start_ms, end_ms, kind: 'missing' as const }));
  }

  get #moving(): boolean {
    const { state = 'closed', transcript } = this.sound ?? {};
    return state === 'open' || transcript?.state === 'waiting' || transcript?.state === 'running';
  }

  again = async (): Promise<void> => {
    const { api } = this.host;
    const { signal } = this.#abort;
    clearTimeout(this.#timer);
    try {
      const talk = await api.get('/conversations/{id}', { path: { id: this.id }, signal });
      const model = this.host.session(talk.session_id);
      if (!model.value) await model.load();
      const sound = talk.source === 'recording' ? await api.get('/meetings/{id}', { path: { id: this.id }, signal }) : null;
      if (signal.aborted) return;
      [this.talk, this.sound, this.error] = [talk, sound, null];
    } catch (error) {
      if (!signal.aborted) this.error = error;
    }
    if (!signal.aborted && this.#moving) this.#timer = setTimeout(() => void this.again(), every);
  };
}
