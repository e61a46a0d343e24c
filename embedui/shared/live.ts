/**
 * One event as the box pushes it. `seq` grows by one from frame to frame; the first frame of a connection is `hello`,
 * which says where the count stands.
 */
export interface LiveEvent {
  type: string;
  seq?: number;
  [more: string]: unknown;
}

/** `connecting` also while waiting to try again; `refused` is final: the box does not accept this credential. */
export type LiveState = 'connecting' | 'open' | 'refused' | 'stopped';

export interface LiveOptions {
  /** Path of the socket on this origin, such as /api/v1/live. */
  path: string;
  /** The first frame to send after opening (credentials never stand in the address); none when it gives null. */
  hello?: () => unknown | null;
  /** Each event, in order. Events are hints: what they say is already stored. */
  event: (event: LiveEvent) => void;
  /**
   * Something was or may have been missed: the page reads its state anew. Called after each `hello` (the first too),
   * when every later event is sure to arrive, and when a sequence number is left out.
   */
  reload: (why: 'opened' | 'gap') => void;
  state?: (state: LiveState) => void;
  /** For tests. */
  socket?: (url: string) => WebSocket;
  random?: () => number;
}

const firstWait = 500;
const longestWait = 20_000;

/** After so long out of view (ms) a phone may have let the connection die without saying so. */
const doubtful = 15_000;

/** Close codes by which the box says that trying again is useless (1008 of RFC 6455: it does not take the credential). */
const final = new Set([1008, 4401, 4403, 4404]);

/**
 * A socket that stays. It opens again after a loss with growing, jittered waits, at once when the device comes online
 * or the page into view again, and not at all while the device is offline.
 */
export class Live {
  readonly #options: LiveOptions;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #seq: number | null = null;
  #stopped = false;
  #hiddenAt: number | null = null;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    addEventListener('online', this.#hurry);
    addEventListener('offline', this.#drop);
    document.addEventListener('visibilitychange', this.#seen);
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener('online', this.#hurry);
    removeEventListener('offline', this.#drop);
    document.removeEventListener('visibilitychange', this.#seen);
    clearTimeout(this.#timer);
    this.#release()?.close(1000);
    this.#options.state?.('stopped');
  }

  /** Sends one frame if the socket is open; says whether it did. */
  send(frame: unknown): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #open(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#socket) return;
    this.#options.state?.('connecting');
    if (navigator.onLine === false) return;
    const make = this.#options.socket ?? ((url: string) => new WebSocket(url));
    const socket = make(`${location.origin.replace(/^http/, 'ws')}${this.#options.path}`);
    this.#socket = socket;
    this.#seq = null;
    socket.onopen = () => {
      const hello = this.#options.hello?.() ?? null;
      if (hello !== null) socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (message) => this.#receive(message.data);
    socket.onclose = (event) => this.#closed(event.code);
  }

  #receive(data: unknown): void {
    let event: LiveEvent;
    try {
      event = JSON.parse(String(data)) as LiveEvent;
    } catch {
      return;
    }
    if (event.type === 'hello') {
      this.#tries = 0;
      this.#seq = event.seq ?? null;
      this.#options.state?.('open');
      this.#options.event(event);
      this.#options.reload('opened');
      return;
    }
    if (typeof event.seq === 'number') {
      const missed = this.#seq !== null && event.seq > this.#seq + 1;
      if (this.#seq !== null && event.seq <= this.#seq) return;
      this.#seq = event.seq;
      if (missed) this.#options.reload('gap');
    }
    this.#options.event(event);
  }

  #closed(code: number): void {
    this.#release();
    if (this.#stopped) return;
    if (final.has(code)) {
      this.stop();
      this.#options.state?.('refused');
      return;
    }
    this.#options.state?.('connecting');
    if (navigator.onLine === false) return;
    this.#timer = setTimeout(() => this.#open(), wait(this.#tries++, this.#options.random ?? Math.random));
  }

  #release(): WebSocket | null {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }

  readonly #hurry = () => {
    this.#tries = 0;
    this.#open();
  };

  readonly #drop = () => {
    const socket = this.#release();
    socket?.close(1000);
    clearTimeout(this.#timer);
    this.#options.state?.('connecting');
  };

  readonly #seen = () => {
    if (document.visibilityState !== 'visible') {
      this.#hiddenAt = Date.now();
      return;
    }
    if (this.#hiddenAt !== null && Date.now() - this.#hiddenAt > doubtful) this.#drop();
    this.#hiddenAt = null;
    this.#hurry();
  };
}

/**
 * Milliseconds before the n-th new try (from 0): doubling from half a second to 20 s, of which a random half is taken
 * off, so that a whole room does not come back in the same instant after the box was restarted.
 */
export function wait(n: number, random: () => number = Math.random): number {
  const whole = Math.min(longestWait, firstWait * 2 ** Math.min(n, 10));
  return whole / 2 + (whole / 2) * random();
}
