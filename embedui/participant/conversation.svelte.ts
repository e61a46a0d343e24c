import { Client, Refusal } from '../shared/api/client';
import type { components } from '../shared/api/schema';
import type { ControlAnswer, ConversationProgress, ParticipantConversation, Turn } from '../shared/api/types';
import { Live, type LiveEvent, type LiveOptions } from '../shared/live';
import { Device } from './device.svelte';
import { Outbox, unseen } from './outbox.svelte';
import { Announcer, type Delta, hear, type Speaking } from './speech';

/**
 * `loading`: the box has not answered yet; `gone`: it does not know the key (any more); `going` and `finished` as the
 * box says; `discarded`: the participant has had everything erased.
 */
export type Phase = 'loading' | 'going' | 'finished' | 'discarded' | 'gone';

/** What a participant decides about the own conversation. */
export type ReviewRequest = components['schemas']['ReviewRequest'];

export interface ConversationOptions {
  api: Client;
  device: Device;
  token: string;
  /** Null when the key came by a private link and the box has to be asked. */
  conversation: string | null;
  /** The box has said which conversation the key opens. */
  known: (conversation: string) => void;
  /** The key opens nothing any more. */
  forgotten: () => void;
  live?: (options: LiveOptions) => Pick<Live, 'start' | 'stop'>;
}

/** How the wait for the facilitator's next turn stands, as the box says about once a second. */
export interface Wait {
  /** Others whose turn comes before. */
  ahead: number;
  /** Expected until the first word; 0 when that is not known. */
  seconds: number;
  /** It takes long: one may go on without the model. */
  offer: boolean;
}

/** How far the box is with a recording. */
export interface Hearing {
  /** Pieces of work that come before its next one. */
  ahead: number;
  /** Expected until the words are there; 0 when that is not known. */
  seconds: number;
  done: number;
  of: number;
}

/** What the box has heard. */
export type Words = components['schemas']['Words'];

/** While the socket is closed the page asks by itself, so often (ms). */
const asking = 4_000;

/** After so long (ms) every screen reader has taken up what is to be said. */
const untilHeard = 5_000;

/**
 * One participant's conversation as this device sees it: the stored turns, the facilitator's turn that is being
 * spoken, and what waits to be sent. What the box has stored always wins; events only say it sooner.
 */
export class Conversation {
  phase = $state<Phase>('loading');
  /** The last answer of the box about the whole. Turns and progress are kept up to date below. */
  about = $state.raw<Omit<ParticipantConversation, 'turns' | 'speaking' | 'progress'> | null>(null);
  turns = $state.raw<Turn[]>([]);
  speaking = $state.raw<Speaking | null>(null);
  /** What was spoken and is taken back, until it is said anew. */
  takenBack = $state('');
  wait = $state.raw<Wait | null>(null);
  /** How far a recording is that is being written down. */
  hearing = $state.raw<Hearing | null>(null);
  /** Another one asks from here on, and has not asked yet. */
  changed = $state(false);
  progress = $state.raw<ConversationProgress>({ topics: [], done: 0, minutes_left: 0 });
  outbox = $state.raw<Outbox | null>(null);
  /** Whether the box was reached when it was last tried. */
  reached = $state(true);
  /** A message that the box did not take, and its reason; its text is in `returnedText`. */
  returned = $state.raw<Refusal | null>(null);
  returnedText = $state('');
  /** What stood in the answer box when the conversation was ended by somebody else. Only this device has it. */
  leftover = $state('');
  /** What a screen reader is to say, each once; they go when they have been heard, since the list has the same words. */
  announcements = $state.raw<{ id: number; text: string }[]>([]);

  /** Taken back, but a legal hold keeps it. */
  held = $state(false);

  readonly waiting = $derived.by(() => unseen(this.outbox?.entries ?? [], this.turns));
  /** The facilitator is to speak next, and has not begun. */
  readonly owed = $derived.by(() => {
    if (this.phase !== 'going' || this.speaking?.text) return false;
    return this.about?.owed === true || this.turns.findLast((turn) => !turn.corrects)?.role === 'participant' || this.turns.length === 0;
  });

  /** The question that can be answered by its control now: until anything is said to it. */
  readonly pickable = $derived.by(() => {
    const newest = this.turns.at(-1);
    const open = this.phase === 'going' && this.waiting.length === 0 && !this.speaking?.text;
    return open && newest?.role === 'facilitator' && newest.control ? newest : null;
  });

  readonly #options: ConversationOptions;
  readonly #live: Pick<Live, 'start' | 'stop'>;
  readonly #announcer = new Announcer();
  #announced = 0;
  #open = false;
  #erasing = false;
  #loading: Promise<void> | null = null;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const make = options.live ?? ((o: LiveOptions) => new Live(o));
    this.#live = make({
      path: '/api/v1/conversation/live',
      hello: () => ({ token: options.token }),
      event: (event) => this.#hear(event),
      reload: () => void this.load(),
      state: (state) => {
        this.#open = state === 'open';
        if (state === 'refused') void this.load();
        if (state !== 'open') this.#askLater();
      },
    });
  }

  async start(): Promise<void> {
    if (this.#options.conversation) await this.#openOutbox(this.#options.conversation);
    await this.load();
    if (!this.#over()) this.#live.start();
  }

  /** Lets go of the socket and the timers; what waits stays on the device. */
  stop(): void {
    this.#live.stop();
    this.outbox?.close();
    clearTimeout(this.#timer);
  }

  /** Reads the conversation anew. Calls while one is under way lead to one more after it. */
  load(): Promise<void> {
    if (this.#loading) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#load().finally(() => {
      this.#loading = null;
      if (this.#again) {
        this.#again = false;
        void this.load();
      }
    });
    return this.#loading;
  }

  /** Takes a message of the participant. It is kept on the device when this resolves. */
  async say(content: string, spoken = false): Promise<void> {
    this.returned = null;
    await this.outbox?.add(content, this.turns.at(-1)?.seq ?? -1, { spoken });
  }

  /** Takes an answer by a control, with the words that it is stored under. It is kept on the device when this resolves. */
  async pick(answer: ControlAnswer, words: string): Promise<void> {
    this.returned = null;
    await this.outbox?.add(words, this.turns.at(-1)?.seq ?? -1, { answer });
  }

  /**
   * Ends the conversation. Without `keep` the box erases every turn, the form and the name, and this device what it
   * kept; the key is worth nothing afterwards. Throws what the client throws; nothing has changed then.
   */
  async finish(keep: boolean): Promise<void> {
    // The socket tells of an erased conversation before the answer does: that it is gone is then no news.
    this.#erasing = !keep;
    try {
      const { waits } = await this.#options.api.post('/conversation/finish', { keep });
      this.held = waits === true;
    } catch (error) {
      this.#erasing = false;
      throw error;
    }
    if (keep) {
      await this.load();
      return;
    }
    this.#live.stop();
    clearTimeout(this.#timer);
    await this.outbox?.erase();
    this.turns = [];
    this.speaking = null;
    this.phase = 'discarded';
    this.#options.forgotten();
  }

  /** Has decisions about what was understood stored. Throws what the client throws; nothing has changed then. */
  async review(change: ReviewRequest): Promise<void> {
    const { points } = await this.#options.api.put('/conversation/review', change);
    const of = (id: string) => points.find((point) => point.id === id);
    this.turns = this.turns.map((turn) => ({ ...turn, points: turn.points.map((point) => of(point.id) ?? point) }));
    await this.load();
  }

  /**
   * Has the box write down a recording (WAV), which may take minutes; the same `key` gives the same words again. Throws
   * what the client throws.
   */
  writeDown(sound: Blob, key: string, signal: AbortSignal): Promise<Words> {
    return this.#options.api.upload('/conversation/voice', sound, { query: { key }, signal, timeout: 900_000 });
  }

  /** Goes on by rules in place of waiting for the model. Throws what the client throws. */
  async goOn(): Promise<void> {
    this.wait = null;
    await this.#options.api.post('/conversation/guided');
  }

  async #load(): Promise<void> {
    try {
      const { turns, speaking, progress, ...about } = await this.#options.api.get('/conversation');
      this.reached = true;
      if (this.phase === 'discarded') return;
      await this.#openOutbox(about.conversation_id);
      if (about.waits) {
        this.held = true;
        this.phase = 'discarded';
        this.stop();
        return;
      }
      const first = this.phase === 'loading';
      this.about = about;
      this.progress = progress;
      // On opening the page the question that waits for an answer is announced, and nothing before it.
      if (first) this.#announcer.skip(turns.findLast((t, i) => t.role === 'facilitator' && i < turns.length - 1)?.seq ?? -1);
      // A stored turn changes only by what its participant decides about points, here or on another device.
      this.turns = this.turns.map((had) => turns.find((turn) => turn.seq === had.seq) ?? had);
      this.#merge(turns);
      this.speaking = speaking && !this.#has(speaking.turn_seq) ? speaking : null;
      this.#announce();
      if (about.state === 'finished') await this.#finished();
      else if (!this.#over()) this.phase = 'going'; // an answer may be older than the closing turn
      void this.outbox?.flush();
    } catch (error) {
      if (error instanceof Refusal && (error.status === 401 || error.status === 404)) {
        if (this.#erasing) return;
        this.phase = 'gone';
        this.stop();
        return;
      }
      this.reached = false;
    }
    this.#askLater();
  }

  async #finished(): Promise<void> {
    this.#live.stop();
    clearTimeout(this.#timer);
    this.speaking = null;
    this.phase = 'finished';
    // What could not be sent any more stays for the participant to read on the last page; the rest is not needed.
    const ownDoing = this.about?.ended === 'early';
    this.leftover = ownDoing ? '' : await this.#options.device.text(this.about?.conversation_id ?? '');
    if (this.waiting.length === 0 && this.leftover === '') await this.eraseLeft();
  }

  /** Erases from this device what did not arrive before the end. */
  async eraseLeft(): Promise<void> {
    this.leftover = '';
    await this.outbox?.erase();
  }

  async #openOutbox(conversation: string): Promise<void> {
    if (this.outbox) return;
    const outbox = new Outbox({
      device: this.#options.device,
      conversation,
      post: ({ content, answer, spoken, key }) =>
        this.#options.api.post('/conversation/turns', answer ? { answer: $state.snapshot(answer), key } : { content, ...(spoken && { spoken }), key }),
      saved: (turn) => {
        this.reached = true;
        this.#merge([turn]);
      },
      returned: (content, why) => {
        this.returned = why;
        this.returnedText = content;
      },
      stopped: () => void this.load(),
    });
    this.outbox = outbox;
    this.#options.known(conversation);
    await outbox.restore();
  }

  #hear(event: LiveEvent): void {
    this.reached = true;
    switch (event.type) {
      case 'hello':
        if (typeof event.turn_seq === 'number' && !this.#has(event.turn_seq)) {
          if (event.waiting) this.wait = event.waiting as Wait;
          else this.speaking = { turn_seq: event.turn_seq, text: String(event.text ?? '') };
        }
        break;
      case 'turn.delta': {
        const piece = event as unknown as Delta;
        if (this.#has(piece.turn_seq)) return;
        this.wait = null;
        this.takenBack = '';
        const heard = hear(this.speaking, piece);
        if (heard) this.speaking = heard;
        else void this.load();
        break;
      }
      case 'turn.reset':
        this.takenBack = this.speaking?.text ?? '';
        this.speaking = { turn_seq: Number(event.turn_seq), text: '' };
        break;
      case 'turn.waiting':
        if (!this.#has(Number(event.turn_seq)) && !this.speaking?.text) this.wait = event as unknown as Wait;
        break;
      case 'voice.hearing':
        this.hearing = event as unknown as Hearing;
        break;
      case 'facilitator.changed':
        this.changed = this.about?.made_by !== event.made_by;
        if (this.about) this.about = { ...this.about, made_by: String(event.made_by), guided: event.guided === true };
        break;
      case 'turn.created':
        if (event.progress) this.progress = event.progress as ConversationProgress;
        if (this.about) this.about = { ...this.about, owed: (event.turn as Turn).role === 'participant' };
        this.#merge([event.turn as Turn]);
        if (event.state === 'finished') {
          // From this turn on nothing more can be said: the answer box goes with it, and how it ended is read anew.
          void this.#finished();
          void this.load();
        }
        break;
      case 'conversation.finished':
      case 'session.closed':
      case 'session.opened':
        void this.load();
        break;
    }
    this.#announce();
  }

  /** Adds stored turns. A turn is known by its number and never changes. */
  #merge(turns: readonly Turn[]): void {
    const missing = turns.filter((t) => !this.#has(t.seq));
    if (missing.length === 0) return;
    this.turns = [...this.turns, ...missing].sort((a, b) => a.seq - b.seq);
    if (missing.some((t) => t.role === 'facilitator')) {
      this.wait = null;
      this.takenBack = '';
      this.changed = false;
    }
    if (this.speaking && this.#has(this.speaking.turn_seq)) this.speaking = null;
    const gap = this.turns.some((t, i) => t.seq !== i);
    if (gap && !this.#loading) void this.load();
    this.#announce();
  }

  #has(seq: number): boolean {
    return this.turns.some((t) => t.seq === seq);
  }

  #announce(): void {
    const last = this.turns.findLast((t) => t.role === 'facilitator');
    const { speaking } = this;
    const words = [
      last && this.#announcer.next(last.seq, last.content, true),
      speaking && this.#announcer.next(speaking.turn_seq, speaking.text, false),
    ].filter(Boolean);
    if (words.length === 0) return;
    const said = { id: ++this.#announced, text: words.join(' ') };
    this.announcements = [...this.announcements, said];
    setTimeout(() => (this.announcements = this.announcements.filter((other) => other !== said)), untilHeard);
  }

  #over(): boolean {
    return this.phase === 'finished' || this.phase === 'discarded' || this.phase === 'gone';
  }

  /** Without a socket the page asks by itself; also where something on the way never lets one through. */
  #askLater(): void {
    clearTimeout(this.#timer);
    if (this.#open || this.#over()) return;
    this.#timer = setTimeout(() => {
      if (document.visibilityState === 'visible' && navigator.onLine !== false) void this.load();
      else this.#askLater();
    }, asking);
  }
}
