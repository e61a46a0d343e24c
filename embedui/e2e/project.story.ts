import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { Person, launch } from './browser.ts';
import { logIn } from './people.ts';

/** What five people have said in each of two sessions: of the drill first badly, then well. */
const said = {
  'Tools in spring': {
    all: 'The lamp over the bench flickers all afternoon.',
    each: [
      'The drill is bad and breaks in the middle of a job.',
      'The drill is bad when the battery is cold.',
      'The drill is bad for thick walls and slow.',
      'A drill from the cupboard is bad for every door frame.',
      'We decided to buy a drill press before summer.',
    ],
  },
  'Tools in autumn': {
    all: 'The canteen closes before our break begins.',
    each: [
      'The drill is good and helps me with every door frame.',
      'The drill is good for thick walls and fast.',
      'The drill is good with a warm battery.',
      'I like the drill, it is good in the middle of a job.',
      'One drill stands in the cupboard.',
    ],
  },
};

describe('A project', () => {
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('says what recurs in its sessions and what has changed, and a decision leads to its words', async () => {
    const project = await box.api<{ id: string }>('POST', '/projects', { title: 'Workshop' });
    for (const [topic, { all, each }] of Object.entries(said)) {
      const session = await box.api<{ id: string }>('POST', '/sessions', { topic, goal: 'Learn what to mend', project_id: project.id });
      for (const [n, text] of each.entries()) {
        const turns = [{ speaker: `Person ${n + 1}`, text: `${text} ${all}` }];
        await box.api('POST', `/sessions/${session.id}/conversations`, { title: `Talk ${n + 1}`, turns });
      }
      await box.api('POST', `/sessions/${session.id}/summary`, {});
    }
    const host = await Person.in(browser, box.url);
    const { page } = host;
    await logIn(page);
    await page.goto(`/projects/${project.id}`);
    const across = page.getByRole('region', { name: 'Across the sessions' });
    await across.getByText('5 of 5 people in “Tools in autumn”').first().waitFor();
    for (const line of ['Mostly spoken against before, mostly for now: Drill', /^Not in the last session any more: .*lamp/i, /^New in the last session: .*canteen/i]) {
      expect(await across.getByText(line).count()).toBe(1);
    }
    await across.getByRole('link', { name: 'Words 1' }).click();
    await page.getByText('We decided to buy a drill press before summer.').first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/meetings\//);
    host.calm();
  });
});
