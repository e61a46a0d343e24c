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

/**
 * The paragraphs of a turn. A read-back also writes its points out as a list, for programs and exports: where it is
 * `listed`, they stand as quotations in its place, between what comes before it and what comes after.
 */
export function around(text: string, listed: boolean): [string[], string[]] {
  const all = text.split(/\n\s*\n/);
  const isList = (paragraph: string) => listed && paragraph.startsWith('•');
  const first = all.findIndex(isList);
  return first < 0 ? [all, []] : [all.slice(0, first), all.slice(all.findLastIndex(isList) + 1)];
}
