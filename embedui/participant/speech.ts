/** The facilitator's turn that is being spoken: its number, and its text so far. */
export interface Speaking {
  turn_seq: number;
  text: string;
}

/** A piece of it; `offset` is the length of the text before the piece, in UTF-16 units as JavaScript counts. */
export interface Delta {
  turn_seq: number;
  offset: number;
  text: string;
}

/**
 * Adds a piece to what has been spoken. A piece that came twice changes nothing. Null when a piece before it is
 * missing: the conversation has to be read anew.
 */
export function hear(speaking: Speaking | null, piece: Delta): Speaking | null {
  const before = speaking?.turn_seq === piece.turn_seq ? speaking.text : '';
  if (speaking && piece.turn_seq < speaking.turn_seq) return speaking;
  if (piece.offset > before.length) return null;
  if (piece.offset + piece.text.length <= before.length) return { turn_seq: piece.turn_seq, text: before };
  return { turn_seq: piece.turn_seq, text: before.slice(0, piece.offset) + piece.text };
}

/**
 * The length of the part of a text that is made of whole sentences. The last sentence counts as whole only when
 * something follows it, or when nothing more will come.
 */
export function wholeSentences(text: string, ended: boolean): number {
  if (ended) return text.length;
  let end = 0;
  for (const match of text.matchAll(/[.!?…؟。！？]+["'”’»)\]]*(?:\s+|$)|\n+/g)) {
    const after = match.index + match[0].length;
    if (after < text.length || /\s$/.test(match[0])) end = after;
  }
  return end;
}

/**
 * Says what a screen reader is to announce of a turn that arrives in pieces: each sentence once, when it is whole.
 */
export class Announcer {
  #turn = -1;
  #said = 0;

  /** The newly whole sentences of a turn, or an empty text. A turn that was taken back is announced from its start. */
  next(turn: number, text: string, ended: boolean): string {
    if (turn < this.#turn) return '';
    const takenBack = this.#said !== Number.POSITIVE_INFINITY && text.length < this.#said;
    if (turn > this.#turn || takenBack) [this.#turn, this.#said] = [turn, 0];
    const end = wholeSentences(text, ended);
    if (end <= this.#said) return '';
    const words = text.slice(this.#said, end).trim();
    this.#said = end;
    return words;
  }

  /** Everything up to this turn has been read already, as after a reload. */
  skip(turn: number): void {
    if (turn >= this.#turn) [this.#turn, this.#said] = [turn, Number.POSITIVE_INFINITY];
  }
}
