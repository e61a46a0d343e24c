import type { Client } from '../../shared/api/client';
import { Refusal } from '../../shared/api/errors';
import { wait } from '../../shared/live';
import type { Hold } from '../record/outbox.svelte';

/** So much of a file is sent at once, in bytes. */
const part = 4 * 1024 * 1024;
const patience = 300_000; // of the last part, which the box decodes

/** A file that this browser cannot decode, on its way to the box as it is: part after part, from where the box has it on. */
export class RawUpload {
  state = $state<'ready' | 'sending' | 'paused' | 'closing' | 'done' | 'failed'>('ready');
  hold = $state<Hold | null>(null);
  /** Bytes that are on the box. */
  done = $state(0);
  problem = $state.raw<unknown>(null);
  readonly #api: Client;
  readonly #meeting: string;
  readonly #file: File;
  #goOn: (() => void) | null = null;
  #gone = false;
  #tries = 0;

  constructor(api: Client, meeting: string, file: File, there: number) {
    this.#api = api;
    this.#meeting = meeting;
    this.#file = file;
    this.done = Math.min(there, file.size);
  }

  pause(): void {
    if (this.state === 'sending') this.state = 'paused';
  }

  goOn(): void {
    if (this.state !== 'paused') return;
    this.state = 'sending';
    this.#goOn?.();
  }

  leave(): void {
    this.#gone = true;
    this.#goOn?.();
  }

  async run(): Promise<void> {
    this.state = 'sending';
    this.problem = null;
    for (let last = false; !last && !this.#gone; ) {
      if ((this.state as string) === 'paused') await new Promise<void>((resolve) => (this.#goOn = resolve));
      const end = Math.min(this.#file.size, this.done + part);
      last = end === this.#file.size;
      if (last) this.state = 'closing';
      try {
        await this.#api.upload('/meetings/{id}/file', this.#file.slice(this.done, end), { path: { id: this.#meeting }, query: { offset: this.done, last: last || undefined }, timeout: patience });
        [this.done, this.hold, this.#tries] = [end, null, 0];
      } catch (error) {
        last = false;
        if (await this.#stops(error)) return;
      }
    }
    if (!this.#gone) this.state = 'done';
  }

  /** Whether the box refuses it for good; else it is tried again after a while. */
  async #stops(error: unknown): Promise<boolean> {
    if (error instanceof Refusal && error.status === 409) {
      const meeting = await this.#api.get('/meetings/{id}', { path: { id: this.#meeting } }).catch(() => null);
      if (meeting && meeting.upload.bytes !== this.done && meeting.upload.bytes <= this.#file.size) {
        this.done = meeting.upload.bytes;
        this.state = 'sending';
        return false;
      }
    }
    if (error instanceof Refusal && !error.passing && error.status !== 401) {
      this.problem = error;
      this.state = 'failed';
      return true;
    }
    this.state = 'sending';
    this.hold = !(error instanceof Refusal) ? 'unreachable' : error.status === 507 ? 'full' : error.status === 401 ? 'login' : 'busy';
    await new Promise((resolve) => setTimeout(resolve, wait(this.#tries++)));
    return this.#gone;
  }
}
