import AxePackage from 'axe-core';
import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner, until } from './box.ts';
import { Person, desktop, drawn, hasFocus, launch, phone, tabTo } from './browser.ts';
import { logIn, openSession } from './people.ts';
import { Whisper } from './whisper.ts';

const pictures = process.env.PICTURES;

/** A WAV of 16 kHz: bursts of a tone that swells, with silence between them, as long as sentences. */
function sound(seconds: number): Buffer {
  const rate = 16_000;
  const wav = Buffer.alloc(44 + seconds * rate * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(wav.length - 44, 40);
  for (let i = 0; i < seconds * rate; i++) {
    const at = i / rate;
    const loud = at % 6 < 4 ? 0.3 + 0.2 * Math.sin(at * 17) : 0;
    wav.writeInt16LE(Math.round(32_767 * loud * Math.sin(2 * Math.PI * (180 + 40 * Math.sin(at * 5)) * at)), 44 + i * 2);
  }
  return wav;
}

/** The page of a meeting: what was said, in step with its sound, corrected, restricted. */
describe('A meeting', () => {
  let box: Box;
  let browser: Browser;
  let whisper: Whisper;
  let host: Person;
  let session: string;
  let recorded: string;
  let pasted: string;

  beforeAll(async () => {
    whisper = await new Whisper().start();
    box = await Box.start({ whisper: whisper.url });
    browser = await launch();
    session = await openSession(box, { topic: 'Works council' });
    const key = box.command(['key', 'create', '--email', owner.email, '--name', 'files', '--scopes', '*']).trim();
    const sent = await fetch(`${box.url}/api/v1/meetings/file?title=Round+in+May&session_id=${session}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: new Uint8Array(sound(90)),
    });
    if (!sent.ok) throw new Error(`${sent.status} ${await sent.text()}`);
    recorded = ((await sent.json()) as { id: string }).id;
    const turn = (speaker: string, text: string, start_ms: number, end_ms: number) => ({ speaker, text, start_ms, end_ms });
    pasted = (
      await box.api<{ id: string }>('POST', `/sessions/${session}/conversations`, {
        title: 'Works council, June',
        turns: [
          turn('Moderator', 'What holds you up?', 0, 1_500),
          turn('Ada', 'The saws are blunt because nobody orders new blades before the old ones break apart.', 1_500, 9_000),
          turn('Grace', 'This is off the record, please: our quotas are too high to reach.', 9_000, 15_000),
          turn('Ada', 'We have decided to order new blades in June.', 15_000, 19_000),
        ],
      })
    ).id;
    host = await Person.in(browser, box.url, { viewport: desktop });
    await logIn(host.page);
    await until(async () => (await box.api<{ data: { status: string }[] }>('GET', '/meetings')).data.every(({ status }) => status === 'ready'), 'the transcript', 60);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await whisper?.stop();
  });

  test('is found in the list, with how far it is', async () => {
    const { page } = host;
    await page.goto('/');
    await page.getByRole('link', { name: 'Meetings' }).first().click();
    await page.getByRole('link', { name: 'Round in May' }).waitFor();
    expect(await page.getByText('Ready', { exact: true }).count()).toBe(2);
    await page.getByText('1:30').waitFor();
    await page.getByText('Restricted').waitFor();
    await page.getByRole('link', { name: 'Round in May' }).click();
    await page.getByText(whisper.says).first().waitFor();
    host.calm();
  });

  test('is heard and moved in by keys alone', async () => {
    const { page } = host;
    await page.goto(`/meetings/${recorded}`);
    await page.getByText(whisper.says).first().waitFor();
    const heard = () => page.locator('audio').evaluate((audio: HTMLAudioElement) => ({ at: audio.currentTime, paused: audio.paused, ready: audio.readyState }));
    await until(async () => (await heard()).ready > 0, 'the sound');
    await page.locator('body').press('l');
    await until(async () => (await heard()).at === 10, 'ten seconds on');
    await page.locator('body').press('j');
    await until(async () => (await heard()).at === 0, 'ten seconds back');
    await page.locator('body').press('k');
    await until(async () => !(await heard()).paused && (await heard()).at > 0, 'the sound to play');
    await page.locator('[aria-current=true][id^=t]').waitFor();
    await page.locator('body').press('k');
    await until(async () => (await heard()).paused, 'the sound to stop');
    await page.locator('body').press('.');
    expect(await page.getByLabel('Speed').inputValue()).toBe('1.25');
    const last = page.getByRole('button', { name: /^Play from/ }).last();
    await last.focus();
    await page.keyboard.press('Enter');
    const text = (await last.innerText()).trim().split(':').map(Number);
    await until(async () => (await heard()).at >= text[0]! * 60 + text[1]!, 'the sound at the last turn');
    await page.locator('body').press('k');
  });

  test('is corrected in its place, and what it said before stays', async () => {
    const { page } = host;
    await page.goto(`/meetings/${pasted}?turn=1`);
    const turn = page.locator('#t1');
    await until(async () => hasFocus(turn), 'the turn that the address names');
    await tabTo(page, turn.getByRole('button', { name: 'Correct turn 2' }));
    await page.keyboard.press('Enter');
    const words = turn.getByLabel('Words');
    await words.fill('The saws are blunt because nobody orders new blades.');
    await words.press('Control+Enter');
    await turn.getByText('nobody orders new blades.', { exact: false }).waitFor();
    await words.waitFor({ state: 'detached' });
    await turn.getByRole('button', { name: 'Correct turn 2' }).click();
    await turn.getByText('What it said before').click();
    await turn.getByText('before the old ones break apart').waitFor();
    await turn.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Change who Ada is' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Ada Koch');
    await page.getByRole('button', { name: 'Save' }).click();
    await turn.getByText('Ada Koch').waitFor();
    host.calm();
  });

  test('says what it must not be used for, and a person decides', async () => {
    const { page } = host;
    await page.goto(`/meetings/${pasted}`);
    await page.getByText('Somebody says “off the record”').waitFor();
    await page.getByRole('button', { name: 'It is not meant so' }).click();
    await page.getByText('Nothing is restricted.').waitFor();
    await page.getByRole('button', { name: 'Change restrictions' }).click();
    await page.getByRole('checkbox', { name: 'Files and other programs' }).check();
    await page.getByLabel('Why').fill('The council asks for it.');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('listitem').getByText('Files and other programs').first().waitFor();
    await page.getByText('How it came about').click();
    await page.getByText('The council asks for it.').waitFor();
    host.calm();
  });

  test('is where a quotation leads', async () => {
    const { page } = host;
    await page.goto(`/conversations/${pasted}?turn=3&from=0&to=15`);
    await page.waitForURL(new RegExp(`/meetings/${pasted}`));
    await page.locator('#t3 mark').getByText('We have decided').waitFor();
  });

  test('looks right at both sizes, in light and dark, and from right to left', async () => {
    if (pictures) mkdirSync(pictures, { recursive: true });
    const findings: string[] = [];
    for (const [scheme, language] of [['light', 'en-GB'], ['dark', 'en-GB'], ['light', 'ar']] as const) {
      const person = await Person.in(browser, box.url, { scheme, language, as: host });
      await person.page.goto('/');
      // An account has a language of its own.
      await person.page.evaluate(async (chosen) => {
        const answer = await fetch('/api/v1/me', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ language: chosen }) });
        if (!answer.ok) throw new Error(await answer.text());
      }, language.slice(0, 2));
      for (const [name, path] of [['list', '/meetings'], ['recorded', `/meetings/${recorded}`], ['pasted', `/meetings/${pasted}?turn=1`]] as const) {
        await person.page.goto(path);
        await person.page.locator('h1').waitFor();
        for (const [size, viewport] of [['phone', phone], ['desktop', desktop]] as const) {
          await person.page.setViewportSize(viewport);
          await drawn(person.page);
          if (pictures) await person.page.screenshot({ path: `${pictures}/meeting-${name}-${scheme}-${language}-${size}.png`, fullPage: size === 'phone' });
          await person.page.evaluate(AxePackage.source);
          const found = await person.page.evaluate(async () => {
            const { axe } = window as unknown as { axe: typeof AxePackage };
            const { violations } = await axe.run(document, { resultTypes: ['violations'] });
            return violations
              .filter(({ impact }) => impact === 'serious' || impact === 'critical')
              .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(', ')}`);
          });
          const over = await person.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (over > 0) found.push(`wider than the screen by ${over} px`);
          findings.push(...found.map((what) => `${name}, ${scheme}, ${language}, ${size}: ${what}`));
        }
      }
      person.calm();
      await person.close();
    }
    expect(findings).toEqual([]);
  });
});
