import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** The sizes at which every page is looked at. */
export const phone = { width: 360, height: 740 };
export const desktop = { width: 1280, height: 860 };

export type Scheme = 'light' | 'dark';

/** Debian's Chromium, told to do nothing in the background. With `microphone`, it hears a WAV file, over and over. */
export async function launch(microphone?: string): Promise<Browser> {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (!executablePath) throw new Error('Chromium is needed: apt-get install chromium');
  return chromium.launch({
    executablePath,
    // Whatever the flags say, it asks for four addresses of its maker by itself. Those names mean nothing here; any other
    // one that a page asked for would be heard (packaging/testbed/quiet).
    args: ['--host-resolver-rules=MAP accounts.google.com ~NOTFOUND, MAP content-autofill.googleapis.com ~NOTFOUND, MAP update.googleapis.com ~NOTFOUND, MAP optimizationguide-pa.googleapis.com ~NOTFOUND',
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      ...(microphone ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`] : [])],
  });
}

export interface Looks {
  viewport?: { width: number; height: number };
  scheme?: Scheme;
  language?: string;
  /** Somebody whose log-in this window shares. */
  as?: Person;
  /** The browser goes on where a certificate is of an authority that it does not know. */
  trusting?: boolean;
}

/**
 * A browser of somebody of their own. What goes wrong in its pages without anybody seeing it, and every request that
 * does not go to the box, is in `faults`; `calm` fails when there is any.
 */
export class Person {
  readonly faults: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async in(browser: Browser, url: string, looks: Looks = {}): Promise<Person> {
    const context = await browser.newContext({
      viewport: looks.viewport ?? desktop,
      colorScheme: looks.scheme ?? 'light',
      locale: looks.language ?? 'en-GB',
      baseURL: url,
      reducedMotion: 'reduce',
      ignoreHTTPSErrors: looks.trusting ?? false,
    });
    if (looks.as) await context.addCookies(await looks.as.context.cookies());
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const person = new Person(context, page);
    page.on('pageerror', (error) => person.faults.push(`error in the page: ${error.message}`));
    page.on('console', (message) => {
      // A refused request is told to the person; the browser's own note of it is not ours.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource') && !message.text().startsWith('WebSocket connection')) {
        person.faults.push(`console: ${message.text()}`);
      }
    });
    // Of every page that opens from this one too.
    const home = new URL(url).host;
    const heard = (address: string): void => {
      if (!/^(data|blob|about):/.test(address) && new URL(address).host !== home) person.faults.push(`request to ${new URL(address).origin}`);
    };
    context.on('request', (request) => heard(request.url()));
    context.on('page', (other) => other.on('websocket', (socket) => heard(socket.url())));
    page.on('websocket', (socket) => heard(socket.url()));
    return person;
  }

  /** Fails when anything went wrong unseen, or a request went elsewhere. */
  calm(): void {
    expect(this.faults).toEqual([]);
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** Waits until a page is drawn: fonts and pictures are there, nothing is on its way any more, and nothing moves. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(
    () =>
      document.querySelector('.skeleton, [aria-busy="true"]') === null &&
      [...document.images].every((image) => image.complete) &&
      document.getAnimations().every((animation) => animation.playState !== 'running'),
  );
}

/**
 * Goes on with Tab (or another key) until the wanted element has the focus. Every stop on the way must show that it
 * has the focus, and stand where it is seen.
 */
export async function tabTo(page: Page, wanted: Locator, key = 'Tab'): Promise<void> {
  await wanted.waitFor();
  for (let stop = 0; stop < 80; stop++) {
    await page.keyboard.press(key);
    const trouble = await page.evaluate(focusTrouble);
    if (trouble) throw new Error(`the focus is not to be seen on ${trouble}`);
    if (await hasFocus(wanted)) return;
  }
  throw new Error(`80 times ${key} did not lead to ${wanted}`);
}

/** Whether an element has the focus. */
export function hasFocus(wanted: Locator): Promise<boolean> {
  return wanted.evaluate((element) => element === document.activeElement);
}

/** Names the element that has the focus when that is not to be seen, else "". Runs in the page. */
async function focusTrouble(): Promise<string> {
  await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  const at = document.activeElement;
  if (!at || at === document.body) return ''; // between the end of the page and its beginning
  const name = `<${at.localName}> ${at.getAttribute('aria-label') ?? at.textContent?.trim().slice(0, 40) ?? ''}`;
  if (!at.matches(':focus-visible')) return `${name}: not :focus-visible`;
  // A field within a frame may leave the outline to the frame.
  let outlined = false;
  for (let box: Element | null = at, up = 0; box && up < 3; box = box.parentElement, up++) {
    const { outlineStyle, outlineWidth } = getComputedStyle(box);
    if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) outlined = true;
  }
  if (!outlined) return `${name}: no outline`;
  const { left, top, right, bottom } = at.getBoundingClientRect();
  if (right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight) return `${name}: outside of the window`;
  return '';
}
