import { Refusal } from '../../shared/api/errors';
import { wait } from '../../shared/live';
import { rate } from '../../shared/sound/wav';
import type { MeetingBox } from './box';
import type { KeptMark, KeptPiece, KeptTake, Sounds } from './sounds';

/** Why nothing goes out at the moment: the box is not reached, is busy, has no room, or asks for the log-in. */
export type Hold = 'unreachable' | 'busy' | 'full' | 'login';

export interface SoundOutboxOptions {
  sounds: Sounds;
  meeting: string;
  box: MeetingBox;
  /** The box has a mark, under this id. */
  marked?: (mark: KeptMark, id: string) => void;
  /** The box does not take a mark. It is forgotten here. */
  refused?: (mark: KeptMark, why: Refusal) => void;
  random?: () => number;
}

interface Take {
  kept: KeptTake;
  pieces: KeptPiece[];
}

/**
 * The sound and the marks of one meeting on their way to the box: take after take, piece after piece, then the marks.
 * Each is kept on the device before it is sent and erased when the box has acknowledged it; what got no answer is sent
 * again under the same number. A take that has ended is told to the box after its last piece, and then forgotten here.
 */
export class SoundOutbox {
  hold = $state<Hold | null>(null);
  /** Samples that are not on the box yet. */
  waiting = $state(0);
  /** Samples that came to be on the box since this was made. */
  sent = $state(0);
  /** The box will not take what is left, and why. It stays on the device. */
  stopped = $state.raw<Refusal | null>(null);
  /** Why what waits lasts only as long as the page. */
  fragile = $state<'none' | 'full' | null>(null);

  readonly #options: SoundOutboxOptions;
  #takes: Take[] = [];
  #marks: KeptMark[] = [];
  #keeping: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #sending = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: SoundOutboxOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier page left unsent, and begins to send. Gives the take that had not ended. */
  async restore(): Promise<KeptTake | null> {
    const { sounds, meeting } = this.#options;
    for (const kept of await sounds.takes()) {
      if (kept.meeting !== meeting) continue;
      const pieces = await sounds.pieces(kept.key);
      this.#takes.push({ kept, pieces });
      this.waiting += pieces.reduce((sum, p) => sum + p.samples, 0);
    }
    this.#marks = (await sounds.marks()).filter((m) => m.meeting === meeting);
    this.fragile = sounds.trouble;
    void this.flush();
    return this.#takes.find(({ kept }) => !kept.ended)?.kept ?? null;
  }

  /** Takes up a new take. It is kept, and told to the box, with its first piece. */
  open(kept: KeptTake): void {
    this.#takes.push({ kept, pieces: [] });
  }

  /**
   * Adds samples to the end of an open take. They count as waiting at once, and are kept and sent in the order of the calls.
   * Resolves when they are kept.
   */
  add(kept: KeptTake, samples: Int16Array<ArrayBuffer>): Promise<void> {
    const take = this.#takes.find((t) => t.kept === kept);
    if (!take || samples.length === 0) return this.#keeping;
    const piece: KeptPiece = { id: [kept.key, kept.next++], start: kept.samples, samples: samples.length, at: Date.now(), sha256: '' };
    kept.samples += samples.length;
    kept.at = Date.now();
    const now = { ...kept };
    this.waiting += samples.length;
    return this.#keep(async () => {
      const bytes = samples.buffer.byteLength === samples.byteLength ? samples.buffer : samples.slice().buffer;
      piece.sha256 = base64(await crypto.subtle.digest('SHA-256', bytes));
      await this.#options.sounds.keepPiece(piece, bytes, { ...now, take: kept.take });
      take.pieces.push(piece);
      void this.flush();
    });
  }

  /** Keeps whether an open take goes on. */
  note(kept: KeptTake, running: boolean): Promise<void> {
    kept.running = running;
    kept.at = Date.now();
    // A take without a piece is nothing that anybody would come back for.
    return this.#keep(async () => {
      if (kept.next > 0) await this.#options.sounds.keepTake({ ...kept });
    });
  }

  /** Ends a take: nothing more is added to it. Resolves when that is kept. */
  end(kept: KeptTake): Promise<void> {
    return this.#keep(async () => {
      kept.running = false;
      kept.ended = true;
      await this.#options.sounds.keepTake({ ...kept });
      void this.flush();
    });
  }

  /** Keeps a mark that is not finished yet, so that it outlives the page. */
  draft(mark: KeptMark): Promise<void> {
    return this.#keep(() => this.#options.sounds.keepMark({ ...mark }));
  }

  /** Forgets such a mark. */
  discard(mark: KeptMark): Promise<void> {
    return this.#keep(() => this.#options.sounds.eraseMark(mark.key));
  }

  /** Adds a mark. Resolves when it is kept. */
  mark(mark: KeptMark): Promise<void> {
    return this.#keep(async () => {
      await this.#options.sounds.keepMark(mark);
      this.#marks.push(mark);
      void this.flush();
    });
  }

  /** Resolves when everything that was added is on the box, also takes that have ended. */
  async drained(): Promise<void> {
    await this.#keeping;
    if (!this.#next()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Sends what waits, now. */
  async flush(): Promise<void> {
    if (this.#sending || this.#closed || this.stopped) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      for (let job = this.#next(); job && !this.#closed; job = this.#next()) {
        if (!(await this.#try(job))) return;
      }
    } finally {
      this.#sending = false;
    }
    if (this.#next()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
    await this.#options.sounds.settle();
  }

  /** Sends nothing more; what waits stays on the device. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** All sound that waits, in order: to save it elsewhere. */
  async rest(): Promise<Int16Array<ArrayBuffer>[]> {
    const all: Int16Array<ArrayBuffer>[] = [];
    for (const { pieces } of this.#takes) {
      for (const { id } of pieces) all.push(new Int16Array((await this.#options.sounds.bytes(id)) ?? new ArrayBuffer(0)));
    }
    return all;
  }

  #keep(work: () => Promise<void>): Promise<void> {
    this.#keeping = this.#keeping.then(async () => {
      await work();
      this.fragile = this.#options.sounds.trouble;
    });
    return this.#keeping;
  }

  /** What is to be sent next; null when nothing is. */
  #next(): (() => Promise<void>) | null {
    for (const take of this.#takes) {
      const piece = take.pieces[0];
      if (piece) return () => this.#sendPiece(take, piece);
    }
    const mark = this.#marks[0];
    if (mark) return () => this.#sendMark(mark);
    const over = this.#takes.find((take) => take.kept.ended);
    return over ? () => this.#sendEnd(over) : null;
  }

  async #try(job: () => Promise<void>): Promise<boolean> {
    try {
      await job();
      this.hold = null;
      this.#tries = 0;
      this.fragile = this.#options.sounds.trouble;
      return true;
    } catch (error) {
      if (error instanceof Refusal && !error.passing && error.status !== 401) {
        this.stopped = error;
        return false;
      }
      this.hold = !(error instanceof Refusal) ? 'unreachable' : error.status === 507 ? 'full' : error.status === 401 ? 'login' : 'busy';
      const named = ((error instanceof Refusal && error.retryAfter) || 0) * 1000;
      this.#timer = setTimeout(() => void this.flush(), Math.max(named, wait(this.#tries++, this.#options.random)));
      return false;
    }
  }

  async #sendMark(mark: KeptMark): Promise<void> {
    try {
      const id = await this.#options.box.mark(mark);
      this.#options.marked?.(mark, id);
    } catch (error) {
      // One that the box refuses holds up no sound: there are too many, or it is no text.
      if (!(error instanceof Refusal) || ![400, 422].includes(error.status)) throw error;
      this.#options.refused?.(mark, error);
    }
    this.#marks = this.#marks.filter((m) => m !== mark);
    await this.#options.sounds.eraseMark(mark.key);
  }

  async #sendPiece(take: Take, piece: KeptPiece): Promise<void> {
    const { sounds, box } = this.#options;
    await this.#begun(take.kept);
    const bytes = await sounds.bytes(piece.id);
    // Bytes that are gone are a gap, which the box tells of by the numbers that it has.
    if (bytes) await box.put(take.kept, piece, bytes);
    take.pieces = take.pieces.filter((p) => p !== piece);
    await sounds.erasePiece(piece.id);
    this.waiting -= piece.samples;
    if (bytes) this.sent += piece.samples;
  }

  async #sendEnd(take: Take): Promise<void> {
    const { sounds, box } = this.#options;
    if (take.kept.samples > 0) {
      await this.#begun(take.kept);
      await box.end(take.kept);
    }
    this.#takes = this.#takes.filter((t) => t !== take);
    await sounds.eraseTake(take.kept.key);
  }

  async #begun(kept: KeptTake): Promise<void> {
    if (kept.take !== null) return;
    const { track, take, start_ms } = await this.#options.box.begin(kept);
    [kept.track, kept.take] = [track, take];
    if (start_ms !== undefined) kept.from = Math.round((start_ms * rate) / 1000);
    await this.#options.sounds.keepTake({ ...kept });
  }
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
