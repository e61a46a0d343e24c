// Runs beside the page: hands on what the microphone gives as 16 kHz, 16 bits, a tenth of a second at a time.
const rate = 16000;
const phases = 160; // 44.1 kHz needs exactly so many, 48 kHz one
const ratio = sampleRate / rate;
const half = ratio > 1 ? Math.ceil(16 * ratio) : 0;

/** For each place between two samples the weights of a low-pass below 8 kHz (a sinc under a Hann window). */
const kernels = Array.from({ length: half && phases }, (_, phase) => {
  const weights = Float32Array.from({ length: 2 * half }, (_, i) => {
    const x = i + 1 - half - phase / phases;
    const at = (Math.PI * x * 0.94) / ratio;
    return (x === 0 ? 1 : Math.sin(at) / at) * (0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1)));
  });
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
});

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.held = new Float32Array(0); // samples that later ones still need
    this.at = half; // place of the next sample to give, within held
    this.out = new Int16Array(rate / 10);
    this.length = 0;
    this.ended = false;
    this.port.onmessage = () => {
      this.flush();
      this.port.postMessage(null);
      this.ended = true;
    };
  }

  flush() {
    const samples = this.out.slice(0, this.length);
    this.length = 0;
    if (samples.length > 0) this.port.postMessage(samples, [samples.buffer]);
  }

  give(value) {
    this.out[this.length++] = Math.max(-32768, Math.min(32767, Math.round(value * 32767)));
    if (this.length === this.out.length) this.flush();
  }

  process([input]) {
    const heard = input[0];
    if (!heard || this.ended) return !this.ended;
    if (ratio === 1) {
      heard.forEach((value) => this.give(value));
      return true;
    }
    const all = new Float32Array(this.held.length + heard.length);
    all.set(this.held);
    all.set(heard, this.held.length);
    for (; this.at + half + 1 < all.length; this.at += ratio) {
      const first = Math.floor(this.at);
      const phase = Math.round((this.at - first) * phases);
      const [from, kernel] = phase === phases ? [first + 1, 0] : [first, phase];
      let value = 0;
      if (half === 0) value = all[from];
      else for (let i = 0; i < 2 * half; i++) value += all[from + 1 - half + i] * kernels[kernel][i];
      this.give(value);
    }
    const used = Math.max(0, Math.floor(this.at) - half);
    this.held = all.slice(used);
    this.at -= used;
    return true;
  }
}

registerProcessor('microphone', Microphone);
