import { newKey } from '../../shared/api/client';
import { Live } from '../../shared/live';
import type { Host } from '../host.svelte';
import { href } from '../routes';
import type { CompanionAnswer, CompanionThread, CompanionThreadItem } from '../types';

/** What the Companion is asked about: one of them, or everything that one may see. */
export interface Scope {
  conversation_id?: string;
  session_id?: string;
  project_id?: string;
}

/** Where the words of a citation stand. */
export const placeOf = ({ conversation_id, seq, start, end }: CompanionAnswer['parts'][number]['citations'][number]) =>
  href('conversation', conversation_id, { turn: seq, from: start, to: end });

/** The one session on which an answer rests; null when there are several, or none. */
export function sessionOf(answer: Pick<CompanionAnswer, 'parts'>): string | null {
  const sessions = new Set(answer.parts.flatMap((part) => part.citations.map((citation) => citation.session_id)));
  return sessions.size === 1 ? [...sessions][0]! : null;
}

/** The questions of this account about something, and the thread of them that is open. */
export class Threads {
  /** Undefined until the box has said. */
  list = $state.raw<CompanionThreadItem[]>();
  open = $state.raw<CompanionThread | null>(null);
  error = $state.raw<unknown>(null);
  readonly #host: Host;
  readonly #scope: Scope;
  #reading: Promise<void> | null = null;
  #again = false;
  #key = '';
  #asked = '';

  readonly answering = $derived(this.open?.answers.at(-1)?.state === 'asked');

  constructor(host: Host, scope: Scope) {
    this.#host = host;
    this.#scope = scope;
  }

  readList = async (): Promise<void> => {
    try {
      const found = await this.#host.api.get('/companion/threads', { query: { ...this.#scope, limit: 50 } });
      this.list = (found as { data: CompanionThreadItem[] }).data;
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  };

  /** Shows a thread and follows what is answered in it; gives the way to stop. */
  follow(id: string): () => void {
    if (this.open?.id !== id) this.open = null;
    let gone = false;
    const read = () => this.#read(id, () => gone);
    const live = new Live({
      path: `/api/v1/companion/threads/${encodeURIComponent(id)}/live`,
      event: ({ type }) => {
        if (type === 'answer.changed') void read();
      },
      reload: () => void read(),
    });
    live.start();
    void read();
    return () => {
      gone = true;
      live.stop();
    };
  }

  /** Asks in the thread that is open, or begins one. A question that is sent again after a loss is asked once. */
  async ask(question: string): Promise<CompanionThread> {
    const thread = this.open;
    const asked = `${thread?.id ?? ''} ${thread?.answers.length ?? 0} ${question}`;
    if (asked !== this.#asked) [this.#asked, this.#key] = [asked, newKey()];
    const idempotencyKey = this.#key;
    this.open = thread
      ? await this.#host.api.post('/companion/threads/{id}/questions', { question }, { path: { id: thread.id }, idempotencyKey })
      : await this.#host.api.post('/companion/threads', { ...this.#scope, question }, { idempotencyKey });
    void this.readList();
    return this.open!;
  }

  async stop(): Promise<void> {
    if (this.open) await this.#host.api.post('/companion/threads/{id}/stop', undefined, { path: { id: this.open.id } });
  }

  async remove(): Promise<void> {
    if (!this.open) return;
    await this.#host.api.delete('/companion/threads/{id}', { path: { id: this.open.id } });
    this.list = this.list?.filter((thread) => thread.id !== this.open?.id);
    this.open = null;
  }

  async pin(answer: CompanionAnswer, pinned: boolean): Promise<void> {
    const path = { id: answer.id };
    if (pinned) await this.#host.api.put('/companion/answers/{id}/pin', undefined, { path });
    else await this.#host.api.delete('/companion/answers/{id}/pin', { path });
    if (this.open) await this.#read(this.open.id, () => false);
  }

  /** Reads a thread, and once more where it changed meanwhile. */
  async #read(id: string, gone: () => boolean): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#once(id, gone);
    await this.#reading;
    this.#reading = null;
    if (this.#again && !gone()) {
      this.#again = false;
      await this.#read(id, gone);
    }
  }

  async #once(id: string, gone: () => boolean): Promise<void> {
    try {
      const thread = await this.#host.api.get('/companion/threads/{id}', { path: { id } });
      if (gone()) return;
      this.open = thread;
      this.error = null;
    } catch (error) {
      if (!gone()) this.error = error;
    }
  }
}
