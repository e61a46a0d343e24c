import { loudest, Sides } from './channels';
import type { SoundFile } from './decode';

/** Why a file is refused before anything of it is sent: an ending of `upload.refused.`. */
export type Flaw = 'empty' | 'silent' | 'long' | 'large' | 'mute' | 'headless' | 'codec' | 'unknown';

/** How a file goes to the box: as sound that is decoded here, or as it is, to be decoded there. */
export type Plan = { way: 'sound'; sound: SoundFile; tracks: 1 | 2; seconds: number } | { way: 'file' };

/** The limits of the box (appliance/recording.go). */
const longest = 12 * 3_600;
const largest = 2 * 1024 ** 3;

/** What is less is no sound that anybody makes (of 1). */
const still = 0.0015;
const probes = 40;
const probe = 1;

/** Looks into a file: whether it can be a recording of a meeting, and how it is best sent. */
export async function look(file: File): Promise<Plan | Flaw> {
  if (file.size === 0) return 'empty';
  const { openSound } = await import('./decode');
  const sound = await openSound(file);
  if (sound === 'mute' || sound === 'headless') return sound;
  if (typeof sound === 'string') return asItIs(file, sound);
  if (sound.seconds > longest) return refuse(sound, 'long');
  if (!(sound.seconds > 0)) return refuse(sound, 'empty');
  try {
    const sides = await listen(sound);
    if (sides.silent && (await silent(sound))) return refuse(sound, 'silent');
    return { way: 'sound', sound, tracks: sound.channels === 2 && sides.apart ? 2 : 1, seconds: sound.seconds };
  } catch {
    // It begins like sound, and cannot be decoded: where the box may, that says what is wrong with it.
    sound.close();
    return asItIs(file, 'codec');
  }
}

/** A file that this browser cannot decode goes as it is, if its beginning is one that the box may decode. */
async function asItIs(file: File, why: 'codec' | 'unknown'): Promise<Plan | Flaw> {
  if (!boxMayDecode(new Uint8Array(await file.slice(0, 12).arrayBuffer()))) return why;
  return file.size > largest ? 'large' : { way: 'file' };
}

/** Whether a file begins like WAV, FLAC or MP3 (appliance/audio says for certain). */
export function boxMayDecode(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 12));
  return /^(RIFF|RF64|BW64)[^]{4}WAVE|^fLaC|^ID3/.test(text) || (head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2);
}

function refuse(sound: SoundFile, flaw: Flaw): Flaw {
  sound.close();
  return flaw;
}

/** Listens to a second here and there. */
async function listen(sound: SoundFile): Promise<Sides> {
  const sides = new Sides();
  const step = Math.max(probe, sound.seconds / probes);
  for (let at = 0; at < sound.seconds; at += step) {
    for await (const planes of sound.planes(at, at + probe)) {
      const [left, right] = [planes[0] ?? new Float32Array(0), planes[1] ?? planes[0] ?? new Float32Array(0)];
      const tenth = Math.ceil(sound.rate / 10);
      for (let i = 0; i < left.length; i += tenth) sides.add(left.subarray(i, i + tenth), right.subarray(i, i + tenth));
    }
  }
  return sides;
}

/** Whether there is no sound in all of it: read from the beginning until there is one. */
async function silent(sound: SoundFile): Promise<boolean> {
  for await (const planes of sound.planes()) if (planes.some((plane) => loudest(plane) > still)) return false;
  return true;
}
