import { Live, type LiveEvent, type LiveState } from '../../shared/live';
import { allOf } from '../all';
import type { Host } from '../host.svelte';
import type { SessionModel } from '../session/session.svelte';
import { type Lead, leadFrom } from '../models/lead';
import type { ConversationItem } from '../types';
import { reduce } from './grid';

/** The least time (ms) between two readings of the list, however much is said in the room. */
const rest = 2_500;

/** All conversations of a session as they go on. */
export class Room {
  items = $state.raw<ConversationItem[]>();
  error = $state.raw<unknown>(null);
  connection = $state.raw<LiveState>('connecting');
  /** Who leads the conversations, once the box has said that it has changed. */
  lead = $state.raw<Lead | null>(null);
  /** The time by which quiet and waiting are told; goes on by itself. */
  now = $state(Date.now());

  readonly #host: Host;
  readonly #model: SessionModel;
  readonly #listeners = new Map<string, { event: (event: LiveEvent) => void; reload: () => void }>();
  #live: Live | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading = false;
  #again = false;
  #read = 0;

  constructor(host: Host, model: SessionModel) {
    this.#host = host;
    this.#model = model;
  }

  /** Begins to follow the session; gives the way to stop. */
  follow(): () => void {
    const clock = setInterval(() => (this.now = Date.now()), 15_000);
    this.#live = new Live({
      path: `/api/v1/sessions/${encodeURIComponent(this.#model.id)}/live`,
      event: (event) => this.#event(event),
      reload: () => this.#reloadAll(),
      state: (state) => {
        this.connection = state;
        if (state === 'refused') void this.#askAgain();
      },
    });
    this.#live.start();
    void this.read();
    return () => {
      clearInterval(clock);
      clearTimeout(this.#timer);
      this.#live?.stop();
      this.#live = null;
    };
  }

  /** Hears the events of one conversation, and when something of it may have been missed. */
  listen(id: string, listener: { event: (event: LiveEvent) => void; reload: () => void }): () => void {
    this.#listeners.set(id, listener);
    this.#watch();
    return () => {
      if (this.#listeners.get(id) === listener) this.#listeners.delete(id);
      this.#watch();
    };
  }

  read = async (): Promise<void> => {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    this.#read = Date.now();
    try {
      const path = { id: this.#model.id };
      const [items] = await Promise.all([
        allOf<ConversationItem>((query) => this.#host.api.get('/sessions/{id}/conversations', { path, query })),
        this.#model.load(),
      ]);
      this.items = items.sort((a, b) => a.number - b.number);
      this.now = Date.now();
      this.error = null;
    } catch (error) {
      this.error = error;
    } finally {
      this.#reading = false;
      if (this.#again && this.#live) {
        this.#again = false;
        this.#soon();
      }
    }
  };

  #event(event: LiveEvent): void {
    if (event.type === 'facilitator.changed') this.lead = leadFrom(event);
    const { items, reload } = reduce(this.items ?? [], event);
    if (this.items) this.items = items;
    this.#listeners.get(String(event.conversation_id))?.event(event);
    if (reload) this.#soon();
  }

  /** Asks for the words of the conversation that is read along, as they are spoken: the others only come whole. */
  #watch(): void {
    this.#live?.send({ watch: [...this.#listeners.keys()].at(-1) ?? '' });
  }

  #reloadAll(): void {
    this.#watch();
    this.#soon();
    for (const listener of this.#listeners.values()) listener.reload();
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

  /** The box no longer takes this log-in: asking anything brings up the log-in, and then the socket opens again. */
  async #askAgain(): Promise<void> {
    try {
      await this.#host.api.get('/me');
      this.#live?.start();
    } catch (error) {
      this.error = error;
    }
  }
}
