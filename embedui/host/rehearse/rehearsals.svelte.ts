import { Live } from '../../shared/live';
import type { Host } from '../host.svelte';
import type { SessionModel } from '../session/session.svelte';
import type { Character, GuideVersion, Job, Rehearsal, Rehearsals as List } from '../types';

/** The least time (ms) between two readings of the list, however fast the facilitator and the characters talk. */
const rest = 1_000;

/** How many conversations may be begun by one request. */
const atOnce = 6;

/** How many rehearsals the box keeps of a session. */
export const most = 30;

/** The rehearsals of a session as they go on. */
export class Rehearsals {
  list = $state.raw<List>();
  /** The guide by which people would be led now. */
  guide = $state.raw<GuideVersion>();
  error = $state.raw<unknown>(null);
  #job = $state.raw<Job | null>(null);
  /** The simulated conversations that go on, with those that have ended since the first of them began. */
  #batch = $state.raw<readonly string[]>([]);
  readonly #host: Host;
  readonly #model: SessionModel;
  #live: Live | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #read = 0;

  readonly items: Rehearsal[] = $derived(this.list?.data ?? []);
  readonly #playing = $derived(this.items.filter((r) => this.#batch.includes(r.id)));
  /** How far the characters have come; null while none talks. */
  readonly progress = $derived.by(() => {
    const all = this.#playing;
    if (!all.some((r) => r.state === 'active')) return null;
    const parts = all.map((r) => (r.state === 'finished' ? 1 : Math.min(0.95, r.topics_done / Math.max(1, r.topics_total))));
    return { value: parts.reduce((sum, part) => sum + part, 0), max: all.length, ended: all.filter((r) => r.state === 'finished').length };
  });
  /** Why the characters fell silent before the end; null while all is well. */
  readonly failure: string | null = $derived(this.progress && this.#job?.state === 'failed' ? this.#job.message : null);

  constructor(host: Host, model: SessionModel) {
    this.#host = host;
    this.#model = model;
  }

  /** Begins to follow the rehearsals; gives the way to stop. */
  follow(): () => void {
    this.#live = new Live({
      path: `/api/v1/sessions/${encodeURIComponent(this.#model.id)}/live`,
      event: () => this.#soon(),
      reload: () => this.#soon(),
    });
    this.#live.start();
    void this.read();
    return () => {
      clearTimeout(this.#timer);
      this.#live?.stop();
      this.#live = null;
    };
  }

  read = async (): Promise<void> => {
    const path = { id: this.#model.id };
    this.#read = Date.now();
    try {
      const [list, jobs, guide] = await Promise.all([
        this.#host.api.get('/sessions/{id}/rehearsals', { path }),
        this.#host.api.get('/sessions/{id}/jobs', { path }),
        this.#host.api.get('/sessions/{id}/guide', { path }),
      ]);
      this.#job = (jobs.data as Job[]).find((job) => job.kind === 'rehearse') ?? null;
      this.guide = guide;
      this.#take(list);
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  };

  /** Has characters play, one conversation for each name. */
  async play(characters: Character[], language: string): Promise<void> {
    for (let from = 0; from < characters.length; from += atOnce) {
      const body = { characters: characters.slice(from, from + atOnce) as Exclude<Character, '' | 'host'>[], language };
      this.#take(await this.#host.api.post('/sessions/{id}/rehearsals/simulated', body, { path: { id: this.#model.id } }));
    }
    await this.read();
  }

  /** Ends what the characters have begun. What was said is kept. */
  async stop(): Promise<void> {
    this.#take(await this.#host.api.delete('/sessions/{id}/rehearsals/simulated', { path: { id: this.#model.id } }));
  }

  /** Takes over what was changed about one of them here. */
  change(id: string, to: Partial<Rehearsal>): void {
    if (this.list) this.list = { ...this.list, data: this.items.map((r) => (r.id === id ? { ...r, ...to } : r)) };
  }

  /** One of them is deleted. */
  gone(id: string): void {
    if (this.list) this.list = { ...this.list, data: this.items.filter((r) => r.id !== id) };
  }

  #take(list: List): void {
    this.list = list;
    const active = list.data.filter((r) => r.rehearsal !== 'host' && r.state === 'active').map((r) => r.id);
    this.#batch = active.length === 0 ? [] : [...new Set([...this.#batch, ...active])];
  }

  #soon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.read();
      },
      Math.max(100, this.#read + rest - Date.now()),
    );
  }
}
