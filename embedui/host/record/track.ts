const name = (meeting: string) => `harmonium.track.${meeting}`;

/** The track of a meeting on which this window has recorded; null when it has not. */
export function keptTrack(meeting: string): number | null {
  try {
    const kept = sessionStorage.getItem(name(meeting));
    return kept === null ? null : Number(kept);
  } catch {
    return null;
  }
}

/** Keeps it for as long as the window is there. */
export function keepTrack(meeting: string, track: number): void {
  try {
    sessionStorage.setItem(name(meeting), String(track));
  } catch {
    return;
  }
}
