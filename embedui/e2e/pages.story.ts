import AxePackage from 'axe-core';
import type { Browser } from 'playwright-core';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, desktop, launch, phone } from './browser.ts';
import { answered, join, openSession, say } from './people.ts';

const pictures = process.env.PICTURES;

/** Every page, at both sizes, in light and dark: no serious finding of axe, nothing wider than the screen. */
describe('Every page', () => {
  let box: Box;
  let browser: Browser;
  let session: string;
  let silent: string;
  let project: string;
  let talk: string;
  let findings: string[];
  beforeEach(() => {
    findings = [];
  });

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    if (pictures) mkdirSync(pictures, { recursive: true });
    session = await openSession(box, {
      questions: [
        { text: 'Which ward are you on?', type: 'Options', required: true, options: ['Surgery', 'Medicine'] },
        { text: 'What else should we know?', type: 'Long field' },
        { text: 'How well does handover work?', type: 'Rating' },
      ],
    });
    for (let person = 0; person < 3; person++) {
      const id = `person-${person}`;
      await box.api('POST', `/sessions/${session}/chat`, { participant_id: id, content: 'Hello.' });
      for (const text of ['Changes to medication get lost because they are only written on a sticky note.', 'For example last week a patient got a dose twice.', 'At night there is one nurse for two corridors, so nobody can hand over in peace.']) {
        await box.api('POST', `/sessions/${session}/chat`, { participant_id: id, content: text });
      }
    }
    await box.api('POST', `/sessions/${session}/summary`);
    const list = await box.api<{ data: { id: string }[] }>('GET', `/sessions/${session}/conversations`);
    talk = list.data[0]?.id ?? '';
    project = (await box.api<{ id: string }>('POST', '/projects', { title: 'Working together on the wards', description: 'Three inquiries.' })).id;
    silent = await openSession(box, { topic: 'Breaks at night', project_id: project });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  /** Looks at what a page shows, in light and in dark. A name ends in the size of the window. */
  async function look(person: Person, name: string): Promise<void> {
    const { page } = person;
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(AxePackage.source);
    const found: string[] = [];
    for (const scheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${scheme}.png`, fullPage: name.endsWith('phone') && scheme === 'light' });
      const broken = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof AxePackage };
        const result = await axe.run(document, { resultTypes: ['violations'] });
        return result.violations
          .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
          .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(', ')}`);
      });
      found.push(...broken.map((what) => `${scheme}: ${what}`));
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) found.push(`wider than the screen by ${overflow} px`);
    findings.push(...[...found, ...person.faults.splice(0)].map((what) => `${name}: ${what}`));
  }

  const sizes = [
    { size: 'phone', viewport: phone },
    { size: 'desktop', viewport: desktop },
  ];

  test('of a box that is new', async () => {
    const fresh = await Box.start({ account: false });
    const host = await Person.in(browser, fresh.url);
    const { page } = host;
    try {
      await page.goto(/http:\/\/\S+\/setup#t=\S+/.exec(fresh.output)?.[0] ?? '/');
      await page.getByRole('button', { name: 'Make the account' }).waitFor();
      for (const { size, viewport } of sizes) {
        await page.setViewportSize(viewport);
        await look(host, `setup-${size}`);
      }
      await page.getByLabel('Name', { exact: true }).fill(owner.name);
      await page.getByLabel('E-mail').fill(owner.email);
      await page.getByLabel('Password', { exact: true }).fill(owner.password);
      await page.getByRole('button', { name: 'Make the account' }).click();
      await page.getByText('No session yet').waitFor();
      for (const { size, viewport } of sizes) {
        await page.setViewportSize(viewport);
        await look(host, `home-empty-${size}`);
      }
    } finally {
      await host.close();
      await fresh.remove();
    }
    expect(findings).toEqual([]);
  });

  test.each(sizes)('of the host, $size', async ({ size, viewport }) => {
    const host = await Person.in(browser, box.url, { viewport });
    const { page } = host;
    await page.goto('/login');
    await page.getByLabel('E-mail').waitFor();
    await look(host, `login-${size}`);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${box.url}/`);
    const pages: [string, string][] = [
      ['home', '/'],
      ['create', '/sessions/new'],
      ['design', `/sessions/${session}/design`],
      ['design-form', `/sessions/${session}/design?tab=form`],
      ['design-settings', `/sessions/${session}/design?tab=settings`],
      ['launch', `/sessions/${session}/launch`],
      ['projector', `/sessions/${session}/projector`],
      ['live', `/sessions/${session}/live`],
      ['results', `/sessions/${session}/results`],
      ['results-empty', `/sessions/${silent}/results`],
      ['responses', `/sessions/${session}/results?tab=responses`],
      ['conversation', `/conversations/${talk}?turn=1`],
      ['projects', '/projects'],
      ['project', `/projects/${project}`],
      ['account', '/account'],
      ['health', '/health'],
      ['missing', '/nowhere'],
    ];
    for (const [name, address] of pages) {
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      await look(host, `${name}-${size}`);
    }
    await page.goto(`/sessions/${session}/design`);
    await page.getByRole('button', { name: /^Version \d/ }).click();
    await page.getByRole('dialog', { name: 'Versions of the guide' }).waitFor();
    await look(host, `design-versions-${size}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('medication');
    await page.getByRole('option').first().waitFor();
    await look(host, `palette-${size}`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^What can be done with/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
    await look(host, `session-menu-${size}`);
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this session?' }).waitFor();
    await look(host, `session-delete-${size}`);
    await host.close();
    expect(findings).toEqual([]);
  }, 300_000);

  test.each(sizes)('of the participant, $size', async ({ size, viewport }) => {
    const own = await openSession(box, { topic: `Handover, ${size}` });
    const guest = await Person.in(browser, box.url, { viewport });
    const { page } = guest;
    await page.goto('/join');
    await page.getByLabel('Code').waitFor();
    await look(guest, `join-${size}`);
    await page.goto(`/chat?s=${session}`);
    await page.getByRole('button', { name: 'Begin' }).waitFor();
    await look(guest, `welcome-${size}`);
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByLabel('I have read this and agree.').waitFor();
    await look(guest, `form-${size}`);
    await join(page, own);
    await answered(box, own, 0);
    const understood = page.getByText('Your own words');
    for (let messages = 1; messages < 20 && !(await understood.isVisible()); messages++) {
      await say(page, `Changes to medication get lost because they are only written on a sticky note, for example on day ${messages}.`);
      const { content } = await answered(box, own, messages);
      await page.getByText(content.slice(-30)).first().waitFor();
      if (messages === 1) await look(guest, `talk-${size}`);
    }
    await understood.waitFor();
    await look(guest, `read-back-${size}`);
    await page.getByRole('button', { name: 'Private link to come back' }).click();
    await page.getByRole('dialog', { name: 'Your private link' }).waitFor();
    await look(guest, `link-${size}`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Finish early' }).click();
    await page.getByRole('dialog', { name: 'Finish early' }).waitFor();
    await look(guest, `finish-${size}`);
    await page.getByRole('button', { name: 'Erase everything' }).click();
    await page.getByRole('dialog', { name: 'Erase everything?' }).waitFor();
    await look(guest, `discard-${size}`);
    await page.getByRole('button', { name: 'Erase everything now' }).click();
    await page.getByRole('heading', { name: 'Everything is erased' }).waitFor();
    await look(guest, `erased-${size}`);
    await join(page, own);
    await answered(box, own, 0);
    await box.api('POST', `/sessions/${own}/close`);
    await page.getByText('The host has closed this session').waitFor();
    await look(guest, `end-${size}`);
    await page.goto('/chat?s=hst_0000000000000000');
    await page.getByRole('heading', { name: 'There is no session here' }).waitFor();
    await look(guest, `unknown-${size}`);
    await guest.close();
    expect(findings).toEqual([]);
  }, 300_000);
});
