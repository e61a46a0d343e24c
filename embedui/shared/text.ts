/**
 * The length of a text as the box counts it: in Unicode code points, so that a letter outside the basic plane or an
 * emoji is not two.
 */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * Takes out what the box refuses and nobody has typed on purpose: control characters except tab and line break, and
 * the invisible ones that make text read differently from what is stored. They come along with pasted text. Line
 * breaks become the plain one.
 */
export function tidy(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/gu, '');
}
