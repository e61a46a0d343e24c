import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, hasFocus, launch, phone, tabTo } from './browser.ts';
import { answered, join, openSession, turnsOf } from './people.ts';
import { rate, samplesOf, voice, Whisper } from './whisper.ts';

const speak = (page: Page) => page.getByRole('button', { name: 'Speak your answer' });
const answer = (page: Page) => page.getByRole('textbox', { name: 'Your answer' });

/** Waits until so many seconds were recorded. */
const recorded = (page: Page, seconds: number) =>
  page.waitForFunction((n) => {
    const [minutes, rest] = (document.querySelector('[role="timer"]')?.textContent ?? '0:00').split(/\D+/).map(Number);
    return (minutes ?? 0) * 60 + (rest ?? 0) >= n;
  }, seconds);

/** How many pieces of sound the device keeps. */
const kept = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const opening = indexedDB.open('harmonium');
        opening.onsuccess = () => {
          const count = opening.result.transaction('sounds').objectStore('sounds').count();
          count.onsuccess = () => {
            opening.result.close();
            resolve(count.result);
          };
        };
      }),
  );

describe('An answer that is spoken', () => {
  const dir = mkdtempSync(path(tmpdir(), 'harmonium-voice-'));
  const whisper = new Whisper();
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    const file = path(dir, 'voice.wav');
    writeFileSync(file, voice(4));
    await whisper.start();
    box = await Box.start({ whisper: whisper.url });
    browser = await launch(file);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await whisper.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('is written down by the box, read, changed and sent, and says so', async () => {
    const session = await openSession(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    const welcome = (await (await fetch(`${box.url}/api/v1/join/${session}`)).json()) as { consent_text: string };
    expect(welcome.consent_text).toContain('the sound is not kept');
    await join(page, session);

    await speak(page).click();
    await page.getByText('Recording', { exact: true }).first().waitFor();
    await recorded(page, 3);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByText('Written down by whisper-server.').waitFor();
    expect(await answer(page).inputValue()).toBe(whisper.says);
    await until(() => hasFocus(answer(page)), 'the focus to be in the answer box');
    expect(await answer(page).evaluate((box) => box.scrollHeight - box.clientHeight)).toBeLessThanOrEqual(0);
    const [wav] = whisper.heard;
    const samples = samplesOf(wav as Buffer);
    expect(samples.length / rate).toBeGreaterThan(2.5);
    expect(Math.max(...samples)).toBeGreaterThan(1_000);
    expect(await kept(page)).toBe(0);

    await answer(page).press('End');
    await page.keyboard.type(' Nobody reads it at night.');
    await page.keyboard.press('Enter');
    await answered(box, session, 1);
    const [said] = ((await turnsOf(box, session)) as unknown as { role: string; content: string; spoken: boolean }[]).filter((t) => t.role === 'participant');
    expect(said).toMatchObject({ content: `${whisper.says} Nobody reads it at night.`, spoken: true });

    await answer(page).fill('Typed this time.');
    await page.keyboard.press('Enter');
    await answered(box, session, 2);
    const typed = ((await turnsOf(box, session)) as unknown as { content: string; spoken: boolean }[]).find((t) => t.content === 'Typed this time.');
    expect(typed?.spoken).toBe(false);
    guest.calm();
    await guest.close();
  });

  test('outlives a lost network and a closed page, by the keyboard alone', async () => {
    const session = await openSession(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await join(page, session);
    await tabTo(page, speak(page));
    await page.keyboard.press('Enter');
    await recorded(page, 2);
    const before = whisper.heard.length;
    await box.kill();
    await tabTo(page, page.getByRole('button', { name: 'Done' }), 'Shift+Tab').catch(() => page.getByRole('button', { name: 'Done' }).focus());
    await page.keyboard.press('Enter');
    await page.getByText('is sent again by itself').first().waitFor();
    expect(await kept(page)).toBeGreaterThan(0);

    await box.up();
    await page.reload();
    await page.getByText('Paused', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Written down by whisper-server.').waitFor();
    expect(whisper.heard.length).toBe(before + 1);
    expect(await answer(page).inputValue()).toBe(whisper.says);
    expect(await kept(page)).toBe(0);
    await guest.close();
  });

  test('is discarded for good', async () => {
    const session = await openSession(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    const { page } = guest;
    await join(page, session);
    const before = whisper.heard.length;
    await speak(page).click();
    await recorded(page, 2);
    await until(async () => (await kept(page)) > 0, 'a piece to be kept');
    await page.getByRole('button', { name: 'Discard' }).click();
    await answer(page).waitFor();
    await until(async () => (await kept(page)) === 0, 'the recording to be erased');
    expect(whisper.heard.length).toBe(before);
    guest.calm();
    await guest.close();
  });
});

test('Where nothing hears, nothing is offered', async () => {
  const box = await Box.start();
  const browser = await launch();
  try {
    const session = await openSession(box);
    const guest = await Person.in(browser, box.url, { viewport: phone });
    await join(guest.page, session);
    await guest.page.getByRole('button', { name: 'Send' }).waitFor();
    expect(await speak(guest.page).count()).toBe(0);
    guest.calm();
  } finally {
    await browser.close();
    await box.remove();
  }
});
