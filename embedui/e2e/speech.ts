import { spawnSync } from 'node:child_process';
import { Resampler } from '../shared/sound/resample.ts';

/** What two people say to each other in a meeting, over and over. */
const lines = [
  'Good morning. Shall we begin with the handover at night?',
  'Yes. Last week a note on medication was lost, because it was only on a sticky note.',
  'Then let us decide: from Monday on, every change goes onto the board before the shift ends.',
  'I can write the template for that. I need it to be printed by Friday.',
  'Who tells the people of the late shift? They were not here last time.',
  'I will. And I would like to know whether one nurse for two corridors is enough.',
  'That is an open question. We take it to the meeting on staffing in two weeks.',
  'Good. Then there is the broken lift, which nobody has looked at since March.',
];

/** Two voices of espeak-ng. */
const voices = ['en-gb', 'en-us+f3'];

/** Samples of one channel. */
export interface Speech {
  samples: Int16Array;
  rate: number;
}

/** So many seconds of two people who talk with each other, with a breath between what they say. */
export function speech(seconds: number): Speech {
  const said = lines.map((line, i) => utter(line, voices[i % 2] as string));
  const rate = said[0]?.rate ?? 22_050;
  const samples = new Int16Array(Math.round(seconds * rate));
  for (let at = Math.round(rate / 2), i = 0; at < samples.length; i++) {
    const part = (said[i % said.length] as Speech).samples.subarray(0, samples.length - at);
    samples.set(part, at);
    at += part.length + Math.round(0.35 * rate);
  }
  return { samples, rate };
}

function utter(text: string, voice: string): Speech {
  const done = spawnSync('espeak-ng', ['-v', voice, '-s', '150', '--stdout', text], { maxBuffer: 1 << 26 });
  if (done.error || done.status !== 0) throw new Error('espeak-ng is needed: apt-get install espeak-ng');
  const head = done.stdout.indexOf('data') + 8;
  const bytes = new Uint8Array(done.stdout.subarray(head)).buffer;
  return { samples: new Int16Array(bytes, 0, Math.floor(bytes.byteLength / 2)), rate: done.stdout.readUInt32LE(24) };
}

/** A WAV file; with several channels they are woven into each other. */
export function wavOf(channels: readonly Int16Array[], rate: number): Buffer {
  const [first] = channels as [Int16Array];
  const body = new Int16Array(first.length * channels.length);
  channels.forEach((channel, c) => channel.forEach((value, i) => (body[i * channels.length + c] = value)));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + body.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels.length, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(2 * channels.length * rate, 28);
  head.writeUInt16LE(2 * channels.length, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(body.byteLength, 40);
  return Buffer.concat([head, Buffer.from(body.buffer)]);
}

/** Between two samples of 16 kHz so many places are told apart when sound is laid over sound. */
const fine = 8;

/**
 * How alike a recording at 16 kHz and a part of what was said are, from -1 to 1, laid over each other as well as it goes:
 * the place is looked for by loudness first, then by an eighth of a sample.
 */
export function likeness(heard: Int16Array, said: Speech): { correlation: number; from: number } {
  const resampler = new Resampler(said.rate, 16_000 * fine);
  const whole = Float32Array.from(said.samples);
  const reference = Float32Array.from([...parts(resampler.push(whole)), ...parts(resampler.end())].flatMap((part) => [...part]));
  const coarse = best(loudness(heard, 160), loudness(reference, 160 * fine));
  let [correlation, from] = [-1, 0];
  for (let shift = -240 * fine; shift <= 240 * fine; shift += 1) {
    const at = coarse * 160 * fine + shift;
    const rough = alike(heard, reference, at, 16_000 * 2, 4);
    if (rough > correlation) [correlation, from] = [rough, at];
  }
  return { correlation: alike(heard, reference, from, heard.length, 1), from: from / fine / 16_000 };
}

/** In bits of a size that a call can take. */
function parts(samples: Float32Array): Float32Array[] {
  return Array.from({ length: Math.ceil(samples.length / 65_536) }, (_, i) => samples.subarray(i * 65_536, (i + 1) * 65_536));
}

function loudness(samples: Int16Array | Float32Array, every: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / every) }, (_, i) => {
    let sum = 0;
    for (let j = i * every; j < (i + 1) * every; j++) sum += (samples[j] as number) ** 2;
    return Math.sqrt(sum / every);
  });
}

/** Where a row of numbers fits best into another, by correlation. */
function best(row: Float32Array, into: Float32Array): number {
  let [most, at] = [-Infinity, 0];
  for (let shift = -row.length; shift < into.length; shift++) {
    let [ab, bb] = [0, 1];
    for (let i = Math.max(0, -shift); i < row.length && shift + i < into.length; i++) {
      ab += (row[i] as number) * (into[shift + i] as number);
      bb += (into[shift + i] as number) ** 2;
    }
    const fit = ab / Math.sqrt(bb) * Math.min(1, bb);
    if (fit > most) [most, at] = [fit, shift];
  }
  return at;
}

/** The correlation of a recording with the finer reference from a place on. */
function alike(heard: Int16Array, reference: Float32Array, from: number, length: number, step: number): number {
  let [ab, aa, bb] = [0, 0, 0];
  const middle = Math.max(0, Math.floor((heard.length - length) / 2));
  for (let i = middle; i < middle + length && i < heard.length; i += step) {
    const at = from + i * fine;
    const b = at >= 0 && at < reference.length ? (reference[at] as number) : 0;
    const a = heard[i] as number;
    ab += a * b;
    aa += a * a;
    bb += b * b;
  }
  return ab / Math.sqrt(aa * bb || 1);
}
