/**
 * The length of a text as the box counts it: in Unicode code points, so that a letter outside the basic plane or an
 * emoji is not two.
 */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
