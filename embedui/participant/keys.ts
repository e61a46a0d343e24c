/** What this device keeps to come back into the conversation of one session. */
export interface ConversationKey {
  token: string;
  /** Not known before the box has been asked, when the key came by a private link. */
  conversation: string | null;
}

const name = (session: string) => `harmonium.conversation.${session}`;

/**
 * The keys to conversations, one for each session, in the browser's local storage. Where that is refused they last as
 * long as the page.
 */
export class Keys {
  readonly #storage: Storage | null;
  readonly #page = new Map<string, string>();

  constructor(storage: Storage | null) {
    this.#storage = storage;
  }

  /** Local storage where the browser grants it. */
  static ofBrowser(): Keys {
    try {
      return new Keys(localStorage);
    } catch {
      return new Keys(null);
    }
  }

  of(session: string): ConversationKey | null {
    const text = this.#page.get(name(session)) ?? this.#read(name(session));
    if (!text) return null;
    try {
      const key = JSON.parse(text) as Partial<ConversationKey>;
      return key.token ? { token: key.token, conversation: key.conversation ?? null } : null;
    } catch {
      return null;
    }
  }

  keep(session: string, key: ConversationKey): void {
    const text = JSON.stringify(key);
    this.#page.set(name(session), text);
    try {
      this.#storage?.setItem(name(session), text);
    } catch {
      return;
    }
  }

  forget(session: string): void {
    this.#page.delete(name(session));
    try {
      this.#storage?.removeItem(name(session));
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
