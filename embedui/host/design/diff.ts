/** A piece of a text beside another one: in both, only in the one before, or only in the one after. */
export interface Piece {
  text: string;
  kind: 'same' | 'gone' | 'new';
}

/** The most steps that a comparison may take; beyond them all of the one text goes and all of the other comes. */
const most = 400_000;

/** How one text became another, word by word. Spaces belong to the word before them. */
export function wordDiff(before: string, after: string): Piece[] {
  const a = before.match(/\S+\s*/g) ?? [];
  const b = after.match(/\S+\s*/g) ?? [];
  if (a.length * b.length > most) return joined([...gone(a), ...fresh(b)]);
  // lengths[i][j] is how many words a from i on and b from j on have in common, in order.
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row) row[j] = word(a[i]) === word(b[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pieces: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (word(a[i]) === word(b[j])) {
      pieces.push({ text: b[j] ?? '', kind: 'same' });
      i++;
      j++;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      pieces.push({ text: a[i++] ?? '', kind: 'gone' });
    } else {
      pieces.push({ text: b[j++] ?? '', kind: 'new' });
    }
  }
  return joined([...pieces, ...gone(a.slice(i)), ...fresh(b.slice(j))]);
}

const word = (token: string | undefined) => token?.trimEnd();
const gone = (words: string[]): Piece[] => words.map((text) => ({ text, kind: 'gone' }));
const fresh = (words: string[]): Piece[] => words.map((text) => ({ text, kind: 'new' }));

/** Puts pieces of one kind that follow one another together. */
function joined(pieces: Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last?.kind === piece.kind) last.text += piece.text;
    else out.push({ ...piece });
  }
  // What is gone and what is new stand apart, also where the last word of a text has no space behind it.
  out.forEach((piece, n) => {
    if (n < out.length - 1 && !/\s$/.test(piece.text)) piece.text += ' ';
  });
  return out;
}
