import type { Client } from '../../shared/api/client';
import { Refusal } from '../../shared/api/errors';
import { Sending } from './sending.svelte';

/** So much of a file is sent at once, in bytes. */
const part = 4 * 1024 * 1024;
const patience = 300_000; // of the last part, which the box decodes

/** A file that this browser cannot decode, on its way to the box as it is: part after part, from where the box has it on. */
export class RawUpload extends Sending {
  readonly #api: Pick<Client, 'get' | 'upload'>;
  readonly #meeting: string;
  readonly #file: Blob;

  constructor(api: Pick<Client, 'get' | 'upload'>, meeting: string, file: Blob, there: number) {
    super();
    this.#api = api;
    this.#meeting = meeting;
    this.#file = file;
    this.done = Math.min(there, file.size);
  }

  protected async send(): Promise<void> {
    for (let whole = false; !whole; ) {
      await this.resting();
      if (this.gone) return;
      const end = Math.min(this.#file.size, this.done + part);
      const last = end === this.#file.size;
      if (last) this.state = 'closing';
      const there = await this.sure(() => this.#part(end, last));
      this.done = there ?? end;
      whole = last && there === null;
      if (!whole && this.state === 'closing') this.state = 'sending';
    }
  }

  /** Sends a part; where the box has another end of the file than was thought, that is given and nothing was taken. */
  async #part(end: number, last: boolean): Promise<number | null> {
    const path = { id: this.#meeting };
    try {
      const query = { offset: this.done, last: last || undefined };
      await this.#api.upload('/meetings/{id}/file', this.#file.slice(this.done, end), { path, query, timeout: patience });
      return null;
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 409)) throw error;
      const { upload } = await this.#api.get('/meetings/{id}', { path });
      if (upload.bytes === this.done || upload.bytes > this.#file.size) throw error;
      return upload.bytes;
    }
  }
}
