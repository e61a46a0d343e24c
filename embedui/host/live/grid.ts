import type { LiveEvent } from '../../shared/live';
import type { ConversationItem, Coverage, Turn } from '../types';

/** After so long (ms) without a word a participant counts as quiet, a facilitator's turn as late. */
export const quietAfter = 180_000;
export const lateAfter = 30_000;

/**
 * What an event of a session changes in its grid. Events are hints: what they say is shown at once, and `reload` says
 * that the list has to be read again for what they leave out.
 */
export function reduce(items: ConversationItem[], event: LiveEvent): { items: ConversationItem[]; reload: boolean } {
  const id = event.conversation_id as string | undefined;
  const at = items.findIndex((c) => c.id === id);
  const item = items[at];
  switch (event.type) {
    case 'turn.created': {
      if (!item) return { items, reload: true };
      return { items: items.with(at, withTurn(item, event.turn as Turn)), reload: true };
    }
    case 'conversation.finished': {
      if (!item) return { items, reload: true };
      const finished = { ...item, state: 'finished' as const, waiting: 'nobody' as const, minutes_left: 0 };
      return { items: items.with(at, finished), reload: true };
    }
    case 'conversation.distress': {
      if (!item) return { items, reload: true };
      return { items: items.with(at, { ...item, distress_at: item.distress_at ?? item.last_turn_at }), reload: true };
    }
    case 'conversation.started':
    case 'session.opened':
    case 'session.closed':
    case 'session.state':
      return { items, reload: true };
  }
  return { items, reload: false };
}

function withTurn(item: ConversationItem, turn: Turn): ConversationItem {
  const spoken = turn.role === 'participant';
  return {
    ...item,
    waiting: item.state === 'finished' ? 'nobody' : spoken ? 'facilitator' : 'participant',
    last_turn_at: turn.created_at,
    coverage: turn.topic_id === null ? item.coverage : covered(item.coverage, turn.topic_id, spoken),
  };
}

function covered(coverage: Coverage[], topic: string, spoken: boolean): Coverage[] {
  const at = coverage.findIndex((c) => c.topic_id === topic);
  const before = coverage[at] ?? { topic_id: topic, asked: false, answered: false, depth: 0, follow_ups: 0, seconds: 0 };
  const after = {
    ...before,
    asked: true,
    answered: before.answered || spoken,
    depth: spoken ? Math.max(1, before.depth) : before.depth,
  };
  return at < 0 ? [...coverage, after] : coverage.with(at, after);
}

/** Where a conversation stands, for the person who watches over the room. */
export type Standing = 'finished' | 'early' | 'closed' | 'answering' | 'late' | 'writing' | 'quiet';

export function standing(item: ConversationItem, now: number): Standing {
  if (item.state === 'finished') return item.ended === 'early' || item.ended === 'closed' ? item.ended : 'finished';
  const since = now - Date.parse(item.last_turn_at || item.created_at);
  if (item.waiting === 'facilitator') return since > lateAfter ? 'late' : 'answering';
  return since > quietAfter ? 'quiet' : 'writing';
}

/** Whoever is still talking comes first; among those, and among the others, the order stays. */
export function inOrder(items: ConversationItem[]): ConversationItem[] {
  return items.toSorted((a, b) => Number(a.state === 'finished') - Number(b.state === 'finished'));
}

/** How full a cell of the grid is: -1 not asked yet, 0 asked, 1 thin, 2 a reason or an example, 3 both. */
export function level(coverage: Coverage | undefined): -1 | 0 | 1 | 2 | 3 {
  if (!coverage?.asked) return -1;
  if (!coverage.answered) return 0;
  return Math.min(3, Math.max(1, coverage.depth)) as 1 | 2 | 3;
}
