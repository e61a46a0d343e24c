import { Resampler, to16 } from '../../shared/sound/resample';
import { rate } from '../../shared/sound/wav';
import type { MeetingBox } from '../record/box';
import type { KeptTake } from '../record/sounds';
import type { MeetingDetail } from '../types';
import { mixed } from './channels';
import type { SoundFile } from './decode';
import type { Plan } from './look';
import { Sending } from './sending.svelte';

/** A head may be so wrong about the length, in seconds, without anything being missing: coders add silence, and round. */
const rounding = 1.5;

/** A piece is as long as this, in samples: a little less than the box takes at once. */
const piece = 30 * rate;

export interface UploadOptions {
  meeting: MeetingDetail;
  plan: Extract<Plan, { way: 'sound' }>;
  box: Pick<MeetingBox, 'begin' | 'put' | 'end'>;
  /** `cut`: the end of the file was missing. */
  close: (cut: boolean) => Promise<void>;
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
export class Upload extends Sending {
  /** Of which `done` are on the box. */
  readonly seconds: number;
  readonly #options: UploadOptions;

  constructor(options: UploadOptions) {
    super(options.random);
    this.#options = options;
    this.seconds = options.plan.seconds;
  }

  override leave(): void {
    super.leave();
    this.#options.plan.sound.close();
  }

  protected async send(): Promise<void> {
    const { sound } = this.#options.plan;
    const tracks = await this.#begin();
    let { cut } = sound;
    for await (const planes of readable(sound, () => (cut = true))) {
      const channels = tracks.length === 2 ? planes : [mixed(planes)];
      for (const [i, track] of tracks.entries()) await this.#take(track, track.resampler.push(channels[i] ?? new Float32Array(0)));
      if (this.gone) return;
    }
    for (const track of tracks) {
      await this.#take(track, track.resampler.end());
      await this.#send(track, track.length);
      await this.sure(() => this.#options.box.end(track.take));
    }
    if (this.seconds - (tracks[0]?.take.samples ?? 0) / rate > rounding) cut = true;
    this.state = 'closing';
    await this.sure(() => this.#options.close(cut));
    sound.close();
  }

  async #begin(): Promise<Track[]> {
    const { meeting, plan } = this.#options;
    const tracks: Track[] = [];
    for (let track = 0; track < plan.tracks; track++) {
      const take: KeptTake = { key: `upload-track-${track}`, meeting: meeting.id, title: meeting.title, track, take: null, next: 0, samples: 0, running: true, ended: false, at: 0 };
      const known = meeting.tracks.find((t) => t.track === track)?.takes[0];
      take.take = known?.take ?? (await this.sure(() => this.#options.box.begin(take))).take;
      tracks.push({ take, have: (known?.have ?? []) as [number, number][], resampler: new Resampler(plan.sound.rate), held: [], length: 0 });
    }
    return tracks;
  }

  async #take(track: Track, samples: Float32Array): Promise<void> {
    if (samples.length > 0) track.held.push(samples.slice());
    track.length += samples.length;
    while (track.length >= piece && !this.gone) await this.#send(track, piece);
  }

  /** Sends the next so many samples, unless the box has them. */
  async #send(track: Track, length: number): Promise<void> {
    if (length === 0) return;
    const samples = taken(track, length);
    const { take } = track;
    const [seq, start] = [take.next++, take.samples];
    take.samples += length;
    if (seq === 0 || !track.have.some(([first, last]) => seq >= first && seq <= last)) {
      await this.resting();
      if (this.gone) return;
      const bytes = to16(samples).buffer;
      const sha256 = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))));
      await this.sure(() => this.#options.box.put(take, { id: [take.key, seq], start, samples: length, sha256 }, bytes));
    }
    if (take.track === 0) this.done = take.samples / rate;
  }
}

/** The sound of a file up to where it cannot be decoded any more, which is told. A file that the device cannot read now is none of that. */
async function* readable(sound: SoundFile, damaged: () => void): AsyncGenerator<Float32Array[], void, unknown> {
  let any = false;
  try {
    for await (const planes of sound.planes()) {
      yield planes;
      any = true;
    }
  } catch (error) {
    if (!any || (error instanceof DOMException && /^Not(Readable|Found)Error$/.test(error.name))) throw error;
    damaged();
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
