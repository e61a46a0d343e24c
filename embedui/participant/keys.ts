/** What this device keeps to come back into the conversation of one session. */
export interface ConversationKey {
  token: string;
  /** Not known before the box has been asked, when the key came by a private link. */
  conversation: string | null;
}

/** `before` is what a private link has displaced; it comes back if the box does not know the link. */
type Kept = ConversationKey & { before?: ConversationKey };

const name = (session: string) => `harmonium.conversation.${session}`;

/**
 * The keys to conversations, one for each session, in the browser's local storage, those to rehearsals in the storage
 * of the tab. Where that is refused they last as long as the page.
 */
export class Keys {
  readonly #storage: Storage | null;
  readonly #page = new Map<string, string>();

  constructor(storage: Storage | null) {
    this.#storage = storage;
  }

  /** What the whole browser shares, where it grants that. */
  static ofBrowser(): Keys {
    return Keys.#in(() => localStorage);
  }

  /** What is gone with the tab. */
  static ofTab(): Keys {
    return Keys.#in(() => sessionStorage);
  }

  static #in(storage: () => Storage): Keys {
    try {
      return new Keys(storage());
    } catch {
      return new Keys(null);
    }
  }

  of(session: string): ConversationKey | null {
    const kept = this.#kept(session);
    return kept && { token: kept.token, conversation: kept.conversation };
  }

  /** Whether forgetting the key brings an earlier one back. */
  hasEarlier(session: string): boolean {
    return this.#kept(session)?.before !== undefined;
  }

  /** Keeps a key. One whose conversation is not known yet may be wrong: the key that it displaces is kept with it. */
  keep(session: string, key: ConversationKey): void {
    const held = this.#kept(session);
    const before = held?.conversation ? { token: held.token, conversation: held.conversation } : held?.before;
    this.#write(session, key.conversation === null && before ? { ...key, before } : key);
  }

  /** Forgets the key of a session, or goes back to the one that was displaced by it. */
  forget(session: string): void {
    const before = this.#kept(session)?.before;
    if (before) {
      this.#write(session, before);
      return;
    }
    this.#page.delete(name(session));
    try {
      this.#storage?.removeItem(name(session));
    } catch {
      return;
    }
  }

  #kept(session: string): Kept | null {
    const text = this.#page.get(name(session)) ?? this.#read(name(session));
    if (!text) return null;
    try {
      const key = JSON.parse(text) as Partial<Kept>;
      return key.token ? { ...key, token: key.token, conversation: key.conversation ?? null } : null;
    } catch {
      return null;
    }
  }

  #write(session: string, key: Kept): void {
    const text = JSON.stringify(key);
    this.#page.set(name(session), text);
    try {
      this.#storage?.setItem(name(session), text);
    } catch {
      return;
    }
  }

  #read(key: string): string | null {
    try {
      return this.#storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }
}
