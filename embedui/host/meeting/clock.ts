/** A moment of a recording, or how long it is: 0:07, 12:30, 1:02:03. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

interface Timed {
  start_ms: number;
  end_ms: number;
}

/** The last of the turns that has begun at a moment, by its place; -1 before the first. Turns without times are passed over. */
export function currentAt(turns: readonly Timed[], ms: number): number {
  let at = -1;
  for (let i = 0; i < turns.length; i++) {
    const turn = turns[i]!;
    if (turn.end_ms > 0 && turn.start_ms <= ms && (at < 0 || turn.start_ms >= turns[at]!.start_ms)) at = i;
  }
  return at;
}

/** How much each speaker has of what was said: of the time where there are times, otherwise of the words. */
export function talkShare(turns: readonly (Timed & { speaker_id: string | null; content: string })[]): Map<string, number> {
  const timed = turns.some((turn) => turn.end_ms > turn.start_ms);
  const amount = new Map<string, number>();
  let all = 0;
  for (const turn of turns) {
    if (!turn.speaker_id) continue;
    const n = timed ? Math.max(0, turn.end_ms - turn.start_ms) : turn.content.split(/\s+/).filter(Boolean).length;
    amount.set(turn.speaker_id, (amount.get(turn.speaker_id) ?? 0) + n);
    all += n;
  }
  return new Map([...amount].map(([who, n]) => [who, all > 0 ? n / all : 0]));
}

/** Where a text holds what is looked for, without case, as parts that follow each other. */
export function found(text: string, wanted: string): { text: string; marked: boolean }[] {
  const needle = wanted.trim().toLowerCase();
  const low = text.toLowerCase();
  // Lower case can have another length than the letters it stands for: then nothing is marked rather than the wrong place.
  if (!needle || low.length !== text.length) return [{ text, marked: false }];
  const parts: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (let hit = low.indexOf(needle); hit >= 0; hit = low.indexOf(needle, at)) {
    if (hit > at) parts.push({ text: text.slice(at, hit), marked: false });
    at = hit + needle.length;
    parts.push({ text: text.slice(hit, at), marked: true });
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at), marked: false });
  return parts;
}
