/** What this device keeps to come back into the conversation of one session. */
export interface ConversationKey {
  token: string;
  /** Not known before the box has been asked, when the key came by a private link. */
  conversation: string | null;
  /** The secret of the invitation by which it was begun. */
  invitation?: string | undefined;
}

/** `before` is what a private link has displaced; it comes back if the box does not know the link. */
type Kept = ConversationKey & { before?: ConversationKey };

const name = (session: string) => `harmonium.conversation.${session}`;
const invitationName = (session: string) => `harmonium.invitation.${session}`;

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
    return kept && { token: kept.token, conversation: kept.conversation, invitation: kept.invitation };
  }

  /** The invitation to a session that was opened on this device last. */
  invitation(session: string): string | null {
    return this.#text(invitationName(session)) || null;
  }

  /** Keeps the invitation that was opened; null forgets it. */
  invite(session: string, secret: string | null): void {
    this.#put(invitationName(session), secret ?? '');
  }

  /** Whether forgetting the key brings an earlier one back. */
  hasEarlier(session: string): boolean {
    return this.#kept(session)?.before !== undefined;
  }

  /** Keeps a key. One whose conversation is not known yet may be wrong: the key that it displaces is kept with it. */
  keep(session: string, key: ConversationKey): void {
    const held = this.#kept(session);
    const before = held?.conversation ? { token: held.token, conversation: held.conversation, invitation: held.invitation } : held?.before;
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
    const text = this.#text(name(session));
    if (!text) return null;
    try {
      const key = JSON.parse(text) as Partial<Kept>;
      return key.token ? { ...key, token: key.token, conversation: key.conversation ?? null } : null;
    } catch {
      return null;
    }
  }

  #write(session: string, key: Kept): void {
    this.#put(name(session), JSON.stringify(key));
  }

  #put(key: string, text: string): void {
    this.#page.set(key, text);
    try {
      this.#storage?.setItem(key, text);
    } catch {
      return;
    }
  }

  #text(key: string): string | null {
    try {
      return this.#page.get(key) ?? this.#storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }
}
