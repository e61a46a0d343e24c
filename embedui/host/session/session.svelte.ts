import { Refusal } from '../../shared/api/errors';
import type { Host } from '../host.svelte';
import type { Session, State } from '../types';

/** What can be done to the state of a session. */
export type Move = 'open' | 'close' | 'reopen' | 'archive';

/** The page on which the work on a session goes on. */
export function pageFor(state: State): 'design' | 'live' | 'results' {
  return state === 'draft' ? 'design' : state === 'open' ? 'live' : 'results';
}

/** One session, as the pages about it share it. */
export class SessionModel {
  value = $state.raw<Session>();
  error = $state.raw<unknown>(null);
  readonly id: string;
  readonly #host: Host;

  constructor(host: Host, id: string) {
    this.#host = host;
    this.id = id;
  }

  /** Whether this account may change the session: its brief, guide, form, settings and state. */
  get mayEdit(): boolean {
    return this.value !== undefined && this.value.role !== 'viewer';
  }

  /** Whether this account may delete a conversation of it. */
  get mayErase(): boolean {
    return this.value?.role === 'owner' || this.value?.role === 'admin';
  }

  /** Whether this account may delete the session. */
  get mayDelete(): boolean {
    return this.value?.role === 'owner';
  }

  async load(): Promise<void> {
    try {
      this.value = await this.#host.api.get('/sessions/{id}', { path: { id: this.id } });
      this.error = null;
    } catch (error) {
      this.error = error;
      // Gone, or not to be seen any more: what was shown of it goes too.
      if (error instanceof Refusal && error.status === 404) this.value = undefined;
    }
  }

  async patch(change: Partial<Session>): Promise<void> {
    this.value = await this.#host.api.patch('/sessions/{id}', change, { path: { id: this.id } });
  }

  async move(to: Move): Promise<void> {
    this.value = await this.#host.api.post(`/sessions/{id}/${to}`, undefined, { path: { id: this.id } });
  }
}
