import AxePackage from 'axe-core';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, desktop, drawn, hasFocus, launch, phone, tabTo } from './browser.ts';
import { logIn } from './people.ts';
import { likeness, speech, wavOf } from './speech.ts';
import { samplesOf } from './whisper.ts';

const pictures = process.env.PICTURES;

interface Meeting {
  id: string;
  state: string;
  duration_ms: number;
  gaps: { start_ms: number; end_ms: number }[];
  tracks: { takes: { samples: number; ended: boolean; have: [number, number][] }[] }[];
}

/** Nothing that axe finds serious, nothing wider than the screen, at both sizes and in both schemes. */
async function troubles(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  await page.evaluate(AxePackage.source);
  for (const size of [phone, desktop]) {
    for (const scheme of ['light', 'dark'] as const) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: scheme });
      await drawn(page);
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${size.width}-${scheme}.png`, fullPage: true });
      const here = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof AxePackage };
        const { violations } = await axe.run(document, { resultTypes: ['violations'] });
        const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => v.id);
        const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
        return wide > 0 ? [...serious, `wider than the screen by ${wide} px`] : serious;
      });
      found.push(...here.map((what) => `${name}: ${what} at ${size.width}, ${scheme}`));
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

/** Plays a WAV file to the browser's own recorder and gives what that writes, as base64. Runs in the page. */
async function recordedBy([wav, kind]: readonly [wav: string, kind: string]): Promise<string> {
  const context = new AudioContext({ sampleRate: 48_000 });
  const source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(Uint8Array.from(atob(wav), (c) => c.charCodeAt(0)).buffer);
  const out = context.createMediaStreamDestination();
  source.connect(out);
  const recorder = new MediaRecorder(out.stream, { mimeType: kind });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => void parts.push(data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  source.onended = () => recorder.stop();
  recorder.start();
  source.start();
  await stopped;
  await context.close();
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

const dir = mkdtempSync(path(tmpdir(), 'harmonium-upload-'));
const said = speech(65);
const file = (name: string, channels: Int16Array[], rate = said.rate) => {
  const at = path(dir, name);
  writeFileSync(at, wavOf(channels, rate));
  return at;
};

let box: Box;
let browser: Browser;

beforeAll(async () => {
  if (pictures) mkdirSync(pictures, { recursive: true });
  box = await Box.start();
  browser = await launch(file('microphone.wav', [said.samples]));
});
afterAll(async () => {
  await browser?.close();
  await box?.remove();
  rmSync(dir, { recursive: true, force: true });
});

const idOf = (page: Page) => /(cnv_[^/?]+)/.exec(page.url())?.[1] ?? '';
const meeting = (id: string) => box.api<Meeting>('GET', `/meetings/${id}`);
/** The page of a meeting that has ended. */
const ended = /\/meetings\/cnv_[^/]+$/;

describe('A file that was recorded elsewhere', () => {
  let host: Person;
  beforeAll(async () => {
    host = await Person.in(browser, box.url);
    await logIn(host.page);
  });
  afterAll(() => host.close());

  const choose = (at: string | { name: string; mimeType: string; buffer: Buffer }) => host.page.locator('input[type=file]').setInputFiles(at);

  test('is refused in a sentence when it is empty or silent, before anything is sent', async () => {
    const { page } = host;
    await page.goto('/meetings/new?by=file');
    await choose({ name: 'empty.mp3', mimeType: 'audio/mpeg', buffer: Buffer.alloc(0) });
    await page.getByText('The file is empty').waitFor();
    await choose(file('silent.wav', [new Int16Array(10 * said.rate)]));
    await page.getByText('Nothing can be heard in the file').waitFor();
    await choose({ name: 'picture.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64') });
    await page.getByText('This is no file of sound or video').waitFor();
    expect(await troubles(page, 'refused')).toEqual([]);
    await page.getByRole('button', { name: 'Send the file' }).click();
    await until(() => hasFocus(page.getByLabel('What it is about')), 'the focus to be where something is missing');
    expect((await box.api<{ pagination: { total: number } }>('GET', '/sessions')).pagination.total).toBe(0);
  });

  test('is decoded here and comes to the box as it sounds; a browser that was closed goes on when it is chosen again', async () => {
    const { page } = host;
    const whole = file('Monday.wav', [said.samples]);
    await page.goto('/meetings/new?by=file');
    await choose(whole);
    await page.getByText('Sound, 1 min 5 sec long').waitFor();
    expect(await page.getByLabel('What it is about').inputValue()).toBe('Monday');
    await page.route('**/pieces/1*', (route) => route.abort());
    await page.getByRole('button', { name: 'Send the file' }).click();
    await page.getByText('The box is not reached').waitFor();
    const id = idOf(page);
    expect(await troubles(page, 'sending')).toEqual([]);

    await page.unroute('**/pieces/1*');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await page.getByText('are on the box. Choose the same file again').waitFor();
    expect(await troubles(page, 'again')).toEqual([]);
    await choose(file('Tuesday.wav', [said.samples.subarray(0, 30 * said.rate)]));
    await page.getByText('This is another file').waitFor();
    await choose(whole);
    await page.waitForURL(ended);
    const after = await meeting(id);
    expect(after).toMatchObject({ state: 'closed', gaps: [] });
    const sound = samplesOf(await box.bytes(`/meetings/${id}/sound`));
    expect(sound.length).toBe(65 * 16_000);
    expect(likeness(sound, said)).toBeGreaterThanOrEqual(0.99);
  });

  test('that is cut in the middle is kept as far as it goes, and says so', async () => {
    const { page } = host;
    const whole = wavOf([said.samples.subarray(0, 12 * said.rate)], said.rate);
    await page.goto('/meetings/new?by=file');
    await choose({ name: 'cut.wav', mimeType: 'audio/wav', buffer: whole.subarray(0, whole.length / 2) });
    await page.getByText('Sound, 6 sec long').waitFor();
    await page.getByRole('button', { name: 'Send the file' }).click();
    await page.getByText('The end of the file is missing or damaged').waitFor();
    expect(await meeting(idOf(page))).toMatchObject({ state: 'closed', problem: 'cut', gaps: [] });
    const sound = samplesOf(await box.bytes(`/meetings/${idOf(page)}/sound`));
    expect(sound.length / 16_000).toBeCloseTo(6, 1);
  });

  test.each(['audio/mp4;codecs=opus', 'audio/webm;codecs=opus'])('as a phone records it (%s) comes as it sounds', async (kind) => {
    const { page } = host;
    await page.goto('/meetings/new?by=file');
    const wav = wavOf([said.samples.subarray(0, 5 * said.rate)], said.rate).toString('base64');
    await choose({ name: 'phone', mimeType: kind, buffer: Buffer.from(await page.evaluate(recordedBy, [wav, kind] as const), 'base64') });
    await page.getByText(/Sound, (4|5) sec long/).waitFor();
    await page.getByRole('button', { name: 'Send the file' }).click();
    await page.waitForURL(ended);
    const sound = samplesOf(await box.bytes(`/meetings/${idOf(page)}/sound`));
    expect(sound.length / 16_000).toBeGreaterThan(4.5);
    expect(likeness(sound, said)).toBeGreaterThanOrEqual(0.95);
  });

  test('with a speaker on each side becomes two tracks', async () => {
    const { page } = host;
    const [left, right] = [said.samples.slice(0, 20 * said.rate), said.samples.slice(0, 20 * said.rate)];
    left.fill(0, 10 * said.rate);
    right.fill(0, 0, 10 * said.rate);
    await page.goto('/meetings/new?by=file');
    await choose(file('call.wav', [left, right]));
    await page.getByText('with one speaker on each side').waitFor();
    expect(await troubles(page, 'two')).toEqual([]);
    await page.getByRole('button', { name: 'Send the file' }).click();
    await page.waitForURL(ended);
    expect((await meeting(idOf(page))).tracks.map((t) => t.takes[0]?.samples)).toEqual([320_000, 320_000]);
    host.calm();
  });
});

describe('The recorder', () => {
  const timer = async (page: Page) => ((await page.getByRole('timer').textContent()) ?? '0:00').split(':').map(Number).reduce((sum, part) => sum * 60 + part, 0);
  const recorded = (page: Page, seconds: number) => until(async () => (await timer(page)) >= seconds, `${seconds} s to be recorded`, seconds + 60);
  const begin = async (page: Page, title: string) => {
    await page.goto('/meetings/new');
    await page.getByLabel('What it is about').fill(title);
    await page.getByRole('button', { name: 'To the recorder' }).click();
    await page.getByRole('button', { name: 'Record', exact: true }).waitFor();
    return idOf(page);
  };

  test('is worked by the keyboard alone, marks by keys, and pauses without a gap', async () => {
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    const id = await begin(page, 'By keys');
    expect(await troubles(page, 'ready')).toEqual([]);
    await tabTo(page, page.getByRole('button', { name: 'Record', exact: true }));
    await page.keyboard.press('Enter');
    await recorded(page, 2);
    await page.keyboard.press('2');
    await page.keyboard.type('Print the template');
    expect(await troubles(page, 'marking')).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('Print the template').waitFor();
    await until(() => hasFocus(page.getByRole('button', { name: 'Pause' })), 'the focus to be back');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Go on recording' }).waitFor();
    expect(await troubles(page, 'paused')).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await tabTo(page, page.getByRole('button', { name: 'End the meeting' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'End the meeting' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(ended);
    expect(await meeting(id)).toMatchObject({ state: 'closed', gaps: [], marks: [{ kind: 'action', text: 'Print the template' }] });
    host.calm();
    await host.close();
  });

  test('goes on by itself after a reload, with the same take, and names what is missing', async () => {
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await host.context.grantPermissions(['microphone']);
    await logIn(page);
    const id = await begin(page, 'Reloaded');
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await recorded(page, 4);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await recorded(page, 8);
    await page.getByRole('button', { name: 'End the meeting' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End the meeting' }).click();
    await page.waitForURL(ended);
    expect((await meeting(id)).tracks[0]?.takes).toMatchObject([{ ended: true }]);
    await host.close();
  });

  test('says that the disk of the box is full, and that another device has taken over; both lose nothing', async () => {
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    const id = await begin(page, 'Two devices');
    await page.route('**/pieces/*', (route) => route.fulfill({ status: 507, json: { error: { code: 'storage', message: 'The disk is full.', request_id: 'x' } } }));
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.getByText('The disk of the box is full or nearly full. Recording goes on').waitFor();
    expect(await troubles(page, 'full')).toEqual([]);
    await page.unroute('**/pieces/*');
    await until(async () => (await meeting(id)).duration_ms >= 3_000, 'the sound to come after all');

    const second = await Person.in(browser, box.url);
    await logIn(second.page);
    await second.page.goto(`/meetings/${id}/record`);
    await second.page.getByText('Another device is recording this meeting').waitFor();
    await second.page.getByRole('button', { name: 'Take over here' }).click();
    await page.getByText('Another device goes on with this recording').waitFor();
    expect(await troubles(page, 'taken')).toEqual([]);
    await recorded(second.page, (await timer(second.page)) + 3);
    await second.page.getByRole('button', { name: 'End the meeting' }).click();
    await second.page.getByRole('dialog').getByRole('button', { name: 'End the meeting' }).click();
    await second.page.waitForURL(ended);
    expect(await meeting(id)).toMatchObject({ state: 'closed', gaps: [], tracks: [{ takes: [{ ended: true }, { ended: true }] }] });
    await host.close();
    await second.close();
  });

  test('offers what an earlier visit has left, and sends it', async () => {
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    const id = await begin(page, 'Left behind');
    await page.route('**/pieces/*', (route) => route.abort());
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await recorded(page, 4);
    await page.getByRole('link', { name: 'Harmonium' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
    await page.getByText('of the recording “Left behind” are still on this device').waitFor();
    expect(await troubles(page, 'left')).toEqual([]);
    await page.unroute('**/pieces/*');
    await page.getByRole('button', { name: 'Send it' }).click();
    await page.getByText('It is all on the box now.').waitFor();
    expect((await meeting(id)).duration_ms).toBeGreaterThanOrEqual(3_000);
    host.calm();
    await host.close();
  });
});

test('Where the browser gives no microphone, the recorder says what to do', async () => {
  const deaf = await launch();
  const host = await Person.in(deaf, box.url);
  const { page } = host;
  await logIn(page);
  await page.goto('/meetings/new');
  await page.getByLabel('What it is about').fill('Nothing to hear');
  await page.getByRole('button', { name: 'To the recorder' }).click();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await page.getByText(/There is no microphone|may not use the microphone/).waitFor();
  expect(await troubles(page, 'denied')).toEqual([]);
  await deaf.close();
});

test('In Arabic the recorder reads from right to left', async () => {
  const host = await Person.in(browser, box.url);
  const { page } = host;
  await logIn(page);
  await page.goto('/account');
  await page.getByLabel('Language', { exact: true }).selectOption('ar');
  await page.waitForFunction(() => document.documentElement.dir === 'rtl');
  await page.goto('/meetings/new');
  await page.waitForFunction(() => document.documentElement.dir === 'rtl');
  expect(await troubles(page, 'new-ar')).toEqual([]);
  await page.locator('input.box').first().fill('اجتماع الجناح الرابع');
  await page.locator('button[type=submit]').click();
  await page.getByRole('timer').waitFor();
  expect(await troubles(page, 'recorder-ar')).toEqual([]);
  host.calm();
  await host.close();
});
