import { onDestroy } from 'svelte';
import type { Host } from '../host.svelte';
import { href } from '../routes';
import type { MeetingDetail } from '../types';

/** How often the box is asked how a meeting stands, in ms. */
const every = 5_000;

/**
 * A meeting as the box has it, asked for anew every few seconds while its page is open. An answer that does not come changes
 * nothing. Made while a component is set up.
 */
export class MeetingModel {
  value = $state.raw<MeetingDetail>();
  error = $state.raw<unknown>(null);
  readonly #host: Host;
  #timer: ReturnType<typeof setInterval>;

  constructor(
    host: Host,
    readonly id: string,
  ) {
    this.#host = host;
    this.#timer = setInterval(() => void this.refresh(), every);
    onDestroy(() => clearInterval(this.#timer));
    void this.refresh();
  }

  refresh = async (): Promise<void> => {
    try {
      this.value = await this.#host.api.get('/meetings/{id}', { path: { id: this.id } });
      this.error = null;
    } catch (error) {
      if (!this.value) this.error = error;
    }
  };

  /** Changes it on the box. */
  async change(to: { language?: string; consent?: boolean }): Promise<void> {
    this.value = await this.#host.api.patch('/meetings/{id}', to, { path: { id: this.id } });
  }
}

/** The samples of the takes of a track that are on the box or told of, without the take of a number. */
export function samplesOf(meeting: MeetingDetail, track: number, without: number | null): number {
  const takes = meeting.tracks.find((t) => t.track === track)?.takes ?? [];
  return takes.filter((t) => t.take !== without).reduce((sum, t) => sum + t.samples, 0);
}

/** The track on which another device goes on, without the take of this one, or its track while the box has not numbered its take; null when there is none. */
export function runningElsewhere(meeting: MeetingDetail, own: { track: number; take: number | null } | null): number | null {
  const runs = meeting.tracks.find(({ track, takes }) => takes.some((t) => !t.ended && !(track === own?.track && (own.take === null || t.take === own.take))));
  return runs?.track ?? null;
}

/** Whether another device has a track beside this one. */
export const besideOthers = (meeting: MeetingDetail, track: number): boolean => meeting.tracks.some((t) => t.track !== track);

/** The address of a meeting that was recorded. */
export const pageOf = (meeting: string): string => href('meeting', meeting);
