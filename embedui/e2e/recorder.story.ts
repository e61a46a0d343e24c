import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, launch } from './browser.ts';
import { Ollama } from './ollama.ts';
import { logIn } from './people.ts';
import { likeness, speech, wavOf } from './speech.ts';
import { samplesOf } from './whisper.ts';

/** How long the meeting is: 90 s, or what is asked for (make soak). */
const length = Number(process.env.MEETING_SECONDS ?? 90);

interface Meeting {
  id: string;
  session_id: string;
  transcript: { state: string; done: number; total: number; late: boolean };
  state: string;
  duration_ms: number;
  consent_at: string | null;
  gaps: unknown[];
  marks: { kind: string; at_ms: number; text: string }[];
  tracks: { takes: Take[] }[];
}

interface Take {
  take: number;
  start_ms: number;
  samples: number;
  ended: boolean;
  have: [number, number][];
}

interface Segment {
  state: string;
  text: string;
  start_ms: number;
  end_ms: number;
}

/** Has the page keep what leaves the worklet, beside what the page itself does with it. */
function overhear(): void {
  const heard: Int16Array[] = [];
  Object.assign(window, { heard });
  const Node = AudioWorkletNode;
  window.AudioWorkletNode = class extends Node {
    constructor(...args: ConstructorParameters<typeof Node>) {
      super(...args);
      this.port.addEventListener('message', ({ data }) => {
        if (data instanceof Int16Array) heard.push(data.slice());
      });
    }
  };
}

/** How much left the worklet, and the hash of it. */
function heardBy(page: Page): Promise<{ samples: number; sha256: string }> {
  return page.evaluate(async () => {
    const { heard } = window as unknown as { heard: Int16Array[] };
    const all = new Int16Array(heard.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of heard) {
      all.set(part, at);
      at += part.length;
    }
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
    return { samples: all.length, sha256: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
  });
}

const timer = async (page: Page) => {
  const parts = ((await page.getByRole('timer').textContent()) ?? '0:00').split(':').map(Number);
  return parts.reduce((sum, part) => sum * 60 + part, 0);
};
const recorded = (page: Page, seconds: number) => until(async () => (await timer(page)) >= seconds, `${seconds} s to be recorded`, seconds + 60);

/** Pictures to look at, where they are asked for. */
async function shoot(page: Page, name: string): Promise<void> {
  if (!process.env.PICTURES) return;
  const before = page.viewportSize();
  for (const width of [360, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  if (before) await page.setViewportSize(before);
}

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A scripted model that hears: the words of a meeting piece by piece, and nothing but a loop in the second piece, however often. */
class Script {
  readonly #pieces: string[] = [];

  hears = (wav: Buffer): string => {
    const piece = hash(wav);
    if (!this.#pieces.includes(piece)) this.#pieces.push(piece);
    const at = this.#pieces.indexOf(piece);
    return at === 1 ? 'and so on '.repeat(20) : `This is part ${at} of what was said about the board on ward four.`;
  };
}

describe('A meeting that is recorded', () => {
  const dir = mkdtempSync(path(tmpdir(), 'harmonium-recorder-'));
  const said = speech(length + 20);
  const ollama = new Ollama();
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    const file = path(dir, 'meeting.wav');
    writeFileSync(file, wavOf([said.samples], said.rate));
    ollama.hears = new Script().hears;
    await ollama.start();
    box = await Box.start({ ollama: ollama.url });
    browser = await launch(`${file}%noloop`);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await ollama.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('is on the box to the last sample, whatever the network and the server do', { timeout: (2 * length + 240) * 1000 }, async () => {
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await page.addInitScript(overhear);
    await logIn(page);
    await page.getByRole('link', { name: 'Or record a meeting' }).click();
    await page.getByLabel('What it is about').fill('Handover on ward four');
    await page.getByRole('button', { name: 'To the recorder' }).click();
    await page.getByText('This meeting is being recorded.').waitFor();
    await page.getByLabel('I have read it out').check();
    await page.getByText('Read out, and agreed to').waitFor();
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    const id = /meetings\/([^/]+)\//.exec(page.url())?.[1] ?? '';
    const meeting = () => box.api<Meeting>('GET', `/meetings/${id}`);
    expect((await meeting()).consent_at).not.toBeNull();

    for (const part of [1, 3]) {
      await recorded(page, (part * length) / 6);
      await host.context.setOffline(true);
      await page.getByText('The box is not reached. Recording goes on').first().waitFor();
      await recorded(page, (part * length) / 6 + 8);
      await host.context.setOffline(false);
    }
    await page.getByRole('button', { name: 'Decision' }).click();
    await page.keyboard.type('Changes go onto the board');
    await page.keyboard.press('Enter');
    await recorded(page, (4 * length) / 6);
    await box.kill();
    await page.getByText('The box is not reached. Recording goes on').first().waitFor();
    await recorded(page, (4 * length) / 6 + 6);
    await box.up();
    await recorded(page, length);

    await page.getByRole('button', { name: 'End the meeting' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End the meeting' }).click();
    await page.waitForURL(/meetings\/cnv_[^/]+$/, { timeout: 60_000 });

    const heard = await heardBy(page);
    expect(heard.samples / 16_000).toBeGreaterThan(length);
    const after = await meeting();
    expect(after).toMatchObject({ state: 'closed', gaps: [], marks: [{ kind: 'decision', text: 'Changes go onto the board' }] });
    expect(after.tracks[0]?.takes.map((t) => [t.samples, t.ended])).toEqual([[heard.samples, true]]);
    const sound = await box.bytes(`/meetings/${id}/sound`);
    expect([(sound.length - 44) / 2, hash(sound.subarray(44))]).toEqual([heard.samples, heard.sha256]);
    expect(likeness(samplesOf(sound), said)).toBeGreaterThanOrEqual(0.99);

    await until(async () => (await meeting()).transcript.state === 'done', 'the transcript', 120);
    const { segments } = await box.api<{ segments: Segment[] }>('GET', `/meetings/${id}/segments`);
    expect(segments.map((s) => s.state)).toEqual(segments.map((_, i) => (i === 1 ? 'inaudible' : 'heard')));
    expect(segments[0]?.text).toContain('part 0');

    const { session_id: session } = await meeting();
    const at = (ms: number) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;
    const gap = `${at(segments[1]?.start_ms ?? 0)}–${at(segments[1]?.end_ms ?? 0)} (not understood)`;
    await until(async () => (await box.bytes(`/sessions/${session}/export?format=md`)).includes(gap), 'the report to name the gap', 60);
    await page.goto(`${box.url}/sessions/${session}/results`);
    await page.getByText(gap).waitFor();
    host.calm();
    await host.close();
  });

  test('is recorded by two devices beside each other, each a speaker of its own', { timeout: 180_000 }, async () => {
    const { id } = await box.api<Meeting>('POST', '/meetings', { title: 'Two laptops on a table', provider: 'browser' });
    const meeting = () => box.api<Meeting>('GET', `/meetings/${id}`);
    const [first, second] = [await Person.in(browser, box.url), await Person.in(browser, box.url)];
    for (const { page } of [first, second]) await logIn(page);
    await first.page.goto(`${box.url}/meetings/${id}/record`);
    await first.page.getByRole('button', { name: 'Record', exact: true }).click();
    await recorded(first.page, 6);
    await second.page.goto(`${box.url}/meetings/${id}/record`);
    await second.page.getByRole('button', { name: 'Take over here' }).waitFor();
    await shoot(second.page, 'beside-offered');
    await second.page.getByRole('button', { name: 'Record here too' }).click();
    await recorded(second.page, 7);
    await second.page.getByRole('button', { name: 'Pause' }).click();
    await first.page.getByText('Another device records beside this one').waitFor();
    await shoot(first.page, 'beside');
    await second.page.getByRole('button', { name: 'Go on recording' }).click();
    await recorded(second.page, 10);
    await first.page.getByRole('button', { name: 'End the meeting' }).click();
    await first.page.getByRole('dialog').getByText('Another device is still recording').waitFor();
    await first.page.getByRole('dialog').getByRole('button', { name: 'End the meeting' }).click();
    await first.page.waitForURL(/meetings\/cnv_[^/]+$/, { timeout: 60_000 });
    await second.page.getByText('This recording has ended').waitFor();
    await until(async () => (await meeting()).transcript.state === 'done', 'the transcript', 120);

    const after = await meeting();
    const [one, two] = after.tracks.map(({ takes }) => takes) as [Take[], Take[]];
    expect([after.gaps, after.transcript.late, one.length, two.length, two.every((t) => t.ended)]).toEqual([[], false, 1, 2, true]);
    expect(two[0]?.start_ms).toBeGreaterThanOrEqual(6000);
    expect(two[1]?.start_ms).toBeGreaterThan((two[0]?.start_ms ?? 0) + (two[0]?.samples ?? 0) / 16);
    const { utterances } = await box.api<{ utterances: { speaker_id: string; start_ms: number }[] }>('GET', `/meetings/${id}/transcript`);
    expect(utterances.map((u) => u.start_ms)).toEqual(utterances.map((u) => u.start_ms).sort((a, b) => a - b));
    expect(new Set(utterances.map((u) => u.speaker_id)).size).toBe(2);
    for (const person of [first, second]) {
      person.calm();
      await person.close();
    }
  });
});
