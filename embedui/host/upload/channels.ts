/** Below this nobody speaks, as the loudest of a tenth of a second (of 1). */
const quiet = 0.01;

/** One channel is so much louder than the other when only its own speaker speaks. */
const apart = 4;

/** In so many of the moments in which somebody speaks, on either side, a channel has to be the louder one by far. */
const share = 0.1;

/**
 * Says whether the two channels of a recording are two speakers, each on a side of their own, from parts of it: there are
 * moments in which one is by far the louder one, and moments in which the other is. Two microphones in one room hear
 * everybody alike: they are one track.
 */
export class Sides {
  #left = 0;
  #right = 0;
  #loud = 0;

  /** Takes a tenth of a second, or about that, of both channels. */
  add(left: Float32Array, right: Float32Array): void {
    const [l, r] = [loudest(left), loudest(right)];
    if (Math.max(l, r) < quiet) return;
    this.#loud++;
    if (l > apart * r) this.#left++;
    if (r > apart * l) this.#right++;
  }

  get apart(): boolean {
    return this.#loud > 0 && Math.min(this.#left, this.#right) >= share * this.#loud;
  }

  /** Nobody speaks in what was added. */
  get silent(): boolean {
    return this.#loud === 0;
  }
}

/** One channel of several. */
export function mixed(planes: readonly Float32Array[]): Float32Array {
  const [first] = planes;
  if (!first || planes.length === 1) return first ?? new Float32Array(0);
  return first.map((_, i) => planes.reduce((sum, plane) => sum + (plane[i] ?? 0), 0) / planes.length);
}

export function loudest(samples: Float32Array): number {
  let most = 0;
  for (const sample of samples) most = Math.max(most, Math.abs(sample));
  return most;
}
