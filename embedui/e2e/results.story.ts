import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { Person, desktop, launch, phone } from './browser.ts';
import { join, logIn, openSession, talkToTheEnd } from './people.ts';

const answers = [
  'The drill breaks in the middle of a job and nobody mends it.',
  'The drill stops when the battery is cold in the morning.',
  'A drill from the other cupboard is too slow for thick walls.',
  'We share one drill between four people before noon.',
  'The drill has no case and lies on the floor.',
];

/** What a page was told: every body that came over the network, and every frame of a socket. */
function listen(page: Page): { all: () => Promise<string> } {
  const bodies: Promise<string>[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/api/')) bodies.push(response.text().catch(() => ''));
  });
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => bodies.push(Promise.resolve(payload.toString()))));
  return { all: async () => (await Promise.all(bodies)).join('\n') };
}

/** Results, by whom they are seen: every statement leads to its words, and nobody is told more than they may see. */
describe('Results', () => {
  let box: Box;
  let browser: Browser;
  let session: string;
  const path = (page: string) => `/sessions/${session}/${page}`;
  const share = (of: string, tabs: object[]) => box.api('PATCH', `/sessions/${of}`, { visibility: { minimum: 3, tabs } });
  const bringIn = async (into: string) => {
    for (const [n, text] of answers.entries()) {
      await box.api('POST', `/sessions/${into}/conversations`, { title: `Talk ${n + 1}`, turns: [{ speaker: `Person ${n + 1}`, text }] });
    }
    await box.api('POST', `/sessions/${into}/summary`, {});
  };

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    session = (await box.api<{ id: string }>('POST', '/sessions', { topic: 'Tools', goal: 'Learn what to mend' })).id;
    await box.api('PATCH', `/sessions/${session}`, { is_public: true });
    await bringIn(session);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('from a theme to the exact words in three clicks', async () => {
    const host = await Person.in(browser, box.url, { viewport: desktop });
    const { page } = host;
    await logIn(page);
    await page.goto(path('themes'));
    await page.getByRole('heading', { name: 'Drill', level: 3 }).click();
    await page.getByText('The drill stops when the battery is cold in the morning.').first().click();
    await page.getByRole('link', { name: 'Open at turn 1' }).locator('visible=true').first().click();
    await page.locator('mark').getByText('The drill stops when the battery is cold').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/meetings\//);
    host.calm();
  });

  test('a viewer sees the parts that are open to viewers, and is told of no other', async () => {
    await share(session, [{ tab: 'responses', members: 'editor', shared: 'host' }, { tab: 'export', members: 'owner', shared: 'host' }]);
    box.command(['user', 'add', '--email', 'vera@example.org', '--name', 'Vera', '--role', 'viewer', '--password-stdin'], `${owner.password}\n`);
    const viewer = await Person.in(browser, box.url, { viewport: phone });
    const { page } = viewer;
    await logIn(page, 'vera@example.org');
    const heard = listen(page);
    for (const part of ['results', 'themes']) {
      await page.goto(path(part));
      await page.getByText(/drill/i).first().waitFor();
    }
    const tabs = page.getByRole('navigation', { name: 'Results' });
    await tabs.getByText('Themes').waitFor();
    expect(await tabs.getByText(/Responses|Export/).count()).toBe(0);
    await page.goto(path('responses'));
    await page.getByRole('heading', { level: 1 }).waitFor();
    const told = await heard.all();
    expect(told).toContain('rill');
    expect(told).not.toMatch(/cnv_|trn_/);
    viewer.calm();
  });

  test('a stranger and who took part see what is shared with each, in figures and sentences, and nothing of one person', async () => {
    const other = await openSession(box, { topic: 'Tools', critical: 'What breaks' });
    const guest = await Person.in(browser, box.url, { viewport: phone });
    await join(guest.page, other);
    await talkToTheEnd(box, guest.page, other, ['The drill is too heavy for me.', 'Nothing else comes to mind.']);
    await bringIn(other);
    const stranger = await Person.in(browser, box.url, { viewport: phone });
    const heard = listen(stranger.page);
    const nothing = stranger.page.getByText('There are no results to see here');
    await stranger.page.goto(`/results?s=${other}`);
    await nothing.waitFor();

    await share(other, [{ tab: 'themes', members: 'viewer', shared: 'participants' }]);
    const guestHeard = listen(guest.page);
    await guest.page.goto(`/results?s=${other}`);
    await guest.page.getByText('Drill').first().waitFor();
    await stranger.page.reload();
    await nothing.waitFor();

    for (const told of [await heard.all(), await guestHeard.all()]) {
      expect(told).not.toMatch(/cnv_|trn_|clm_|prt_|battery is cold|Person \d/);
    }
    expect(await guestHeard.all()).toContain('Drill');
    expect(await heard.all()).not.toContain('Drill');
    guest.calm();
    stranger.calm();
  });
});
