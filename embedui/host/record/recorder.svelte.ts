import { newKey } from '../../shared/api/client';
import type { Microphone, MicrophoneOptions } from '../../shared/sound/microphone';
import { rate } from '../../shared/sound/wav';
import type { SoundOutbox } from './outbox.svelte';
import type { KeptTake } from './sounds';

/**
 * `ready`: nothing goes on. `opening`: the browser asks for the microphone. `paused`: the take can be gone on with.
 * `seeking`: the microphone was taken away, and is looked for again. `ending`: what waits here goes to the box.
 */
export type RecorderState = 'ready' | 'opening' | 'recording' | 'paused' | 'seeking' | 'ending' | 'done';

/** Why there is no sound: an ending of `record.trouble.`. */
export type MicrophoneTrouble = 'denied' | 'none' | 'broken';

/** Sound that is missing in the recording, in seconds of it. */
export interface Missing {
  at: number;
  seconds: number;
}

export interface RecorderOptions {
  outbox: SoundOutbox;
  meeting: string;
  title: string;
  /** How much the takes of a track have that are on the box, without one of this number, in samples. */
  before: (track: number, without: number | null) => number;
  /** How long the meeting is, in samples, where other devices record beside this track; null where there is no other track. */
  beside: (track: number | null) => number | null;
  open: (options: MicrophoneOptions) => Promise<Microphone>;
  /** No more sound comes to the meeting: it is transcribed. */
  close: () => Promise<void>;
}

/** Where a take goes: onto a track, whose device it takes over from, or beside all others, onto one of its own. */
export type Way = { track: number } | 'beside';

/** A piece is as long as this, in samples: what a crash of the device may cost. */
const piece = 3 * rate;

/** Peaks below this are no sound that anybody makes; after so many seconds of it the person is told. */
const still = 40;
const patience = 6;

/** When nothing was heard for so long, the device may have slept, or only this page may have been late (ms). */
const stall = 10_000;
/** How long is listened then to tell the two apart (ms), and what is no gap (ms). */
const doubt = 2_000;
const slight = 1_000;
/** After so long away (ms), going on is another beginning: the time between is no gap. */
const longest = 30 * 60_000;
/** How often a lost microphone is looked for, in ms. */
const seeking = 3_000;

/**
 * The recording of one meeting on this device. Sound becomes pieces in the outbox as it is heard, which keeps and sends them; a
 * pause is no gap; time in which the device slept or had no microphone is one.
 */
export class Recorder {
  state = $state<RecorderState>('ready');
  trouble = $state<MicrophoneTrouble | null>(null);
  /** Of the last tenth of a second, 0 to 1. */
  level = $state(0);
  /** Nothing but silence has come for a while, or the browser says that the microphone is mute. */
  hushed = $state(false);
  /** Another device goes on with the meeting. */
  taken = $state(false);
  missing = $state<Missing[]>([]);
  /** How long the recording is, in samples. */
  samples = $state(0);
  /** What was heard and is not a piece yet, in samples. */
  fresh = $state(0);
  /** The microphone to open; '' is the one that the browser prefers. */
  device = $state('');

  readonly #options: RecorderOptions;
  #microphone: Microphone | null = null;
  #take: KeptTake | null = null;
  #way: Way = { track: 0 };
  #before: number;
  #parts: Int16Array[] = [];
  #held: Int16Array[] = []; // came after a stall
  #stalled: number | null = null; // when the stall began
  #woke = 0; // when it ended
  #last = 0; // when something was heard
  #hush = 0;
  #muted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#before = options.before(0, null);
    this.samples = this.#before;
  }

  /** Where in the meeting it is, in samples. */
  get place(): number {
    return this.#take?.from === undefined ? this.samples : this.#take.from + this.samples - this.#before;
  }

  /** The take on this device, when there is one. */
  get take(): KeptTake | null {
    return this.#take;
  }

  /** The take of an earlier page can be gone on with. */
  resume(kept: KeptTake): void {
    this.#take = kept;
    this.#way = kept.beside && kept.take === null ? 'beside' : { track: kept.track };
    this.#before = this.#options.before(kept.track, kept.take);
    this.samples = this.#before + kept.samples;
    this.state = 'paused';
  }

  /** Begins to record, or goes on. */
  async record(way: Way = this.#way): Promise<void> {
    if (this.state !== 'ready' && this.state !== 'paused') return;
    const before = this.state;
    this.#way = way;
    this.#part();
    this.trouble = null;
    this.taken = false;
    this.#calm();
    if (this.#microphone) {
      this.#last = Date.now();
      if (!this.#take) this.#begin(this.#last);
      this.#microphone.goOn();
      this.#go();
      return;
    }
    this.state = 'opening';
    try {
      await this.#open('opening');
    } catch (error) {
      this.state = before;
      this.trouble = troubleOf(error);
    }
  }

  async pause(): Promise<void> {
    if (this.state !== 'recording' && this.state !== 'seeking') return;
    clearTimeout(this.#timer);
    this.#microphone?.pause();
    this.state = 'paused';
    this.level = 0;
    this.#calm();
    this.#rest();
    this.#cut();
    if (this.#take) await this.#options.outbox.note(this.#take, false);
  }

  /** Ends the take; what was recorded is kept and sent on. Another one may follow. */
  async end(): Promise<void> {
    await this.#close();
    await this.#drop();
    if (this.state !== 'ending') this.state = 'ready';
    this.level = 0;
  }

  /** Ends the meeting: resolves when all of it is on the box. */
  async finish(): Promise<void> {
    this.state = 'ending';
    await this.end();
    await this.#options.outbox.drained();
    await this.#options.close();
    this.state = 'done';
  }

  /** Another device records now: this one ends, and sends what it has. */
  async yield(): Promise<void> {
    if (this.#take === null) return;
    this.taken = true;
    await this.end();
  }

  /** Lets go of the microphone; what was recorded stays on the device and can be gone on with. */
  async leave(): Promise<void> {
    await this.#close();
  }

  /** Keeps what was heard so far, at once: the page may be about to go. */
  keep(): void {
    this.#cut();
  }

  async #open(asked: RecorderState): Promise<void> {
    const microphone = await this.#options.open({
      heard: (samples) => this.#hear(samples),
      lost: () => void this.#lose(),
      muted: (muted) => {
        this.#muted = muted;
        if (muted) this.hushed = true;
        else this.#calm();
      },
      device: this.device,
      raw: true,
    });
    if (this.state !== asked) {
      await microphone.close();
      return;
    }
    this.#microphone = microphone;
    const now = Date.now();
    if (!this.#take) {
      this.#begin(now);
    } else if (this.#take.running && now - this.#take.at <= longest) {
      this.#skip(now - this.#take.at);
    }
    this.#last = now;
    this.#go();
  }

  #begin(now: number): void {
    const beside = this.#way === 'beside';
    const track = this.#way === 'beside' ? 0 : this.#way.track;
    // Another device may have gone on in between.
    this.#before = this.samples = beside ? 0 : Math.max(this.#before, this.#options.before(track, null));
    this.#take = {
      key: newKey(), meeting: this.#options.meeting, title: this.#options.title, track, beside, since: now,
      from: this.#options.beside(beside ? null : track) ?? this.#before,
      take: null, next: 0, samples: 0, running: true, ended: false, at: now,
    };
    this.#options.outbox.open(this.#take);
  }

  /** Ends the take. The next one goes onto the same track. */
  async #drop(): Promise<void> {
    const take = this.#take;
    this.#take = null;
    if (!take) return;
    if (take.take !== null || !take.beside) this.#way = { track: take.track };
    this.#before += take.samples;
    await this.#options.outbox.end(take);
  }

  /**
   * Going on after a pause is another take where other devices record beside this one: they went on, and it is laid against
   * them. What was away while it ran stays in its take, as a gap.
   */
  #part(): void {
    const take = this.#take;
    if (!take || this.#options.beside(take.track) === null) return;
    if (take.next === 0) take.since = Date.now();
    else if (!take.running || Date.now() - take.at > longest) void this.#drop();
  }

  #go(): void {
    this.state = 'recording';
    if (this.#take) void this.#options.outbox.note(this.#take, true);
  }

  #hear(samples: Int16Array): void {
    if (!this.#take) return;
    const now = Date.now();
    if (this.state === 'recording' && this.#stalled === null && now - this.#last > stall) [this.#stalled, this.#woke] = [this.#last, now];
    this.#last = now;
    const loud = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.level = this.state === 'recording' ? Math.min(1, Math.sqrt(loud / 20_000)) : 0;
    this.#hush = loud < still ? this.#hush + samples.length / rate : 0;
    this.hushed = this.#muted || this.#hush > patience;
    if (this.#stalled === null) {
      this.#append(samples);
      return;
    }
    this.#held.push(samples);
    if (now - this.#woke >= doubt) this.#rest();
  }

  /** Decides what a stall was, by how much came after it, and takes that in. */
  #rest(): void {
    if (this.#stalled === null) return;
    const came = this.#held.reduce((sum, part) => sum + part.length, 0);
    const gap = Date.now() - this.#stalled - (came * 1000) / rate;
    this.#stalled = null;
    if (gap > doubt) this.#skip(gap);
    for (const part of this.#held.splice(0)) this.#append(part);
  }

  #append(samples: Int16Array): void {
    this.#parts.push(samples);
    this.fresh += samples.length;
    this.samples += samples.length;
    if (this.fresh >= piece) this.#cut();
  }

  /** Leaves room for time of which there is no sound. */
  #skip(ms: number): void {
    if (!this.#take || ms < slight) return;
    this.#cut();
    const samples = Math.round((ms * rate) / 1000);
    this.missing.push({ at: this.samples / rate, seconds: ms / 1000 });
    this.#take.samples += samples;
    this.samples += samples;
  }

  /** Makes a piece of what was heard. */
  #cut(): void {
    if (!this.#take || this.fresh === 0) return;
    const samples = new Int16Array(this.fresh);
    let at = 0;
    for (const part of this.#parts) {
      samples.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.fresh = 0;
    void this.#options.outbox.add(this.#take, samples);
  }

  /** The microphone is gone: looks for one until it is there or nobody wants it any more. */
  async #lose(): Promise<void> {
    if (this.state === 'paused') {
      await this.#close();
      return;
    }
    if (this.state !== 'recording') return;
    this.state = 'seeking';
    await this.#close();
    if (this.#take) await this.#options.outbox.note(this.#take, true);
    await this.seek();
  }

  /** Looks for a microphone now. */
  async seek(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.state !== 'seeking') return;
    try {
      await this.#open('seeking');
      this.trouble = null;
    } catch (error) {
      this.trouble = troubleOf(error);
      this.device = '';
      this.#timer = setTimeout(() => void this.seek(), seeking);
    }
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const microphone = this.#microphone;
    this.#microphone = null;
    this.level = 0;
    this.#calm();
    await microphone?.close();
    this.#rest();
    this.#cut();
  }

  #calm(): void {
    this.#hush = 0;
    this.#muted = false;
    this.hushed = false;
  }
}

function troubleOf(error: unknown): MicrophoneTrouble {
  const name = error instanceof DOMException ? error.name : '';
  return name === 'NotAllowedError' ? 'denied' : name === 'NotFoundError' || name === 'OverconstrainedError' ? 'none' : 'broken';
}
