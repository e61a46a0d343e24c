import type { Client } from '../../shared/api/client';
import type { KeptMark, KeptPiece, KeptTake } from './sounds';

/** What the box is asked for while a meeting is recorded or uploaded. Each may be asked twice and is done once. */
export interface MeetingBox {
  /** Gives a take its number, and its track where it asks for one of its own. Another device on its track ends there. */
  begin: (take: KeptTake) => Promise<{ track: number; take: number; start_ms?: number }>;
  /** Resolves when the piece is on the disk of the box for good. */
  put: (take: KeptTake, piece: KeptPiece, bytes: ArrayBuffer) => Promise<void>;
  /** Says how long a take is that has ended. */
  end: (take: KeptTake) => Promise<void>;
  /** Gives the id under which the box has it. */
  mark: (mark: KeptMark) => Promise<string>;
}

/** Time for one piece over a slow line, in ms. */
const patience = 60_000;

/** The longest that a recording may be, in ms: what waited for longer is laid behind the rest. */
const longest = 12 * 3_600_000;

const agoOf = (since: number) => Math.round(Math.min(longest, Math.max(0, Date.now() - since)));

export function meetingBox(api: Client): MeetingBox {
  return {
    begin: ({ meeting, track, key, beside, since }) =>
      api.post('/meetings/{id}/takes', { device: key, ...(beside ? { beside } : { track }), ...(since === undefined ? {} : { ago_ms: agoOf(since) }) }, { path: { id: meeting } }),
    put: async ({ meeting, track, take }, { id: [, seq], start, at, sha256 }, bytes) => {
      await api.put('/meetings/{id}/takes/{track}/{take}/pieces/{seq}', new Blob([bytes]), {
        path: { id: meeting, track, take: take ?? 0, seq },
        query: { start, ...(at === undefined ? {} : { ago_ms: agoOf(at) }) },
        headers: { 'Content-Digest': `sha-256=:${sha256}:` },
        timeout: patience,
      });
    },
    end: async ({ meeting, track, take, samples }) => {
      await api.post('/meetings/{id}/takes/{track}/{take}/end', { samples }, { path: { id: meeting, track, take: take ?? 0 } });
    },
    mark: async ({ meeting, kind, at_ms, text, key }) =>
      (await api.post('/meetings/{id}/marks', { kind, at_ms, text }, { path: { id: meeting }, idempotencyKey: key })).id,
  };
}
