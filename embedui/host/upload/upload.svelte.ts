import { Refusal } from '../../shared/api/errors';
import { wait } from '../../shared/live';
import { Resampler, to16 } from '../../shared/sound/resample';
import { rate } from '../../shared/sound/wav';
import type { MeetingBox } from '../record/box';
import type { Hold } from '../record/outbox.svelte';
import type { KeptTake } from '../record/sounds';
import type { MeetingDetail } from '../types';
import { mixed } from './channels';
import type { Plan } from './look';

/** A piece is as long as this, in samples: a little less than the box takes at once. */
const piece = 30 * rate;

export type UploadState = 'ready' | 'sending' | 'paused' | 'closing' | 'done' | 'failed';

export interface UploadOptions {
  meeting: MeetingDetail;
  plan: Extract<Plan, { way: 'sound' }>;
  box: Pick<MeetingBox, 'begin' | 'put' | 'end'>;
  close: () => Promise<void>;
  random?: () => number;
}

interface Track {
  take: KeptTake;
  have: readonly (readonly [number, number])[];
  resampler: Resampler;
  held: Float32Array[];
  length: number;
}

/**
 * A file of sound on its way to the box: decoded and brought to 16 kHz as it goes, a piece at a time, so that it takes no more
 * memory however long it is. What the box has already is decoded again and not sent; the first piece always is, by which
 * the box knows another file.
 */
export class Upload {
  state = $state<UploadState>('ready');
  hold = $state<Hold | null>(null);
  /** Seconds that are on the box, of `seconds`. */
  done = $state(0);
  /** Why it cannot go on. */
  problem = $state.raw<unknown>(null);
  readonly seconds: number;
  readonly #options: UploadOptions;
  #goOn: (() => void) | null = null;
  #gone = false;
  #tries = 0;

  constructor(options: UploadOptions) {
    this.#options = options;
    this.seconds = options.plan.seconds;
  }

  pause(): void {
    if (this.state === 'sending') this.state = 'paused';
  }

  goOn(): void {
    if (this.state !== 'paused') return;
    this.state = 'sending';
    this.#goOn?.();
  }

  /** Sends no more: the page goes. What is on the box stays there. */
  leave(): void {
    this.#gone = true;
    this.#goOn?.();
    this.#options.plan.sound.close();
  }

  /** Sends all of it and closes the meeting. */
  async run(): Promise<void> {
    this.state = 'sending';
    this.problem = null;
    try {
      const tracks = await this.#begin();
      for await (const planes of this.#options.plan.sound.planes()) {
        const channels = tracks.length === 2 ? planes : [mixed(planes)];
        for (const [i, track] of tracks.entries()) await this.#take(track, track.resampler.push(channels[i] ?? new Float32Array(0)));
        if (this.#gone) return;
      }
      for (const track of tracks) {
        await this.#take(track, track.resampler.end());
        await this.#send(track, track.length);
        await this.#sure(() => this.#options.box.end(track.take));
      }
      this.state = 'closing';
      await this.#sure(this.#options.close);
      this.state = 'done';
    } catch (error) {
      if (this.#gone) return;
      this.problem = error;
      this.state = 'failed';
    } finally {
      if (this.state === 'done') this.#options.plan.sound.close();
    }
  }

  async #begin(): Promise<Track[]> {
    const { meeting, plan } = this.#options;
    const tracks: Track[] = [];
    for (let track = 0; track < plan.tracks; track++) {
      const take: KeptTake = { key: `upload-track-${track}`, meeting: meeting.id, title: meeting.title, track, take: null, next: 0, samples: 0, running: true, ended: false, at: 0 };
      const known = meeting.tracks.find((t) => t.track === track)?.takes[0];
      take.take = known?.take ?? (await this.#sure(() => this.#options.box.begin(take))).take;
      tracks.push({ take, have: (known?.have ?? []) as [number, number][], resampler: new Resampler(plan.sound.rate), held: [], length: 0 });
    }
    return tracks;
  }

  async #take(track: Track, samples: Float32Array): Promise<void> {
    if (samples.length > 0) track.held.push(samples.slice());
    track.length += samples.length;
    while (track.length >= piece && !this.#gone) await this.#send(track, piece);
  }

  /** Sends the next so many samples, unless the box has them. */
  async #send(track: Track, length: number): Promise<void> {
    if (length === 0) return;
    const samples = taken(track, length);
    const { take } = track;
    const [seq, start] = [take.next++, take.samples];
    take.samples += length;
    if (seq === 0 || !track.have.some(([first, last]) => seq >= first && seq <= last)) {
      await this.#resting();
      if (this.#gone) return;
      const bytes = to16(samples).buffer;
      const sha256 = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
      await this.#sure(() => this.#options.box.put(take, { id: [take.key, seq], start, samples: length, sha256 }, bytes));
    }
    if (take.track === 0) this.done = take.samples / rate;
  }

  async #resting(): Promise<void> {
    while (this.state === 'paused' && !this.#gone) await new Promise<void>((resolve) => (this.#goOn = resolve));
  }

  /** Asks the box until it answers; what it refuses for good is thrown. */
  async #sure<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.hold = null;
        this.#tries = 0;
        return answer;
      } catch (error) {
        if (this.#gone || (error instanceof Refusal && !error.passing && error.status !== 401)) throw error;
        this.hold = !(error instanceof Refusal) ? 'unreachable' : error.status === 507 ? 'full' : error.status === 401 ? 'login' : 'busy';
        await new Promise((resolve) => setTimeout(resolve, wait(this.#tries++, this.#options.random)));
      }
    }
  }
}

/** Takes so many samples from what a track holds. */
function taken(track: Track, length: number): Float32Array {
  const out = new Float32Array(length);
  let at = 0;
  while (at < length) {
    const first = track.held[0] as Float32Array;
    const part = first.subarray(0, length - at);
    out.set(part, at);
    at += part.length;
    if (part.length === first.length) track.held.shift();
    else track.held[0] = first.subarray(part.length);
  }
  track.length -= length;
  return out;
}
