import { newKey, Refusal } from '../shared/api/client';
import type { ControlAnswer, Turn } from '../shared/api/types';
import { wait } from '../shared/live';
import type { Device, Unsent } from './device.svelte';

/** An unsent message on screen: on its way, or waiting until the box can be reached. */
export interface Entry extends Unsent {
  state: 'sending' | 'waiting';
}

/** Why nothing goes out at the moment. */
export type Hold = 'unreachable' | 'busy' | 'full';

export interface OutboxOptions {
  device: Device;
  conversation: string;
  /** Gives one message to the box; resolves when it is on disk there. */
  post: (message: Pick<Unsent, 'content' | 'answer' | 'spoken' | 'key'>) => Promise<Turn>;
  /** The box has it. */
  saved: (turn: Turn) => void;
  /** The box will never take this message as it is; it is no longer in the outbox. */
  returned: (content: string, why: Refusal) => void;
  /** The box takes nothing more in this conversation; the messages stay here. */
  stopped: (why: Refusal) => void;
  random?: () => number;
}

/**
 * Messages on their way to the box, one after the other in the order in which they were written. Each is kept on the
 * device before it is sent and erased when the box has acknowledged it; what got no answer is sent again with the same
 * key, so that it is stored once.
 */
export class Outbox {
  entries = $state<Entry[]>([]);
  hold = $state<Hold | null>(null);
  readonly #options: OutboxOptions;
  #sending = false;
  #closed = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier page left unsent, and begins to send. */
  async restore(): Promise<void> {
    const kept = await this.#options.device.messages(this.#options.conversation);
    const known = new Set(this.entries.map((e) => e.key));
    this.entries = [...kept.filter((m) => !known.has(m.key)).map((m) => ({ ...m, state: 'waiting' as const })), ...this.entries];
    void this.flush();
  }

  /** Takes a message. When this resolves it is kept on the device; sending goes on by itself. */
  async add(content: string, after: number, { answer, spoken }: Pick<Unsent, 'answer' | 'spoken'> = {}): Promise<void> {
    const { device, conversation } = this.#options;
    const order = Math.max(0, ...this.entries.map((e) => e.order + 1));
    const message: Unsent = { key: newKey(), conversation, content, ...(answer && { answer }), ...(spoken && { spoken }), order, after, at: Date.now() };
    this.entries.push({ ...message, state: this.hold ? 'waiting' : 'sending' });
    await device.keepMessage(message);
    void this.flush();
  }

  /** Sends what waits, now. */
  async flush(): Promise<void> {
    if (this.#sending || this.#closed) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      for (let entry = this.entries[0]; entry && !this.#closed; entry = this.entries[0]) {
        if (!(await this.#send(entry))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** Sends nothing more; what waits stays on the device. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Sends nothing more and erases what waits. */
  async erase(): Promise<void> {
    this.close();
    this.entries = [];
    await this.#options.device.eraseConversation(this.#options.conversation);
  }

  /** Says whether the next message may be sent. */
  async #send(entry: Entry): Promise<boolean> {
    entry.state = 'sending';
    try {
      const turn = await this.#options.post(entry);
      this.hold = null;
      this.#tries = 0;
      this.#options.saved(turn);
      await this.#remove(entry.key);
      return true;
    } catch (error) {
      entry.state = 'waiting';
      if (!(error instanceof Refusal) || error.passing) {
        this.#later(error);
        return false;
      }
      if (error.status === 401 || error.status === 403 || error.status === 404 || error.status === 409) {
        this.close();
        this.#options.stopped(error);
        return false;
      }
      await this.#remove(entry.key);
      this.#options.returned(entry.content, error);
      return true;
    }
  }

  async #remove(key: string): Promise<void> {
    this.entries = this.entries.filter((e) => e.key !== key);
    await this.#options.device.eraseMessage(key);
  }

  #later(error: unknown): void {
    const refusal = error instanceof Refusal ? error : null;
    this.hold = !refusal ? 'unreachable' : refusal.status === 507 ? 'full' : 'busy';
    const named = (refusal?.retryAfter ?? 0) * 1000;
    this.#timer = setTimeout(() => void this.flush(), Math.max(named, wait(this.#tries++, this.#options.random)));
  }
}

/**
 * The entries that are not among the stored turns yet. A message may be stored while its acknowledgement was lost or
 * is still on its way; it is then shown once, as stored. `turns` are in order.
 */
export function unseen(entries: readonly Entry[], turns: readonly Turn[]): Entry[] {
  const own = turns.filter((t) => t.role === 'participant');
  let from = 0;
  return entries.filter((entry) => {
    const at = own.findIndex((t, i) => i >= from && t.seq > entry.after && isSame(entry, t));
    if (at < 0) return true;
    from = at + 1;
    return false;
  });
}

const isSame = (entry: Entry, turn: Turn) =>
  entry.answer ? entry.answer.turn_id === turn.answer?.turn_id : entry.content === turn.content;
