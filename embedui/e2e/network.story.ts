import AxePackage from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, desktop, drawn, launch, phone, type Scheme } from './browser.ts';
import { join, say } from './people.ts';

/** A box with HTTPS from its first start: the wizard, the install page, participants over plain HTTP. */
describe('HTTPS without the Internet', () => {
  let box: Box;
  let browser: Browser;
  let host: Person;

  beforeAll(async () => {
    box = await Box.start({ tls: true, account: false });
    browser = await launch();
    host = await Person.in(browser, box.url, { trusting: true });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  const schemes: Scheme[] = ['light', 'dark'];

  /** What axe finds serious, and what is wider than the screen, on a page at both sizes, in light and dark. */
  async function troubles(page: Page): Promise<string[]> {
    const found: string[] = [];
    // The policy of the page lets no script in by an element; one that is evaluated is the browser's own.
    await page.evaluate(AxePackage.source);
    for (const size of [phone, desktop]) {
      for (const scheme of schemes) {
        await page.setViewportSize(size);
        await page.emulateMedia({ colorScheme: scheme });
        await drawn(page);
        const here = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof AxePackage };
          const result = await axe.run(document, { resultTypes: ['violations'] });
          const serious = result.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => v.id);
          const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
          return wide > 0 ? [...serious, `wider than the screen by ${wide} px`] : serious;
        });
        found.push(...here.map((what) => `${what} at ${size.width}, ${scheme}`));
      }
    }
    await page.setViewportSize(desktop);
    return found;
  }

  test('the first account is followed by the question how people reach the box', async () => {
    const { page } = host;
    const link = /https:\/\/\S+\/setup#t=\S+/.exec(box.output)?.[0] ?? '';
    await page.goto(link);
    await page.getByLabel('Name').fill(owner.name);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'How will people reach this box?' }).waitFor();
    await expect.poll(() => page.getByRole('radio', { name: 'The box’s own certificate' }).isChecked()).toBe(true);
    expect(await troubles(page)).toEqual([]);
  });

  test('a certificate that is not there cannot be chosen, and the page says so', async () => {
    const { page } = host;
    await page.getByRole('radio', { name: 'A certificate of your organisation' }).check();
    await page.getByText('There is no certificate and key in').waitFor();
    await page.getByRole('button', { name: 'Use this and go on' }).click();
    await page.getByRole('alert').waitFor();
  });

  test('participants come over plain HTTP, hosts do not', async () => {
    const { page } = host;
    await page.getByRole('radio', { name: 'Participants without a certificate' }).check();
    await page.getByRole('button', { name: 'Use this and go on' }).click();
    await page.waitForURL(`${box.url}/`);
    const made = await page.evaluate(async () => {
      const answer = await fetch('/api/v1/sessions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ topic: 'Handover between shifts', goal: 'Find out where information gets lost.' }),
      });
      return (await answer.json()) as { id: string; join_url: string };
    });
    expect(made.join_url).toBe(`${box.plain}/chat?s=${made.id}`);
    await page.goto(`/sessions/${made.id}/launch`);
    expect(await page.getByLabel('Link').inputValue()).toBe(made.join_url);

    const guest = await Person.in(browser, box.plain, { viewport: phone });
    await join(guest.page, made.id);
    await say(guest.page, 'Changes of medication get lost when they are only on a note.');
    await guest.page.getByText('Changes of medication get lost').waitFor();
    guest.calm();
    await guest.close();

    const other = await Person.in(browser, box.plain, { trusting: true });
    await other.page.goto('/projects');
    expect(other.page.url()).toMatch(new RegExp(`^${box.url}/`));
    await other.close();
    host.calm();
  });

  test('a device that knows nothing of the box yet gets its certificate, and what to compare', async () => {
    const device = await Person.in(browser, box.plain, { viewport: phone });
    const { page } = device;
    await page.goto('/certificate');
    await page.getByRole('heading', { name: 'Let this device trust the box' }).waitFor();
    const shown = (await page.getByRole('figure').locator('code').innerText()).replaceAll(/\s+/g, ':');
    expect(box.command(['tls', 'status', '--tls', 'self'])).toContain(shown);
    for (const [label, file] of [['iPhone, iPad', 'harmonium.mobileconfig'], ['Android', 'harmonium.crt'], ['Linux, Firefox', 'harmonium.pem']] as const) {
      await page.getByLabel('Your device').selectOption(label);
      const answer = await page.request.get((await page.getByRole('link', { name: `Get ${file}` }).getAttribute('href')) ?? '');
      expect(answer.status()).toBe(200);
    }
    expect(await troubles(page)).toEqual([]);
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Dieses Gerät soll der Box vertrauen' }).waitFor();
    device.calm();
    await device.close();
  });
});
