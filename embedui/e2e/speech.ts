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

const heardRate = 16_000;
/** Between two samples of 16 kHz so many places are told apart when sound is laid over sound. */
const fine = 8;
/** It is laid over part by part, so that what the browser's pretended microphone leaves out shifts no more than a part. */
const part = 10 * heardRate;
/** A part that does not fit as a whole, since something was left out in it, is laid in halves; down to half a second. */
const least = heardRate / 2;
const fits = 0.99;
/** How far a part may be from where the one before lets it be expected, in seconds. */
const slack = 0.25;

/** How alike a recording at 16 kHz and what was said are, from -1 to 1, laid over each other as well as it goes. */
export function likeness(heard: Int16Array, said: Speech): number {
  let from = begin(heard, said);
  let [ab, aa, bb] = [0, 0, 0];
  for (let at = 0; at + heardRate <= heard.length; at += part) {
    const piece = heard.subarray(at, at + part);
    for (const fit of layParts(piece, said, from + at / heardRate)) {
      from += fit.shift;
      ab += fit.ab;
      aa += fit.aa;
      bb += fit.bb;
    }
  }
  return ab / Math.sqrt(aa * bb || 1);
}

/** Where in what was said a recording begins, in seconds, to a hundredth: by the loudness of its first half minute. */
function begin(heard: Int16Array, said: Speech): number {
  const row = loudness(heard.subarray(0, 30 * heardRate), heardRate / 100);
  const into = loudness(said.samples.subarray(0, 60 * said.rate), said.rate / 100);
  let [most, at] = [-1, 0];
  for (let shift = -row.length; shift < into.length; shift++) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < row.length; i++) {
      const [a, b] = [row[i] as number, into[shift + i] ?? 0];
      ab += a * b;
      aa += a * a;
      bb += b * b;
    }
    const fit = ab / Math.sqrt(aa * bb || 1);
    if (fit > most) [most, at] = [fit, shift];
  }
  return at / 100;
}

function loudness(samples: Int16Array, every: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / every) }, (_, i) => {
    let sum = 0;
    for (let j = Math.round(i * every); j < Math.round((i + 1) * every); j++) sum += (samples[j] as number) ** 2;
    return Math.sqrt(sum / every);
  });
}

interface Fit {
  /** In seconds. */
  shift: number;
  ab: number;
  aa: number;
  bb: number;
}

/** Lays a part, in halves where it does not fit; each is expected where the one before has shifted it to. */
function layParts(piece: Int16Array, said: Speech, about: number): Fit[] {
  const whole = lay(piece, said, about);
  if (likely(whole) >= fits || piece.length < 2 * least) return [whole];
  const half = piece.length >> 1;
  const first = layParts(piece.subarray(0, half), said, about);
  const shifted = first.reduce((sum, { shift }) => sum + shift, 0);
  return [...first, ...layParts(piece.subarray(half), said, about + half / heardRate + shifted)];
}

/** Lays a part over what was said about a place (in seconds), where it fits best. */
function lay(piece: Int16Array, said: Speech, about: number): Fit {
  const first = Math.floor((about - slack) * said.rate);
  const native = Float32Array.from({ length: Math.ceil((piece.length / heardRate + 2 * slack) * said.rate) }, (_, i) => said.samples[first + i] ?? 0);
  const resampler = new Resampler(said.rate, heardRate * fine);
  const reference = joined([resampler.push(native), resampler.end()]);
  const zero = Math.round((about - first / said.rate) * heardRate * fine);
  const search = (shifts: number[], step: number) =>
    shifts.map((shift) => ({ shift, fit: products(piece, reference, zero + shift, step) })).reduce((a, b) => (likely(b.fit) > likely(a.fit) ? b : a)).shift;
  const range = (middle: number, reach: number, step: number) => Array.from({ length: 2 * Math.floor(reach / step) + 1 }, (_, i) => middle + (i - Math.floor(reach / step)) * step);
  const rough = search(range(0, slack * 0.9 * heardRate * fine, fine), 23);
  const shift = search(range(rough, 2 * fine, 1), 3);
  return { shift: shift / fine / heardRate, ...products(piece, reference, zero + shift, 1) };
}

const likely = ({ ab, aa, bb }: Omit<Fit, 'shift'>) => ab / Math.sqrt(aa * bb || 1);

function products(piece: Int16Array, reference: Float32Array, from: number, step: number): Omit<Fit, 'shift'> {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < piece.length; i += step) {
    const [a, b] = [piece[i] as number, reference[from + i * fine] ?? 0];
    ab += a * b;
    aa += a * a;
    bb += b * b;
  }
  return { ab, aa, bb };
}

function joined([a, b]: [Float32Array, Float32Array]): Float32Array {
  const all = new Float32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
