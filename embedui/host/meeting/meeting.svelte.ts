import { onDestroy } from 'svelte';
import type { Host } from '../host.svelte';
import type { Conversation, MeetingDetail, TranscriptPart } from '../types';
import type { Hole } from './rows';

/** How often a meeting is read anew while it is recorded or written down. */
const every = 3_000;

/** A meeting while its page is open: its words and, where it was recorded, what is known of its sound. Made while a component is set up. */
export class MeetingState {
  talk = $state.raw<Conversation>();
  sound = $state.raw<MeetingDetail | null>(null);
  parts = $state.raw<TranscriptPart[]>([]);
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

  /** What was heard so far, while there are no turns yet. */
  get heard(): TranscriptPart[] {
    return this.parts.filter((part) => part.state === 'heard');
  }

  /**
   * What is missing in the transcript; before there is one, where sound is missing. Several tracks play beside each other: a hole in
   * one of them is told too.
   */
  get holes(): Hole[] {
    const holes = this.parts.flatMap(({ start_ms, end_ms, state, track, position }) =>
      state === 'missing' || state === 'inaudible' ? [{ start_ms, end_ms, kind: state, part: { track, position } } as const] : [],
    );
    if (holes.length > 0) return holes;
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
      let version = sound?.transcript.version ?? 0;
      if (version > 1 && talk.turns_list.length > 0) {
        // What is missing is told of the transcript that stands here, not of one that is being made.
        const { data } = await api.get('/meetings/{id}/versions', { path: { id: this.id }, signal });
        version = data.find((other) => other.in_use)?.version ?? version;
      }
      const parts = version ? await api.get('/meetings/{id}/segments', { path: { id: this.id }, query: { version }, signal }) : null;
      if (signal.aborted) return;
      [this.talk, this.sound, this.parts, this.error] = [talk, sound, parts?.segments ?? [], null];
    } catch (error) {
      if (!signal.aborted) this.error = error;
    }
    if (!signal.aborted && this.#moving) this.#timer = setTimeout(() => void this.again(), every);
  };

  /** Has the part of a hole heard anew. */
  anew = async (hole: Hole): Promise<void> => {
    try {
      await this.host.api.post('/meetings/{id}/transcription', { segments: hole.part ? [hole.part] : [] }, { path: { id: this.id } });
      await this.again();
    } catch (error) {
      this.host.failed(error);
    }
  };
}
