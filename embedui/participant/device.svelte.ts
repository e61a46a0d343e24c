import type { ControlAnswer } from '../shared/api/types';

/** A message that the box has not acknowledged yet. */
export interface Unsent {
  /** Names the message to the box, so that it is stored once however often it is sent. */
  key: string;
  conversation: string;
  content: string;
  /** Given by a control; `content` says the same in words. */
  answer?: ControlAnswer;
  /** It was said aloud. */
  spoken?: boolean;
  /** Its place among the unsent messages of the conversation. */
  order: number;
  /** The number of the last turn that was on screen when it was written. */
  after: number;
  /** When it was written, in ms. */
  at: number;
}

/** A piece of a recording that is not written down yet. */
export interface SoundPiece {
  /** The conversation, and the place of the piece in its only recording. */
  id: [conversation: string, place: number];
  /** Names the recording to the box. */
  key: string;
  /** 16 kHz, one channel. */
  samples: Int16Array;
  /** When it was recorded, in ms. */
  at: number;
}

const database = 'harmonium';
const version = 2;

/** The name under which is kept what is picked at a control of a conversation and was not sent. */
export const pickedIn = (conversation: string) => `${conversation}:picked`;

/** The name under which is kept that what stands in the answer box was spoken. */
export const spokenIn = (conversation: string) => `${conversation}:spoken`;

/** Unsent text that nobody came back for is erased after so long (ms). */
const forgetting = 30 * 24 * 3_600_000;

/**
 * What this device keeps until the box has it: unsent messages, text that is being written, and what
 * was recorded and is not written down. In IndexedDB, on disk
 * before a call resolves. Where the browser has none or refuses it, in memory, and `lasting` is false: the page must
 * say so.
 */
export class Device {
  /** Whether what is kept survives the page. */
  lasting = $state(false);
  #db: IDBDatabase | null;
  readonly #messages = new Map<string, Unsent>();
  readonly #texts = new Map<string, string>();

  constructor(db: IDBDatabase | null) {
    this.#db = db;
    this.lasting = db !== null;
    if (db) db.onversionchange = () => db.close();
  }

  /** The browser's database, or memory alone. Erases what is older than 30 days. */
  static async open(): Promise<Device> {
    const device = new Device(await openDatabase().catch(() => null));
    await device.#expire(Date.now() - forgetting);
    return device;
  }

  /** The unsent messages of a conversation, in the order in which they were written. */
  async messages(conversation: string): Promise<Unsent[]> {
    const stored = await this.#run<Unsent[]>('messages', 'readonly', (s) => s.getAll());
    for (const message of stored ?? []) this.#messages.set(message.key, message);
    return [...this.#messages.values()]
      .filter((m) => m.conversation === conversation)
      .sort((a, b) => a.order - b.order || a.at - b.at);
  }

  async keepMessage(message: Unsent): Promise<void> {
    this.#messages.set(message.key, message);
    await this.#run('messages', 'readwrite', (s) => s.put(message));
  }

  async eraseMessage(key: string): Promise<void> {
    this.#messages.delete(key);
    await this.#run('messages', 'readwrite', (s) => s.delete(key));
  }

  /** Text that is being written; `name` says where. */
  async text(name: string): Promise<string> {
    const stored = await this.#run<{ text: string } | undefined>('texts', 'readonly', (s) => s.get(name));
    return stored?.text ?? this.#texts.get(name) ?? '';
  }

  /** Keeps text that is being written; empty text is erased. */
  async keepText(name: string, text: string): Promise<void> {
    if (text === '') {
      this.#texts.delete(name);
      await this.#run('texts', 'readwrite', (s) => s.delete(name));
      return;
    }
    this.#texts.set(name, text);
    await this.#run('texts', 'readwrite', (s) => s.put({ name, text, at: Date.now() }));
  }

  /** The recording of a conversation, in order. In the browser's database only: without one it lasts as long as the page. */
  async sound(conversation: string): Promise<SoundPiece[]> {
    return (await this.#run<SoundPiece[]>('sounds', 'readonly', (s) => s.getAll(piecesOf(conversation)))) ?? [];
  }

  async keepSound(piece: SoundPiece): Promise<void> {
    await this.#run('sounds', 'readwrite', (s) => s.put(piece));
  }

  async eraseSound(conversation: string): Promise<void> {
    await this.#run('sounds', 'readwrite', (s) => s.delete(piecesOf(conversation)));
  }

  /** Erases all that is kept of one conversation. */
  async eraseConversation(conversation: string): Promise<void> {
    for (const message of await this.messages(conversation)) await this.eraseMessage(message.key);
    await this.keepText(conversation, '');
    await this.keepText(pickedIn(conversation), '');
    await this.keepText(spokenIn(conversation), '');
    await this.eraseSound(conversation);
  }

  async #expire(before: number): Promise<void> {
    for (const store of ['messages', 'texts', 'sounds'] as const) {
      const all = await this.#run<{ id?: SoundPiece['id']; key?: string; name?: string; at: number }[]>(store, 'readonly', (s) => s.getAll());
      for (const { id, key, name, at } of all ?? []) {
        if (at < before) await this.#run(store, 'readwrite', (s) => s.delete((id ?? key ?? name) as IDBValidKey));
      }
    }
  }

  async #run<T>(store: string, mode: IDBTransactionMode, request: (s: IDBObjectStore) => IDBRequest): Promise<T | null> {
    if (!this.#db) return null;
    try {
      const transaction = this.#db.transaction(store, mode, { durability: 'strict' });
      const asked = request(transaction.objectStore(store));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = transaction.onerror = () => reject(transaction.error ?? asked.error);
      });
      return asked.result as T;
    } catch {
      this.lasting = false;
      this.#db = null;
      return null;
    }
  }
}

const piecesOf = (conversation: string) => IDBKeyRange.bound([conversation, 0], [conversation, Infinity]);

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, version);
    opening.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        opening.result.createObjectStore('messages', { keyPath: 'key' });
        opening.result.createObjectStore('texts', { keyPath: 'name' });
      }
      opening.result.createObjectStore('sounds', { keyPath: 'id' });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error('another page holds an older database'));
  });
}
