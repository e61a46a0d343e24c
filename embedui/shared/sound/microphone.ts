import worklet from './microphone.worklet.js?worker&url';

/** A microphone that is open. */
export interface Microphone {
  /** Nothing is heard until it goes on. */
  pause: () => void;
  goOn: () => void;
  /** Closes it; resolves when the last piece was heard. */
  close: () => Promise<void>;
}

export interface MicrophoneOptions {
  /** A tenth of a second: 16 kHz, one channel. */
  heard: (samples: Int16Array) => void;
  /** The device took it away: another program has it, a call came in, it was unplugged. */
  lost: () => void;
  /** The device gives nothing but silence for a while (true), or sound again. */
  muted?: (muted: boolean) => void;
  /** Which one, as the browser names it; the one that it prefers when not given. */
  device?: string;
  /** Sound as it is: the browser takes no noise and no echo out of it, and changes no level. For several who speak. */
  raw?: boolean;
}

/** Whether the page may have a microphone at all: browsers give none to pages that came over plain HTTP. */
export const mayHear = (): boolean => isSecureContext && typeof navigator.mediaDevices?.getUserMedia === 'function';

/** Opens the microphone. Throws what the browser throws, such as a DOMException with name NotAllowedError. */
export async function openMicrophone({ heard, lost, muted, device, raw }: MicrophoneOptions): Promise<Microphone> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      channelCount: 1,
      ...(device && { deviceId: { exact: device } }),
      ...(raw && { echoCancellation: false, noiseSuppression: false, autoGainControl: false }),
    },
  });
  const tracks = stream.getTracks();
  const context = new AudioContext();
  const release = () => {
    for (const track of tracks) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(worklet);
    await context.resume();
    const node = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
    let ended: (() => void) | undefined;
    node.port.onmessage = ({ data }: MessageEvent<Int16Array | null>) => (data ? heard(data) : ended?.());
    context.createMediaStreamSource(stream).connect(node);
    for (const track of tracks) {
      track.onended = lost;
      track.onmute = () => muted?.(true);
      track.onunmute = () => muted?.(false);
    }
    context.onstatechange = () => (context.state as string) === 'interrupted' && lost();
    return {
      pause: () => void context.suspend(),
      goOn: () => void context.resume(),
      close: async () => {
        context.onstatechange = null;
        await context.resume();
        const last = new Promise<void>((resolve) => (ended = resolve));
        node.port.postMessage(null);
        await Promise.race([last, new Promise((resolve) => setTimeout(resolve, 1_000))]);
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}
