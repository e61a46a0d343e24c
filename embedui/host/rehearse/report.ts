import type { Character, Rehearsal } from '../types';

/** A finding about a session, from its rehearsals, with what to change. Its words are `rehearse.finding.{kind}`. */
export interface Finding {
  kind: 'nothing' | 'older' | 'never' | 'seldom' | 'unanswered' | 'thin' | 'long' | 'short' | 'broken' | 'fine';
  /** Something is to be changed, and not only to be known. */
  change: boolean;
  number?: number;
  title?: string;
  count?: number;
  total?: number;
  minutes?: number;
  /** Where it is to be seen. */
  at?: { id: string; seq: number }[];
}

/** A conversation may be so much longer than is announced, and so much shorter, before that is told. */
const [tooLong, tooShort] = [1.25, 0.5];

/** Who gives good answers to good questions. Others stay thin whatever they are asked. */
const willing = new Set<Character>(['host', 'plain', 'talkative', 'second_language']);

/** What conversations of rehearsals say about the guide by which they were led, and the minutes that are announced. */
export function findings(all: readonly Rehearsal[], guide: { version: number; minutes: number }): Finding[] {
  const now = all.filter((r) => r.guide_version === guide.version);
  const whole = now.filter((r) => r.ended === 'complete');
  const found: Finding[] = [];
  if (now.length < all.length) found.push({ kind: 'older', change: false, count: all.length - now.length, number: guide.version });
  if (whole.length === 0) found.push({ kind: 'nothing', change: false });
  else found.push(...aboutTopics(whole), ...aboutLength(whole, guide.minutes));
  const at = now.flatMap((r) => r.broken.map(({ seq }) => ({ id: r.id, seq })));
  if (at.length > 0) found.push({ kind: 'broken', change: true, count: at.length, at });
  if (whole.length > 0 && !found.some((f) => f.change)) found.push({ kind: 'fine', change: false, count: whole.length });
  return found;
}

function aboutTopics(whole: Rehearsal[]): Finding[] {
  const topics = whole[0]?.topics ?? [];
  return topics.flatMap(({ title }, i): Finding[] => {
    const of = whole.flatMap((r) => r.topics[i] ?? []);
    const asked = of.filter((topic) => topic.asked);
    const about = { change: true, number: i + 1, title };
    if (asked.length === 0) return [{ kind: 'never', ...about }];
    const list: Finding[] = [];
    if (asked.length < whole.length) list.push({ kind: 'seldom', ...about, count: asked.length, total: whole.length });
    if (!asked.some((topic) => topic.answered)) return [...list, { kind: 'unanswered', ...about }];
    const good = whole.filter((r) => willing.has(r.rehearsal)).flatMap((r) => r.topics[i] ?? []).filter((topic) => topic.answered);
    if (good.length > 0 && good.every((topic) => topic.depth <= 1)) list.push({ kind: 'thin', ...about });
    return list;
  });
}

/** Judged by the conversation in the middle: somebody always says little, and somebody a lot. */
function aboutLength(whole: Rehearsal[], announced: number): Finding[] {
  const minutes = whole.map((r) => r.minutes).sort((a, b) => a - b)[Math.floor(whole.length / 2)] ?? 0;
  if (minutes > announced * tooLong) return [{ kind: 'long', change: true, minutes, total: announced }];
  const reached = whole.every((r) => r.topics.every((topic) => topic.asked));
  if (reached && minutes < announced * tooShort) return [{ kind: 'short', change: false, minutes, total: announced }];
  return [];
}
