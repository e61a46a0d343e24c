import type { LiveEvent } from '../../shared/live';
import type { Turn } from '../types';

/** The turn that the facilitator is saying at this moment. */
export interface Speaking {
  seq: number;
  text: string;
}

/** The turns of one conversation as they come in, with the one that is being said. */
export class Along {
  turns = $state.raw<Turn[]>([]);
  speaking = $state.raw<Speaking | null>(null);
  /** A turn of the facilitator is waited for. */
  waits = $state(false);

  /** What the box has stored. What is being said stays, unless it is stored by now. */
  read(turns: Turn[]): void {
    this.turns = turns;
    if (this.speaking && turns.some((t) => t.seq === this.speaking?.seq)) this.speaking = null;
  }

  /** Takes an event about this conversation. */
  apply(event: LiveEvent): void {
    const seq = event.turn_seq as number;
    this.waits = event.type === 'turn.waiting' && !this.speaking && !this.turns.some((t) => t.seq === seq);
    switch (event.type) {
      case 'turn.created':
        return this.#add(event.turn as Turn);
      case 'turn.reset':
        if (this.speaking?.seq === seq) this.speaking = { seq, text: '' };
        return;
      case 'turn.delta': {
        const before = this.speaking?.seq === seq ? this.speaking.text : '';
        const offset = event.offset as number;
        if (this.turns.some((t) => t.seq === seq)) return;
        // Who comes in the middle of a turn has missed its beginning.
        const kept = offset <= before.length ? before.slice(0, offset) : '… ';
        this.speaking = { seq, text: kept + String(event.text) };
        return;
      }
      case 'conversation.finished':
        this.speaking = null;
    }
  }

  #add(turn: Turn): void {
    if (this.speaking?.seq === turn.seq || turn.role === 'participant') this.speaking = null;
    if (this.turns.some((t) => t.seq === turn.seq)) return;
    this.turns = [...this.turns, turn].sort((a, b) => a.seq - b.seq);
  }
}
