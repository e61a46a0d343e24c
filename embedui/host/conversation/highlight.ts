/** A part of a text, marked or not. */
export interface Part {
  text: string;
  marked: boolean;
}

/** A range in UTF-8 bytes, as the box stores where a quotation stands. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The index in UTF-16 units, by which browsers slice, of a place given in UTF-8 bytes. Null when the place is beyond
 * the text or inside a character.
 */
export function utf16Index(text: string, bytes: number): number | null {
  let at = 0;
  let index = 0;
  for (const letter of text) {
    if (at >= bytes) break;
    at += byteLength(letter);
    index += letter.length;
  }
  return at === bytes ? index : null;
}

/**
 * Cuts a text into marked and unmarked parts. Ranges may come in any order and overlap; one that does not fit the
 * text is left out, so that never other words are marked than those that were meant.
 */
export function highlight(text: string, ranges: readonly ByteRange[]): Part[] {
  const cuts = ranges
    .map(({ start, end }) => ({ from: utf16Index(text, start), to: utf16Index(text, end) }))
    .filter((c): c is { from: number; to: number } => c.from !== null && c.to !== null && c.from < c.to)
    .sort((a, b) => a.from - b.from);
  const parts: Part[] = [];
  let at = 0;
  for (const { from, to } of cuts) {
    const start = Math.max(from, at);
    if (to <= start) continue;
    if (start > at) parts.push({ text: text.slice(at, start), marked: false });
    const last = parts.at(-1);
    if (last?.marked && start === at) last.text += text.slice(start, to);
    else parts.push({ text: text.slice(start, to), marked: true });
    at = to;
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), marked: false });
  return parts;
}

function byteLength(letter: string): number {
  const code = letter.codePointAt(0) ?? 0;
  // A lone half of a surrogate pair becomes U+FFFD on its way to the box: three bytes, as its range has.
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
