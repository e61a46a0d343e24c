import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wavOf } from './speech.ts';

/** A fake whisper-server: it says what it is told to hear, and keeps the WAV files that it was sent. */
export class Whisper {
  /** As the server names it. */
  language = 'english';
  says = 'The board on ward four is not read.';
  /** Milliseconds for each piece. */
  pace = 0;
  url = '';
  readonly heard: Buffer[] = [];
  #server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/health') return void response.end('{"status":"ok"}');
      void bodyOf(request).then((body) => {
        this.heard.push(fileIn(body));
        setTimeout(() => response.end(JSON.stringify({ task: 'transcribe', language: this.language, duration: 1, text: ` ${this.says}\n`, segments: [] })), this.pace);
      }, () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The WAV file in a form. */
function fileIn(body: Buffer): Buffer {
  const from = body.indexOf('RIFF');
  return body.subarray(from, from + 8 + body.readUInt32LE(from + 4));
}

/** Samples a second of what the box is sent. */
export const rate = 16_000;

/** The samples of a WAV file with a head of 44 bytes. */
export const samplesOf = (wav: Buffer): Int16Array => new Int16Array(new Uint8Array(wav.subarray(44)).buffer);

/**
 * A WAV file that a browser can play in place of a microphone: a voice that is none, its pitch going up and down, at the
 * rate of phones, with a pause at its end.
 */
export function voice(seconds: number, at = 48_000): Buffer {
  const samples = new Int16Array(seconds * at);
  for (let i = 0, phase = 0; i < samples.length; i++) {
    const time = i / at;
    phase += (2 * Math.PI * (180 + 60 * Math.sin(2 * Math.PI * 0.7 * time))) / at;
    const loud = (time % seconds) < seconds - 1 ? 0.5 + 0.4 * Math.sin(2 * Math.PI * 3 * time) : 0;
    samples[i] = 12_000 * loud * (Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.2 * Math.sin(5 * phase));
  }
  return wavOf([samples], at);
}
