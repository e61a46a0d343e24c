import { nothingLeft, somethingLeft } from './left';

/** What this device has recorded of a meeting between two presses. */
export interface KeptTake {
  /** A random key; the box knows it as the device of the take. */
  key: string;
  meeting: string;
  title: string;
  track: number;
  /** It asks for a track of its own, beside those of other devices. */
  beside?: boolean;
  /** When its first sample was heard, in ms of this device's clock. */
  since?: number;
  /** Where in the meeting it begins, in samples: a guess until the box has said so. */
  from?: number;
  /** Its number on the box; null until the box has given one. */
  take: number | null;
  /** The number of its next piece, and where that begins, in samples. */
  next: number;
  samples: number;
  /** Whether it went on when something was last kept of it; a pause and an end are no going on. */
  running: boolean;
  /** Nothing more is added to it. */
  ended: boolean;
  /** When something was last kept of it, in ms. */
  at: number;
}

/** A piece of a take that the box has not acknowledged. */
export interface KeptPiece {
  id: [take: string, seq: number];
  /** In samples of the take, at 16 kHz. */
  start: number;
  samples: number;
  /** When its last sample was heard, in ms of this device's clock; unknown of what is no recording. */
  at?: number;
  /** Of its bytes, in base64. */
  sha256: string;
}

/** A mark that the box has not acknowledged. */
export interface KeptMark {
  key: string;
  meeting: string;
  kind: 'decision' | 'action' | 'question' | 'note';
  at_ms: number;
  text: string;
  at: number;
}

const database = 'harmonium-meetings';
const version = 1;

/**
 * What this device keeps of recordings until the box has it, in IndexedDB: on disk before a call resolves. What the browser
 * does not take there (it refuses a database, its storage is full) stays in memory: `lasting` says whether everything
 * outlives the page.
 */
export class Sounds {
  readonly #db: IDBDatabase | null;
  readonly #takes = new Map<string, KeptTake>();
  readonly #marks = new Map<string, KeptMark>();
  readonly #pieces = new Map<string, { piece: KeptPiece; bytes: ArrayBuffer }>();
  #refused: 'none' | 'full' | null;

  constructor(db: IDBDatabase | null) {
    this.#db = db;
    this.#refused = db ? null : 'none';
    if (db) db.onversionchange = () => db.close();
  }

  static async open(): Promise<Sounds> {
    return new Sounds(await openDatabase().catch(() => null));
  }

  /** Why something lasts only as long as this page: there is no storage, or no room in it. Null: everything lasts. */
  get trouble(): 'none' | 'full' | null {
    return this.#db && this.#pieces.size === 0 ? null : this.#refused;
  }

  /** Asks the browser not to clear away what is kept when it wants room. */
  async persist(): Promise<void> {
    await navigator.storage?.persist?.().catch(() => false);
  }

  /** All takes of which something is to be told to the box, the oldest first. */
  async takes(): Promise<KeptTake[]> {
    const stored = (await this.#read<KeptTake[]>('takes', (s) => s.getAll())) ?? [];
    const all = new Map([...stored.map((t) => [t.key, t] as const), ...this.#takes]);
    return [...all.values()].sort((a, b) => a.at - b.at);
  }

  async keepTake(take: KeptTake): Promise<void> {
    somethingLeft();
    const kept = await this.#write(['takes'], (stores) => stores('takes').put(take));
    if (kept) this.#takes.delete(take.key);
    else this.#takes.set(take.key, take);
  }

  async eraseTake(key: string): Promise<void> {
    this.#takes.delete(key);
    await this.#write(['takes'], (stores) => stores('takes').delete(key));
  }

  /** The pieces of a take, in order, without their bytes. */
  async pieces(take: string): Promise<KeptPiece[]> {
    const stored = (await this.#read<KeptPiece[]>('pieces', (s) => s.getAll(IDBKeyRange.bound([take, 0], [take, Infinity])))) ?? [];
    const held = [...this.#pieces.values()].map(({ piece }) => piece).filter((p) => p.id[0] === take);
    return [...stored, ...held].sort((a, b) => a.id[1] - b.id[1]);
  }

  /** The bytes of a piece; null when they are gone. */
  async bytes(id: KeptPiece['id']): Promise<ArrayBuffer | null> {
    const held = this.#pieces.get(String(id));
    if (held) return held.bytes;
    return (await this.#read<{ bytes: ArrayBuffer } | undefined>('bytes', (s) => s.get(id)))?.bytes ?? null;
  }

  /** Keeps a piece, and its take as it is with it, both or none. */
  async keepPiece(piece: KeptPiece, bytes: ArrayBuffer, take: KeptTake): Promise<void> {
    somethingLeft();
    const kept = await this.#write(['pieces', 'bytes', 'takes'], (stores) => {
      stores('pieces').put(piece);
      stores('bytes').put({ id: piece.id, bytes });
      stores('takes').put(take);
    });
    if (kept) return;
    this.#pieces.set(String(piece.id), { piece, bytes });
    this.#takes.set(take.key, take);
  }

  async erasePiece(id: KeptPiece['id']): Promise<void> {
    if (this.#pieces.delete(String(id))) return;
    await this.#write(['pieces', 'bytes'], (stores) => {
      stores('pieces').delete(id);
      stores('bytes').delete(id);
    });
  }

  async marks(): Promise<KeptMark[]> {
    const stored = (await this.#read<KeptMark[]>('marks', (s) => s.getAll())) ?? [];
    return [...new Map([...stored.map((m) => [m.key, m] as const), ...this.#marks]).values()].sort((a, b) => a.at - b.at);
  }

  async keepMark(mark: KeptMark): Promise<void> {
    somethingLeft();
    this.#marks.set(mark.key, mark);
    if (await this.#write(['marks'], (stores) => stores('marks').put(mark))) this.#marks.delete(mark.key);
  }

  async eraseMark(key: string): Promise<void> {
    this.#marks.delete(key);
    await this.#write(['marks'], (stores) => stores('marks').delete(key));
  }

  /** Erases all that is kept of one meeting. */
  async eraseMeeting(meeting: string): Promise<void> {
    for (const take of await this.takes()) {
      if (take.meeting !== meeting) continue;
      for (const { id } of await this.pieces(take.key)) await this.erasePiece(id);
      await this.eraseTake(take.key);
    }
    for (const mark of await this.marks()) if (mark.meeting === meeting) await this.eraseMark(mark.key);
  }

  /** Says so to other pages when nothing is left. */
  async settle(): Promise<void> {
    if ((await this.takes()).length > 0 || (await this.marks()).length > 0) return;
    nothingLeft();
  }

  async #read<T>(store: string, request: (s: IDBObjectStore) => IDBRequest): Promise<T | null> {
    if (!this.#db) return null;
    const asked = request(this.#db.transaction(store, 'readonly').objectStore(store));
    await new Promise<void>((resolve, reject) => {
      asked.onsuccess = () => resolve();
      asked.onerror = () => reject(asked.error);
    });
    return asked.result as T;
  }

  /** Whether it is on disk. */
  async #write(names: string[], change: (stores: (name: string) => IDBObjectStore) => unknown): Promise<boolean> {
    if (!this.#db) return false;
    try {
      const transaction = this.#db.transaction(names, 'readwrite', { durability: 'strict' });
      change((name) => transaction.objectStore(name));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
      return true;
    } catch (error) {
      this.#refused = (error as DOMException | null)?.name === 'QuotaExceededError' ? 'full' : 'none';
      return false;
    }
  }
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, version);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('takes', { keyPath: 'key' });
      opening.result.createObjectStore('pieces', { keyPath: 'id' });
      opening.result.createObjectStore('bytes', { keyPath: 'id' });
      opening.result.createObjectStore('marks', { keyPath: 'key' });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error('another page holds an older database'));
  });
}
