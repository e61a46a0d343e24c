import { ADTS, AudioSampleSink, BlobSource, FLAC, Input, type InputAudioTrack, MATROSKA, MP3, MP4, OGG, QTFF, WAVE, WEBM } from 'mediabunny';

// Formats that are lists of other addresses are left out: nothing but the file is read.
const formats = [MP4, QTFF, MATROSKA, WEBM, WAVE, OGG, FLAC, MP3, ADTS];

/** A file of sound that this browser decodes. */
export interface SoundFile {
  /** As its head says; what is decoded may differ a little. */
  seconds: number;
  rate: number;
  channels: number;
  /** The sound from a time on (in seconds), a little at a time: a plane for each channel. Never more than a moment of it is in memory. */
  planes: (from?: number, to?: number) => AsyncGenerator<Float32Array[], void, unknown>;
  close: () => void;
}

/** `unknown`: it is no file of sound that anybody here knows. `codec`: the browser cannot decode it. `mute`: it has no sound. */
export type Unreadable = 'unknown' | 'codec' | 'mute';

/** Opens a file, or says why this browser cannot read it. */
export async function openSound(file: Blob): Promise<SoundFile | Unreadable> {
  const input = new Input({ source: new BlobSource(file), formats });
  const refuse = (why: Unreadable) => (input.dispose(), why);
  try {
    if (!(await input.canRead())) return refuse('unknown');
    const track = await input.getPrimaryAudioTrack();
    if (!track) return refuse('mute');
    if (!(await track.canDecode())) return refuse('codec');
    const seconds = (await input.getDurationFromMetadata([track])) ?? (await input.computeDuration([track]));
    const [rate, channels] = [await track.getSampleRate(), await track.getNumberOfChannels()];
    return { seconds, rate, channels, planes: (from, to) => planesOf(track, from, to), close: () => input.dispose() };
  } catch {
    return refuse('unknown');
  }
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
