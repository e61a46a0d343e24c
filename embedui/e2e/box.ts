import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../bin/harmonium', import.meta.url));

/** The account that Box.start makes. */
export const owner = { email: 'ruth@example.org', name: 'Ruth Adler', password: 'a quiet room with a view' };

export interface Options {
  /** Time that guided mode takes for each word; long enough to do something in mid-answer. */
  pace?: string;
  /** Address of an Ollama; guided mode without. */
  ollama?: string;
  /** Address of a whisper-server; nothing hears without. */
  whisper?: string;
  /** False leaves the box as it is at its first start: without an account. */
  account?: boolean;
  /** An address and port that it may reach, beyond the loopback. */
  allow?: string;
  /** With HTTPS by its own authority, and plain HTTP beside it at `plain`. */
  tls?: boolean;
}

/** One running appliance on a directory of its own. */
export class Box {
  readonly dir = mkdtempSync(join(tmpdir(), 'harmonium-story-'));
  /** What the program has printed so far. */
  output = '';
  url = '';
  /** The address of plain HTTP: `url` itself without `tls`. */
  plain = '';
  #port = 0;
  #process: ChildProcess | undefined;
  #options: Options;

  private constructor(options: Options) {
    this.#options = options;
  }

  static async start(options: Options = {}): Promise<Box> {
    const box = new Box(options);
    box.#port = await freePort();
    box.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${box.#port}`;
    box.plain = options.tls ? `http://127.0.0.1:${await freePort()}` : box.url;
    await box.up();
    if (options.account !== false) {
      box.command(['user', 'add', '--email', owner.email, '--name', owner.name, '--role', 'owner', '--password-stdin'], `${owner.password}\n`);
    }
    return box;
  }

  /** Starts the program again on the same data. It may reach what it might before unless told otherwise; '' is nothing. */
  async up(allow = this.#options.allow): Promise<void> {
    const args = ['serve', '--data', this.dir, '--listen', `127.0.0.1:${this.#port}`, '--ollama', this.#options.ollama ?? 'none', '--bcrypt-cost', '4'];
    if (this.#options.whisper) args.push('--whisper', this.#options.whisper);
    if (allow) args.push('--allow', allow);
    if (this.#options.tls) args.push('--tls', 'self', '--tls-files', this.dir, '--listen-http', new URL(this.plain).host);
    const process = spawn(binary, [...args, '--guided-pace', this.#options.pace ?? '2ms'], { stdio: ['ignore', 'pipe', 'pipe'] });
    process.stdout.on('data', (data: Buffer) => (this.output += data.toString()));
    process.stderr.on('data', (data: Buffer) => (this.output += data.toString()));
    this.#process = process;
    await until(async () => (await fetch(`${this.plain}/${this.#options.tls ? 'healthz' : 'readyz'}`)).ok, 'the program to be ready');
  }

  /** Ends the program as a power cut would. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (!process || process.exitCode !== null) return;
    const gone = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs another command of the program on the same data and gives what it printed. */
  command(args: string[], input = ''): string {
    const done = spawnSync(binary, [...args, '--data', this.dir], { input, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${args.slice(0, 2).join(' ')} ended with ${done.status}: ${done.stderr}`);
    return done.stdout;
  }

  /** Makes a backup now, restores it elsewhere and gives that directory, which goes with the box. */
  backedUp(): string {
    const file = join(this.dir, 'stories.backup');
    const restored = join(this.dir, 'restored');
    this.command(['backup', 'create', file, '--passphrase-stdin'], `${owner.password}\n`);
    const done = spawnSync(binary, ['restore', file, '--passphrase-stdin', '--without-deletions', '--data', restored], { input: `${owner.password}\n`, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`restore ended with ${done.status}: ${done.stderr}`);
    return restored;
  }

  #key = '';

  /** Calls the interface with a key that may do everything. What is not JSON comes as text. */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#ask(method, path, body);
    if (answer.status === 204) return undefined as T;
    return (answer.headers.get('content-type')?.includes('json') ? await answer.json() : await answer.text()) as T;
  }

  /** Asks for what is no text. */
  async bytes(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.#ask('GET', path)).arrayBuffer());
  }

  async #ask(method: string, path: string, body?: unknown): Promise<Response> {
    this.#key ||= this.command(['key', 'create', '--email', owner.email, '--name', 'stories', '--scopes', '*']).trim();
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

/** Waits until a condition holds, for at most 20 seconds unless told otherwise. A condition that throws does not hold yet. */
export async function until(condition: () => Promise<boolean>, what: string, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
