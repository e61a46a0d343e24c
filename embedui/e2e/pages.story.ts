import AxePackage from 'axe-core';
import type { Browser } from 'playwright-core';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, desktop, launch, phone, type Scheme } from './browser.ts';
import { answered, join, openSession, say } from './people.ts';

const pictures = process.env.PICTURES;

/** Every page, at both sizes, in light and dark: no serious finding of axe, nothing wider than the screen. */
describe('Every page', () => {
  let box: Box;
  let browser: Browser;
  let session: string;
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
    await box.api('POST', '/projects', { title: 'Working together on the wards', description: 'Three inquiries.' });
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  async function look(person: Person, name: string): Promise<void> {
    const { page } = person;
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => document.fonts.ready);
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: name.endsWith('phone-light') });
    await page.evaluate(AxePackage.source);
    const found = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof AxePackage };
      const result = await axe.run(document, { resultTypes: ['violations'] });
      return result.violations
        .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
        .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(', ')}`);
    });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) found.push(`wider than the screen by ${overflow} px`);
    findings.push(...[...found, ...person.faults].map((what) => `${name}: ${what}`));
  }

  const looks: { size: string; viewport: typeof phone; scheme: Scheme }[] = [
    { size: 'phone', viewport: phone, scheme: 'light' },
    { size: 'phone', viewport: phone, scheme: 'dark' },
    { size: 'desktop', viewport: desktop, scheme: 'light' },
    { size: 'desktop', viewport: desktop, scheme: 'dark' },
  ];

  test.each(looks)('of the host, $size, $scheme', async ({ size, viewport, scheme }) => {
    const host = await Person.in(browser, box.url, { viewport, scheme });
    const { page } = host;
    await page.goto('/login');
    await look(host, `login-${size}-${scheme}`);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${box.url}/`);
    const pages: [string, string][] = [
      ['home', '/'],
      ['design', `/sessions/${session}/design`],
      ['launch', `/sessions/${session}/launch`],
      ['projector', `/sessions/${session}/projector`],
      ['live', `/sessions/${session}/live`],
      ['results', `/sessions/${session}/results`],
      ['responses', `/sessions/${session}/results?tab=responses`],
      ['conversation', `/conversations/${talk}?turn=1`],
      ['projects', '/projects'],
      ['account', '/account'],
      ['health', '/health'],
      ['missing', '/nowhere'],
    ];
    for (const [name, address] of pages) {
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      await look(host, `${name}-${size}-${scheme}`);
    }
    await host.close();
    expect(findings).toEqual([]);
  }, 300_000);

  test.each(looks)('of the participant, $size, $scheme', async ({ size, viewport, scheme }) => {
    const own = await openSession(box, { topic: `Handover, ${size} ${scheme}` });
    const guest = await Person.in(browser, box.url, { viewport, scheme });
    const { page } = guest;
    await page.goto('/join');
    await page.getByLabel('Code').waitFor();
    await look(guest, `join-${size}-${scheme}`);
    await page.goto(`/chat?s=${session}`);
    await page.getByRole('button', { name: 'Begin' }).waitFor();
    await look(guest, `welcome-${size}-${scheme}`);
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByLabel('I have read this and agree.').waitFor();
    await look(guest, `form-${size}-${scheme}`);
    await join(page, own);
    await answered(box, own, 0);
    await say(page, 'Changes to medication get lost because they are only written on a sticky note.');
    await page.getByText('Saved').first().waitFor();
    await answered(box, own, 1);
    await look(guest, `talk-${size}-${scheme}`);
    await box.api('POST', `/sessions/${own}/close`);
    await page.getByText('The host has closed this session').waitFor();
    await look(guest, `end-${size}-${scheme}`);
    await page.goto('/chat?s=hst_0000000000000000');
    await page.getByRole('heading', { name: 'There is no session here' }).waitFor();
    await look(guest, `unknown-${size}-${scheme}`);
    await guest.close();
    expect(findings).toEqual([]);
  }, 300_000);
});
