import { ADTS, AudioSampleSink, BlobSource, EncodedPacketSink, FLAC, Input, type InputAudioTrack, MATROSKA, MP3, MP4, OGG, QTFF, WAVE, WEBM } from 'mediabunny';

// Formats that are lists of other addresses are left out: nothing but the file is read.
const formats = [MP4, QTFF, MATROSKA, WEBM, WAVE, OGG, FLAC, MP3, ADTS];

/** A file of sound that this browser decodes. */
export interface SoundFile {
  /** As its head says; what is decoded may differ a little. */
  seconds: number;
  rate: number;
  channels: number;
  /** Its end is missing: it is shorter than its head says, or breaks off in the middle. */
  cut: boolean;
  /** The sound from a time on (in seconds), a little at a time: a plane for each channel. Never more than a moment of it is in memory. */
  planes: (from?: number, to?: number) => AsyncGenerator<Float32Array[], void, unknown>;
  close: () => void;
}

/**
 * `unknown`: it is no file of sound that anybody here knows. `codec`: the browser cannot decode it. `mute`: it has no sound.
 * `headless`: its end is missing, in which files of its kind say what is in them.
 */
export type Unreadable = 'unknown' | 'codec' | 'mute' | 'headless';

/** Opens a file, or says why this browser cannot read it. */
export async function openSound(file: Blob): Promise<SoundFile | Unreadable> {
  const input = new Input({ source: new BlobSource(file), formats });
  const refuse = (why: Unreadable) => (input.dispose(), why);
  try {
    if (!(await input.canRead())) return refuse('unknown');
    const track = await input.getPrimaryAudioTrack();
    if (!track) return refuse((await input.getTracks()).length > 0 ? 'mute' : 'headless');
    if (!(await track.canDecode())) return refuse('codec');
    const { seconds, end } = await lengthOf(input, track);
    const cut = end !== undefined || (await isCutWave(file));
    const [rate, channels] = [await track.getSampleRate(), await track.getNumberOfChannels()];
    return { seconds, rate, channels, cut, planes: (from, to = end) => planesOf(track, from, to), close: () => input.dispose() };
  } catch {
    return refuse('unknown');
  }
}

/** How long it is; with `end` where it breaks off, past which nothing can be read. */
async function lengthOf(input: Input, track: InputAudioTrack): Promise<{ seconds: number; end?: number }> {
  const told = await input.getDurationFromMetadata([track]);
  // An MP4 that is written while it is recorded, as phones do, tells in its head only how long its first part is.
  const inParts = [MP4, QTFF].includes(await input.getFormat());
  if (told !== null && !inParts) return { seconds: told };
  try {
    return { seconds: Math.max(told ?? 0, await input.computeDuration([track])) };
  } catch {
    let end = 0;
    try {
      for await (const packet of new EncodedPacketSink(track).packets()) end = packet.timestamp;
    } catch {
      // The packet that breaks off.
    }
    return { seconds: end, end };
  }
}

/** Whether a WAV file says that it is longer than it is; recorders that did not know leave nothing or all ones. */
async function isCutWave(file: Blob): Promise<boolean> {
  const head = new DataView(await file.slice(0, 8).arrayBuffer());
  if (head.byteLength < 8 || head.getUint32(0) !== 0x52494646) return false;
  const told = head.getUint32(4, true);
  return told !== 0 && told !== 0xffffffff && told + 8 > file.size + 1;
}

async function* planesOf(track: InputAudioTrack, from?: number, to?: number): AsyncGenerator<Float32Array[], void, unknown> {
  for await (const sample of new AudioSampleSink(track).samples(from, to)) {
    try {
      yield Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
        const plane = new Float32Array(sample.allocationSize({ planeIndex, format: 'f32-planar' }) / 4);
        sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
        return plane;
      });
    } finally {
      sample.close();
    }
  }
}
