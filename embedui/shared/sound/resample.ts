/** How many places between two samples are told apart where the rates have no small ratio. */
const mostPhases = 1000;

/** How many zero crossings of the low-pass are kept to each side. */
const reach = 16;

/**
 * Turns sound of one rate into sound of another as it comes, channel by channel: a sinc under a Hann window, with its
 * edge below half of the lower rate. What is pushed in parts of any size gives the same samples as when it is pushed at once.
 */
export class Resampler {
  readonly #step: number; // input between two samples of output, in phases
  readonly #phases: number;
  readonly #half: number;
  readonly #kernels: Float32Array[];
  #held: Float32Array; // input that later samples still need
  #at: number; // place of the next sample to give, within held, in phases
  #came = 0;
  #given = 0;

  constructor(
    readonly from: number,
    readonly to = 16_000,
  ) {
    const exact = to / divisor(from, to);
    this.#phases = from === to ? 1 : Math.min(exact, mostPhases);
    this.#step = (from / to) * this.#phases;
    const scale = Math.max(1, from / to);
    this.#half = from === to ? 0 : Math.ceil(reach * scale);
    this.#kernels = this.#half > 0 ? kernels(this.#phases, this.#half, scale) : [];
    this.#held = new Float32Array(this.#half);
    this.#at = this.#half * this.#phases;
  }

  /** Takes input and gives the output that it makes possible. */
  push(input: Float32Array): Float32Array {
    this.#came += input.length;
    if (this.from === this.to) return input;
    const all = new Float32Array(this.#held.length + input.length);
    all.set(this.#held);
    all.set(input, this.#held.length);
    const out = new Float32Array(Math.max(0, Math.ceil(((all.length - this.#half) * this.#phases - this.#at) / this.#step)) + 1);
    let length = 0;
    for (; ; this.#at += this.#step) {
      let first = Math.floor(this.#at / this.#phases);
      let phase = Math.round(this.#at - first * this.#phases);
      if (phase === this.#phases) [first, phase] = [first + 1, 0];
      if (first + this.#half >= all.length) break;
      out[length++] = weigh(all, first + 1 - this.#half, this.#kernels[phase] as Float32Array);
    }
    const used = Math.max(0, Math.min(all.length, Math.floor(this.#at / this.#phases) + 1 - this.#half));
    this.#held = all.slice(used);
    this.#at -= used * this.#phases;
    this.#given += length;
    return out.subarray(0, length);
  }

  /** No more comes: gives the rest, so that the output is as long as the input. */
  end(): Float32Array {
    if (this.from === this.to) return new Float32Array(0);
    const left = Math.ceil((this.#came * this.to) / this.from) - this.#given;
    return this.push(new Float32Array(2 * this.#half + 2)).slice(0, Math.max(0, left));
  }
}

/** Samples from -1 to 1 as 16 bits. */
export function to16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = Math.max(-32768, Math.min(32767, Math.round((samples[i] as number) * 32767)));
  return out;
}

function weigh(samples: Float32Array, from: number, kernel: Float32Array): number {
  let value = 0;
  for (let i = 0; i < kernel.length; i++) value += (samples[from + i] as number) * (kernel[i] as number);
  return value;
}

/** For each place between two samples the weights of those around it. */
function kernels(phases: number, half: number, scale: number): Float32Array[] {
  return Array.from({ length: phases }, (_, phase) => {
    const weights = Float32Array.from({ length: 2 * half }, (_, i) => {
      const x = i + 1 - half - phase / phases;
      const at = (Math.PI * x * 0.94) / scale;
      return (x === 0 ? 1 : Math.sin(at) / at) * (0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1)));
    });
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((w) => w / sum);
  });
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
