import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** The model that the fake holds. */
export const model = 'gemma3:4b';

interface Asked {
  model: string;
  messages: { role: string; content: string; images?: string[] }[];
  format?: { properties?: Record<string, unknown> };
}

/**
 * A fake Ollama that holds one model. It asks what the instruction says is to be asked, word by word; `pace` is the
 * time for each word in milliseconds, `silent` keeps every answer from beginning.
 */
export class Ollama {
  pace = 5;
  silent = false;
  /** The next answer to a form, as JSON; "" answers by what the form asks for. */
  says = '';
  /** What a question to the Companion is answered with, by what the model is told. */
  answers: (told: string) => unknown = () => ({ answered: false, sentences: [] });
  /** What it hears in a piece of sound (a WAV file); null for a model that takes none. Set it before the box starts. */
  hears: ((wav: Buffer) => string) | null = null;
  url = '';
  /** How many words were said in all. */
  words = 0;
  #server: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  /** Starts it, and after `stop` again at the same address. Starting twice does no harm. */
  async start(): Promise<this> {
    if (this.#server) return this;
    const server = createServer((request, response) => void this.#answer(request, response).catch(() => response.destroy()));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.#port}`;
    return this;
  }

  /** Ends it as if its process was killed: connections break off. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url) {
      case '/api/version':
        return void response.end(JSON.stringify({ version: this.hears ? '0.20.0' : '0.17.4' }));
      case '/api/tags':
        return void response.end(
          JSON.stringify({ models: [{ name: model, model, digest: 'ab'.repeat(32), size: 3_300_000_000 }, { name: 'far:cloud', model: 'far:cloud', digest: 'cd'.repeat(32), size: 400, remote_host: 'https://elsewhere.invalid' }] }),
        );
      case '/api/show':
        return void response.end(JSON.stringify({ model_info: { 'llama.context_length': 8192 }, capabilities: ['completion', ...(this.hears ? ['audio'] : [])] }));
      case '/api/chat':
        return this.#chat(JSON.parse(await read(request)) as Asked, response);
    }
    response.statusCode = 404;
    response.end('{}');
  }

  async #chat(asked: Asked, response: ServerResponse): Promise<void> {
    const last = asked.messages.at(-1)?.content ?? '';
    const trial = last === 'Hello';
    const sound = asked.messages.at(-1)?.images?.[0];
    while (this.silent && !trial && !response.destroyed) await new Promise((resolve) => setTimeout(resolve, 20));
    const told = asked.format && this.says;
    if (told) this.says = '';
    const text = sound && this.hears ? this.hears(Buffer.from(sound, 'base64')) : told ? told : asked.format ? JSON.stringify(asked.format.properties?.answered ? this.answers(last) : byForm(asked.format)) : trial ? 'Hello' : `So that is how it was. ${last.match(/⟦([^⟦⟧]*)⟧[^⟦⟧]*$/)?.[1] ?? 'What happened then?'}`;
    const pieces = asked.format ? [text] : text.split(/(?<= )/);
    const line = (more: object) => response.write(`${JSON.stringify({ model, created_at: new Date().toISOString(), ...more })}\n`);
    for (const piece of pieces) {
      await new Promise((resolve) => setTimeout(resolve, asked.format || trial ? 1 : this.pace));
      if (response.destroyed) return;
      line({ message: { role: 'assistant', content: piece }, done: false });
      if (!trial && !asked.format) this.words++;
    }
    line({
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: Math.ceil(asked.messages.reduce((sum, message) => sum + message.content.length, 0) / 4),
      prompt_eval_duration: 1_000_000,
      eval_count: pieces.length,
      eval_duration: 1_000_000,
    });
    response.end();
  }
}

/** What the fake answers where an answer has to have a form: it proposes a change, or weighs. */
function byForm(format: NonNullable<Asked['format']>): unknown {
  if (format.properties?.changes) return { changes: [{ what: 'change', topic: 2, question: 'What gets lost at night between two shifts?' }, { what: 'remove', topic: 3 }] };
  return { d: 1, s: 'none' };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}
