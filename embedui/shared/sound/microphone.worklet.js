// Runs beside the page: hands on what the microphone gives as 16 kHz, 16 bits, a tenth of a second at a time.
import { Resampler, to16 } from './resample';

const rate = 16000;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, rate);
    this.out = new Float32Array(rate / 10);
    this.length = 0;
    this.ended = false;
    this.port.onmessage = () => {
      this.give(this.resampler.end());
      this.flush();
      this.port.postMessage(null);
      this.ended = true;
    };
  }

  flush() {
    const samples = to16(this.out.subarray(0, this.length));
    this.length = 0;
    if (samples.length > 0) this.port.postMessage(samples, [samples.buffer]);
  }

  give(samples) {
    for (const value of samples) {
      this.out[this.length++] = value;
      if (this.length === this.out.length) this.flush();
    }
  }

  process([input]) {
    if (input[0] && !this.ended) this.give(this.resampler.push(input[0]));
    return !this.ended;
  }
}

registerProcessor('microphone', Microphone);
