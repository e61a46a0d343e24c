import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** The sizes at which every page is looked at. */
export const phone = { width: 360, height: 740 };
export const desktop = { width: 1280, height: 860 };

export type Scheme = 'light' | 'dark';

/** Debian's Chromium, told to do nothing in the background. */
export async function launch(): Promise<Browser> {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (!executablePath) throw new Error('Chromium is needed: apt-get install chromium');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
}

export interface Looks {
  viewport?: { width: number; height: number };
  scheme?: Scheme;
  language?: string;
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
    });
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
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) {
        person.faults.push(`request to ${new URL(request.url()).origin}`);
      }
    });
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
