/** The speeds that the keys go through. */
export const speeds = [0.75, 1, 1.25, 1.5, 2] as const;

/** The sound of a meeting while a page is open. An audio element is bound to its fields: setting `seconds` moves there. */
export class Player {
  seconds = $state(0);
  length = $state(0);
  paused = $state(true);
  speed = $state(1);
  /** Whether the page keeps the turn in view that is heard. */
  follow = $state(true);
  element = $state<HTMLAudioElement>();
  /** Set when the box gives no sound. */
  failed = $state(false);

  get ms(): number {
    return this.seconds * 1000;
  }

  toggle = (): void => {
    if (this.paused) void this.element?.play().catch(() => undefined); // a browser may want a click first
    else this.element?.pause();
  };

  /** Plays from a moment. */
  from = (ms: number): void => {
    if (!this.element) return;
    this.element.currentTime = ms / 1000;
    void this.element.play().catch(() => undefined);
  };

  jump = (seconds: number): void => {
    if (!this.element) return;
    this.element.currentTime = Math.max(0, Math.min(this.length || Infinity, this.element.currentTime + seconds));
  };

  faster = (by: 1 | -1): void => {
    const at = speeds.findIndex((speed) => speed >= this.speed);
    this.speed = speeds[Math.max(0, Math.min(speeds.length - 1, at + by))]!;
  };

  /** The keys of players: J and L jump, K plays and pauses, comma and full stop change the speed. Not while somebody writes. */
  key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.element) return;
    if ((event.target as Element | null)?.closest('input, textarea, select, dialog, [contenteditable]')) return;
    const action = { j: () => this.jump(-10), k: this.toggle, l: () => this.jump(10), ',': () => this.faster(-1), '.': () => this.faster(1) }[
      event.key.toLowerCase()
    ];
    if (!action) return;
    event.preventDefault();
    action();
  };
}
