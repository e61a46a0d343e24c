import { newKey, Refusal } from '../shared/api/client';
import { wait } from '../shared/live';
import type { Words } from './conversation.svelte';
import type { Device } from './device.svelte';
import type { Microphone, MicrophoneOptions } from '../shared/sound/microphone';
import { rate, wavOf } from '../shared/sound/wav';

/**
 * `idle`: nothing was recorded. `opening`: the browser asks for the microphone. `paused`: what was recorded is kept on
 * the device, and can be added to. `writing`: the box writes it down. `held`: the box could not, and is asked again.
 */
export type VoiceState = 'idle' | 'opening' | 'recording' | 'paused' | 'writing' | 'held';

/** What went wrong, until something else is done: an ending of `voice.`. */
export type VoiceTrouble = 'denied' | 'none' | 'broken' | 'lost' | 'silent' | 'unclear' | 'long' | 'unreachable' | 'busy';

/** How long a recording may be, in seconds. */
export const longest = 180;

/** Levels: below the first nobody speaks; after so many seconds below it the person is told. */
const quiet = 300;
const patience = 5;

export interface VoiceOptions {
  device: Pick<Device, 'sound' | 'keepSound' | 'eraseSound'>;
  conversation: string;
  open: (options: MicrophoneOptions) => Promise<Microphone>;
  /** Has the box write a recording down. */
  write: (sound: Blob, key: string, signal: AbortSignal) => Promise<Words>;
  /** The words are there; the recording is erased when this resolves. */
  written: (words: Words) => Promise<void> | void;
  random?: () => number;
}

/**
 * One answer that is spoken: recorded, written down by the box, handed to the answer box. Every second of it is kept on
 * the device until its words are there or it is discarded; a closed page and a lost network lose nothing of it.
 */
export class Voice {
  state = $state<VoiceState>('idle');
  trouble = $state<VoiceTrouble | null>(null);
  seconds = $state(0);
  /** Of the last tenth of a second, 0 to 1. */
  level = $state(0);
  /** No sound has come for a while. */
  hushed = $state(false);

  readonly #options: VoiceOptions;
  #microphone: Microphone | null = null;
  #key = '';
  #pieces: Int16Array[] = [];
  #fresh: Int16Array[] = []; // not kept on the device yet
  #place = 0;
  #samples = 0;
  #loudest = 0;
  #hush = 0;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier page has recorded. */
  async restore(): Promise<void> {
    const kept = await this.#options.device.sound(this.#options.conversation);
    if (kept.length === 0 || this.state !== 'idle') return;
    this.#key = kept[0]?.key ?? newKey();
    this.#place = (kept.at(-1)?.id[1] ?? 0) + 1;
    for (const piece of kept) this.#take(piece.samples);
    this.state = 'paused';
  }

  /** Begins to record, or goes on. */
  async record(): Promise<void> {
    if (this.state !== 'idle' && this.state !== 'paused') return;
    const before = this.state;
    this.trouble = null;
    this.hushed = false;
    this.#hush = 0;
    if (this.#microphone) {
      this.#microphone.goOn();
      this.state = 'recording';
      return;
    }
    this.state = 'opening';
    try {
      const microphone = await this.#options.open({ heard: (samples) => this.#hear(samples), lost: () => void this.#lost() });
      if (this.state !== 'opening') {
        await microphone.close();
        return;
      }
      this.#microphone = microphone;
      this.#key ||= newKey();
      this.state = 'recording';
    } catch (error) {
      this.state = before;
      const name = error instanceof DOMException ? error.name : '';
      this.trouble = name === 'NotAllowedError' ? 'denied' : name === 'NotFoundError' ? 'none' : 'broken';
    }
  }

  pause(): void {
    if (this.state !== 'recording') return;
    this.#microphone?.pause();
    this.state = 'paused';
    this.level = 0;
    this.#keep();
  }

  /** Ends the recording and has it written down. */
  async finish(): Promise<void> {
    if (this.state === 'recording' || this.state === 'paused') {
      this.state = 'writing';
      await this.#close();
      this.#keep();
    }
    if (this.#loudest < quiet) {
      await this.#clear('silent');
      return;
    }
    await this.#write();
  }

  /** Erases the recording, and ends what is done with it. */
  async discard(): Promise<void> {
    await this.#clear(null);
  }

  /** Lets go of the microphone; what was recorded stays on the device. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    await this.#close();
    this.#keep();
    await this.#keeping;
  }

  #hear(samples: Int16Array): void {
    if (this.state === 'idle') return;
    this.#fresh.push(samples);
    const loud = this.#take(samples);
    this.level = Math.min(1, Math.sqrt(loud / 20_000));
    this.#hush = loud < quiet ? this.#hush + samples.length / rate : 0;
    this.hushed = this.#hush > patience;
    if (this.#fresh.length >= 10) this.#keep();
    if (this.seconds >= longest && this.state === 'recording') {
      this.pause();
      this.trouble = 'long';
    }
  }

  /** Adds samples to the recording as long as there is room, and gives the loudest of them. */
  #take(samples: Int16Array): number {
    const room = longest * rate - this.#samples;
    const piece = samples.length > room ? samples.slice(0, room) : samples;
    if (piece.length > 0) this.#pieces.push(piece);
    this.#samples += piece.length;
    this.seconds = this.#samples / rate;
    const loud = piece.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.#loudest = Math.max(this.#loudest, loud);
    return loud;
  }

  #keep(): void {
    if (this.#fresh.length === 0) return;
    const samples = new Int16Array(this.#fresh.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.#fresh) {
      samples.set(piece, at);
      at += piece.length;
    }
    this.#fresh = [];
    const { device, conversation } = this.#options;
    const piece = { id: [conversation, this.#place++] as [string, number], key: this.#key, samples, at: Date.now() };
    this.#keeping = this.#keeping.then(() => device.keepSound(piece));
  }

  async #lost(): Promise<void> {
    if (this.state !== 'recording' && this.state !== 'paused') return;
    this.state = 'paused';
    this.trouble = 'lost';
    await this.#close();
    this.#keep();
  }

  async #close(): Promise<void> {
    const microphone = this.#microphone;
    this.#microphone = null;
    this.level = 0;
    await microphone?.close();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.state = 'writing';
    this.trouble = null;
    const abort = (this.#abort = new AbortController());
    try {
      const words = await this.#options.write(wavOf(this.#pieces), this.#key, abort.signal);
      if (abort.signal.aborted) return;
      await this.#options.written(words);
      await this.#clear(null);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (error instanceof Refusal && !error.passing) {
        await this.#clear('unclear');
        return;
      }
      this.state = 'held';
      this.trouble = error instanceof Refusal ? 'busy' : 'unreachable';
      const named = (error instanceof Refusal ? (error.retryAfter ?? 0) : 0) * 1000;
      this.#timer = setTimeout(() => void this.#write(), Math.max(named, wait(this.#tries++, this.#options.random)));
    }
  }

  async #clear(trouble: VoiceTrouble | null): Promise<void> {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.state = 'idle';
    await this.#close();
    this.#pieces = [];
    this.#fresh = [];
    this.#key = '';
    this.#place = this.#samples = 0;
    this.#loudest = 0;
    this.#tries = 0;
    this.seconds = 0;
    this.hushed = false;
    this.trouble = trouble;
    await this.#keeping;
    await this.#options.device.eraseSound(this.#options.conversation);
  }
}
