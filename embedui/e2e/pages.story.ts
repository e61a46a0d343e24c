import AxePackage from 'axe-core';
import type { Browser } from 'playwright-core';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Box, owner, until } from './box.ts';
import { Person, desktop, drawn, launch, phone, type Scheme } from './browser.ts';
import { Ollama } from './ollama.ts';
import { answered, join, logIn, openSession, read, say } from './people.ts';

const pictures = process.env.PICTURES;

/** Every page, at both sizes, in light and dark: no serious finding of axe, nothing wider than the screen. */
describe('Every page', () => {
  let box: Box;
  let browser: Browser;
  let session: string;
  let silent: string;
  let draft: string;
  let project: string;
  let talk: string;
  let invited: string;
  let coded: string;
  let host: Person;
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
    await box.api('POST', `/sessions/${session}/rehearsals/simulated`, { characters: ['plain', 'terse'] });
    const list = await box.api<{ data: { id: string }[] }>('GET', `/sessions/${session}/conversations`);
    talk = list.data[0]?.id ?? '';
    project = (await box.api<{ id: string }>('POST', '/projects', { title: 'Working together on the wards', description: 'Three inquiries.' })).id;
    silent = await openSession(box, { topic: 'Breaks at night', project_id: project });
    draft = await openSession(box, { topic: 'What we say to relatives', draft: true });
    invited = await openSession(box, { topic: 'Pay at night', who_may_join: 'invitation' });
    await box.api('POST', `/sessions/${invited}/invitations`, { labels: ['Ana Koch, Ward 3', 'Ben'], count: 10 });
    coded = await openSession(box, { topic: 'Breaks by day', who_may_join: 'code' });
    host = await Person.in(browser, box.url);
    await logIn(host.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  /**
   * Looks at what a page shows, on a phone and on a desk. A scheme is given to a window for its whole life: switched in
   * place, a page is half drawn.
   */
  async function look(person: Person, name: string): Promise<void> {
    const { page } = person;
    await page.evaluate(AxePackage.source);
    for (const [size, viewport] of [['phone', phone], ['desktop', desktop]] as const) {
      await page.setViewportSize(viewport);
      await drawn(page);
      if (pictures) await page.screenshot({ path: `${pictures}/${name}-${size}.png` });
      const found = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof AxePackage };
        const result = await axe.run(document, { resultTypes: ['violations'] });
        return result.violations
          .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
          .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(', ')}`);
      });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) found.push(`wider than the screen by ${overflow} px`);
      findings.push(...[...found, ...person.faults.splice(0)].map((what) => `${name}, ${size}: ${what}`));
    }
  }

  const schemes: Scheme[] = ['light', 'dark'];

  test('of a box that is new', async () => {
    const fresh = await Box.start({ account: false });
    const people: Person[] = [];
    for (const scheme of schemes) people.push(await Person.in(browser, fresh.url, { scheme }));
    try {
      const link = /http:\/\/\S+\/setup#t=\S+/.exec(fresh.output)?.[0] ?? '';
      for (const [at, person] of people.entries()) {
        await person.page.goto('/');
        await person.page.getByRole('heading', { name: 'This box is new' }).waitFor();
        await look(person, `new-${schemes[at]}`);
        await person.page.goto(link);
        await person.page.getByRole('button', { name: 'Make the account' }).waitFor();
        await look(person, `setup-${schemes[at]}`);
      }
      fresh.command(['user', 'add', '--email', owner.email, '--name', owner.name, '--role', 'owner', '--password-stdin'], `${owner.password}\n`);
      for (const [at, person] of people.entries()) {
        await person.page.goto('/login');
        await person.page.getByLabel('E-mail').waitFor();
        await look(person, `login-${schemes[at]}`);
        await logIn(person.page);
        await person.page.getByText('No session yet').waitFor();
        await look(person, `home-empty-${schemes[at]}`);
        await person.page.goto('/projects');
        await person.page.getByText('No project yet').waitFor();
        await look(person, `projects-empty-${schemes[at]}`);
      }
    } finally {
      for (const person of people) await person.close();
      await fresh.remove();
    }
    expect(findings).toEqual([]);
  });

  test.each(schemes)('of the host, %s', async (scheme) => {
    const person = await Person.in(browser, box.url, { scheme, as: host });
    const { page } = person;
    const see = (name: string) => look(person, `${name}-${scheme}`);
    const pages: [string, string][] = [
      ['home', '/'],
      ['home-none', '/?state=archived'],
      ['create', '/sessions/new'],
      ['design', `/sessions/${session}/design`],
      ['design-form', `/sessions/${session}/design?tab=form`],
      ['design-settings', `/sessions/${session}/design?tab=settings`],
      ['rehearse', `/sessions/${session}/rehearse`],
      ['rehearse-empty', `/sessions/${draft}/rehearse`],
      ['launch', `/sessions/${session}/launch`],
      ['launch-draft', `/sessions/${draft}/launch`],
      ['launch-invitations', `/sessions/${invited}/launch`],
      ['launch-code', `/sessions/${coded}/launch`],
      ['projector', `/sessions/${session}/projector`],
      ['projector-invited', `/sessions/${invited}/projector`],
      ['live', `/sessions/${session}/live`],
      ['live-empty', `/sessions/${silent}/live`],
      ['results', `/sessions/${session}/results`],
      ['results-empty', `/sessions/${silent}/results`],
      ...['themes', 'responses', 'insights', 'companion', 'ideas', 'files', 'export'].map((tab): [string, string] => [
        tab,
        `/sessions/${session}/${tab}`,
      ]),
      ['conversation', `/conversations/${talk}?turn=1`],
      ['conversation-companion', `/conversations/${talk}/companion`],
      ['projects', '/projects'],
      ['organisation', '/organisation'],
      ['people', '/people'],
      ['help', '/help/en/host'],
      ['templates', '/templates'],
      ['a template', '/templates?show=swot'],
      ['project', `/projects/${project}`],
      ['project-companion', `/projects/${project}/companion`],
      ['companion-everything', '/companion'],
      ['account', '/account'],
      ['reference', '/api'],
      ['health', '/health'],
      ['models', '/models'],
      ['network', '/network'],
      ['audit', '/audit'],
      ['webhooks', '/webhooks'],
      ['missing', '/nowhere'],
    ];
    for (const [name, address] of pages) {
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      await see(name);
    }
    const dialog = page.getByRole('dialog');

    await page.goto(`/sessions/${session}/rehearse`);
    await page.locator('summary', { hasText: 'Plain' }).click();
    await page.getByText('Here is how I understood you').waitFor();
    await see('rehearse-report');
    await page.getByRole('button', { name: 'Begin a conversation' }).click();
    await page.getByRole('dialog', { name: 'Your rehearsal is ready' }).waitFor();
    await see('rehearse-talk');

    await page.goto(`/sessions/${invited}/launch`);
    await page.getByRole('button', { name: 'Make invitations' }).click();
    await page.getByRole('img', { name: 'QR code of invitation' }).first().waitFor();
    await see('launch-cards');
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await see('launch-cards-leave');
    await page.getByRole('button', { name: 'Leave without saving' }).click();

    await page.goto(`/sessions/${session}/live`);
    await page.getByRole('table').getByRole('button', { name: /^Participant 1\b/ }).click();
    await page.getByRole('log', { name: 'What was said' }).getByText('sticky note').first().waitFor();
    await see('live-along');

    await page.goto(`/sessions/${session}/design`);
    await page.getByRole('button', { name: /^Version \d/ }).click();
    await page.getByRole('dialog', { name: 'Versions of the guide' }).waitFor();
    await see('design-versions');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find anything' }).fill('medication');
    await page.getByRole('option').first().waitFor();
    await see('palette');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await page.getByRole('button', { name: /^What can be done with/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor();
    await see('session-menu');
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this session?' }).waitFor();
    await see('session-delete');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await page.locator('[data-open]').first().click();
    await page.getByLabel('Question', { exact: true }).fill('What gets lost?');
    await page.getByText('not saved', { exact: false }).first().waitFor();
    await see('design-edited');
    await page.getByRole('link', { name: 'Launch' }).first().click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await see('design-leave');
    await page.getByRole('button', { name: 'Leave without saving' }).click();
    await page.getByRole('button', { name: 'Close the session' }).click();
    await page.getByRole('dialog', { name: 'Close this session?' }).waitFor();
    await see('session-close');

    await page.goto('/projects');
    await page.getByRole('button', { name: 'New project' }).first().click();
    await dialog.waitFor();
    await see('project-new');
    await page.goto('/account');
    await page.getByRole('button', { name: 'New key' }).click();
    await dialog.waitFor();
    await see('key-new');
    await person.close();
    expect(findings).toEqual([]);
  }, 300_000);

  test.each(schemes)('of the participant, %s', async (scheme) => {
    const own = await openSession(box, { topic: `Handover, ${scheme}` });
    const guest = await Person.in(browser, box.url, { scheme });
    const { page } = guest;
    const see = (name: string) => look(guest, `${name}-${scheme}`);
    await page.goto('/join');
    await page.getByLabel('Code').waitFor();
    await see('join');
    await page.goto(`/chat?s=${coded}`);
    await page.getByLabel('Code').waitFor();
    await see('welcome-code');
    await page.goto(`/chat?s=${invited}`);
    await page.getByRole('heading', { name: 'This session is for invited people' }).waitFor();
    await see('invited-only');
    await page.goto(`/chat?s=${session}`);
    await page.getByRole('button', { name: 'Begin' }).waitFor();
    await see('welcome');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByLabel('I have read this and agree.').waitFor();
    await see('form');
    await page.getByRole('button', { name: 'Start the conversation' }).click();
    await page.getByText('Please tick this to go on.').waitFor();
    await see('form-refused');
    await join(page, own);
    for (let messages = 0; ; messages++) {
      const last = await answered(box, own, messages);
      await read(page, last);
      if (messages === 1) await see('talk');
      if (last.move === 'read_back') {
        await page.getByRole('region', { name: 'How I understood you' }).locator('figure').first().waitFor(); // one's own words
        expect(await page.locator('li.newest figure').count(), 'words that stand there twice').toBe(0);
        break;
      }
      expect(messages, 'answers before anything is read back').toBeLessThan(20);
      await say(page, `Changes to medication get lost because they are only written on a sticky note, for example on day ${messages}.`);
    }
    await see('read-back');
    await page.getByRole('button', { name: 'Private link to come back' }).click();
    await page.getByRole('dialog', { name: 'Your private link' }).getByRole('img').waitFor();
    await see('link');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Finish early' }).click();
    await page.getByRole('dialog', { name: 'Finish early' }).waitFor();
    await see('finish');
    await page.getByRole('button', { name: 'Erase everything' }).click();
    await page.getByRole('dialog', { name: 'Erase everything?' }).waitFor();
    await see('discard');
    await page.getByRole('button', { name: 'Erase everything now' }).click();
    await page.getByRole('heading', { name: 'Everything is erased' }).waitFor();
    await see('erased');
    await join(page, own);
    await read(page, await answered(box, own, 0));
    await guest.context.setOffline(true);
    await say(page, 'It is written on a sticky note.');
    await page.getByText('No connection to the box.').waitFor();
    await see('offline');
    await guest.context.setOffline(false);
    await page.getByText('Saved').first().waitFor();
    await box.api('POST', `/sessions/${own}/close`);
    await page.getByText('The host has closed this session').waitFor();
    await see('end');
    await page.goto('/chat?s=hst_0000000000000000');
    await page.getByRole('heading', { name: 'There is no session here' }).waitFor();
    await see('unknown');
    await guest.close();
    expect(findings).toEqual([]);
  }, 300_000);

  test.each(schemes)('where a model leads, %s', async (scheme) => {
    const ollama = await new Ollama().start();
    const led = await Box.start({ ollama: ollama.url });
    const asking = await Person.in(browser, led.url, { scheme });
    const guest = await Person.in(browser, led.url, { scheme });
    const { page } = asking;
    const see = (name: string) => look(asking, `model-${name}-${scheme}`);
    try {
      await until(async () => (await led.api<{ usable: boolean }>('GET', '/models')).usable, 'the model to be used');
      const own = await openSession(led);
      await join(guest.page, own);
      await answered(led, own, 0);
      await say(guest.page, 'Changes to medication get lost because they are only written on a sticky note.');
      await read(guest.page, await answered(led, own, 1));
      await look(guest, `model-talk-${scheme}`);
      await page.goto('/login');
      await logIn(page);
      await page.goto('/models');
      await page.getByText('leads conversations.', { exact: false }).first().waitFor();
      await page.getByRole('heading', { name: 'Installed' }).scrollIntoViewIfNeeded();
      await see('models');
      await page.goto(`/sessions/${own}/design?tab=settings`);
      await page.getByText('Advanced').click();
      await page.getByLabel('Does the analysis').scrollIntoViewIfNeeded();
      await see('settings');
      await page.goto(`/sessions/${own}/design`);
      await page.locator('h1').first().waitFor();
      await page.getByLabel('Change it by a sentence').fill('Only nights matter.');
      await page.getByRole('button', { name: 'Propose' }).click();
      await page.getByText('proposes').waitFor();
      await see('design');
      ollama.silent = true;
      await say(guest.page, 'At night there is one nurse for two corridors.');
      await guest.page.getByRole('button', { name: 'Go on without waiting' }).waitFor();
      await look(guest, `model-waiting-${scheme}`);
      await ollama.stop();
      await read(guest.page, await answered(led, own, 2));
      await look(guest, `model-gone-${scheme}`);
      for (const [name, address] of [['live-gone', `/sessions/${own}/live`], ['design-gone', `/sessions/${own}/design`], ['models-gone', '/models']] as const) {
        await page.goto(address);
        await page.getByText(/conversations are led by rules: /).first().waitFor();
        await see(name);
      }
    } finally {
      await asking.close();
      await guest.close();
      await led.remove();
      await ollama.stop();
    }
    expect(findings).toEqual([]);
  }, 300_000);
});
