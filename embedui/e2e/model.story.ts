import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, launch, phone } from './browser.ts';
import { Ollama, model } from './ollama.ts';
import { answered, expectOnceInOrder, join, logIn, openSession, read, say, turnsOf } from './people.ts';

/** Who leads a conversation is seen on every page; where a model fails, rules go on, and the model comes back. */
describe('With a model', () => {
  let ollama: Ollama;
  let box: Box;
  let browser: Browser;
  let guest: Person;
  let host: Person;

  const said = ['The notes are often not read by anybody.', 'It was at night and nobody was there.', 'Somebody wrote it on a scrap of paper.'];

  beforeAll(async () => {
    ollama = await new Ollama().start();
    box = await Box.start({ ollama: ollama.url });
    browser = await launch();
  });
  beforeEach(async () => {
    ollama.pace = 5;
    ollama.silent = false;
    await ollama.start();
    await usable();
    guest = await Person.in(browser, box.url, { viewport: phone });
    host = await Person.in(browser, box.url);
    await host.page.goto('/login');
    await logIn(host.page);
  });
  afterEach(async () => {
    guest.calm();
    host.calm();
    await guest.close();
    await host.close();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
    await ollama?.stop();
  });

  const usable = () => until(async () => (await box.api<{ usable: boolean }>('GET', '/models')).usable, 'the model to be used');
  const asked = () => guest.page.getByText(`Asked by the model ${model} on this box.`);
  const guided = () => guest.page.getByText('Guided mode: the questions follow a fixed guide.');
  const made = async (session: string) => (await turnsOf(box, session)).filter((turn) => turn.role === 'facilitator').map((turn) => turn.made_by);

  test('a conversation is led by it, and each page says so', async () => {
    const session = await openSession(box);
    await join(guest.page, session);
    await answered(box, session, 0);
    for (const [at, text] of said.entries()) {
      await say(guest.page, text);
      await answered(box, session, at + 1);
    }
    await asked().first().waitFor();
    expect(await guided().count()).toBe(0);
    expect((await made(session)).slice(1)).toEqual(said.map(() => model));
    await expectOnceInOrder(box, session, said);

    await host.page.goto('/models');
    await host.page.getByText(`${model} leads conversations.`, { exact: true }).waitFor();
    await host.page.getByText('Gemma Terms of Use').waitFor();
    await host.page.getByText('It offers 1 model that is computed on another machine.').waitFor();
    await host.page.goto(`/sessions/${session}/live`);
    await host.page.getByText('Participant 1').first().waitFor();
    expect(await host.page.getByText('conversations are led by rules').count()).toBe(0);
  });

  test('it dies in the middle of an answer: rules go on, every page says so within 3 s, and it comes back', async () => {
    const session = await openSession(box);
    await join(guest.page, session);
    await answered(box, session, 0);
    await say(guest.page, said[0] ?? '');
    await answered(box, session, 1);
    await host.page.goto(`/sessions/${session}/live`);
    await host.page.getByText('Participant 1').first().waitFor();

    ollama.pace = 400;
    const before = ollama.words;
    await say(guest.page, said[1] ?? '');
    await until(async () => ollama.words >= before + 3, 'the model to be in the middle of an answer');
    await ollama.stop();
    const died = Date.now();
    await guided().last().waitFor();
    await host.page.getByText(/conversations are led by rules: /).waitFor();
    expect(Date.now() - died).toBeLessThan(3_000);
    await answered(box, session, 2);
    expect((await made(session)).at(-1)).toBe('rules');

    ollama.pace = 5;
    await ollama.start();
    await usable();
    await host.page.getByText(/conversations are led by rules: /).waitFor({ state: 'detached' });
    await say(guest.page, said[2] ?? '');
    await answered(box, session, 3);
    expect((await made(session)).at(-1)).toBe(model);
    await asked().last().waitFor();
    await expectOnceInOrder(box, session, said);
  });

  test('each sentence of an answer is read out once, while it is being spoken', async () => {
    const session = await openSession(box);
    await guest.page.addInitScript(listen);
    await join(guest.page, session);
    await answered(box, session, 0);
    const heard = () => guest.page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    const before = (await heard()).length;
    ollama.pace = 150;
    await say(guest.page, said[0] ?? '');
    await until(async () => (await heard()).includes('So that is how it was.'), 'the first sentence to be read out');
    expect(await inTree(guest.page, 'So that is how it was.'), 'while it is spoken').toBe(1);
    const turn = await answered(box, session, 1);
    await read(guest.page, turn);
    expect((await heard()).slice(before).join(' ')).toBe(turn.content);
    const question = turn.content.replace('So that is how it was. ', '');
    await until(async () => (await inTree(guest.page, question)) === 1, 'the question to stand in the list alone');
  });

  test('it takes long: the page says so, and after 5 s one may go on without it', async () => {
    const session = await openSession(box);
    await join(guest.page, session);
    await answered(box, session, 0);
    ollama.silent = true;
    await say(guest.page, said[0] ?? '');
    const go = guest.page.getByRole('button', { name: 'Go on without waiting' });
    await guest.page.getByText(/The (facilitator is thinking|next question is on its way)/).waitFor();
    expect(await go.count()).toBe(0);
    await go.click();
    await answered(box, session, 1);
    expect((await made(session)).at(-1)).toBe('rules');
    ollama.silent = false;
    await expectOnceInOrder(box, session, [said[0] ?? '']);
  });

  test('it proposes another guide for a sentence, which is saved when it is liked', async () => {
    const session = await openSession(box);
    await host.page.goto(`/sessions/${session}/design`);
    await host.page.getByLabel('Change it by a sentence').fill('Only nights matter.');
    ollama.silent = true;
    await host.page.getByRole('button', { name: 'Propose' }).click();
    await host.page.getByText(`${model} is working on a proposal.`).waitFor();
    await host.page.getByRole('button', { name: 'Cancel' }).click();
    await host.page.getByText(`${model} is working on a proposal.`).waitFor({ state: 'detached' });
    ollama.silent = false;
    await host.page.getByRole('button', { name: 'Propose' }).click();
    await host.page.getByText(`What ${model} proposes`).waitFor();
    expect((await box.api<{ version: number }>('GET', `/sessions/${session}/guide`)).version).toBe(1);
    await host.page.getByRole('button', { name: 'Save as a new version' }).click();
    await host.page.getByText('The proposal is saved as a new version.').waitFor();
    const guide = await box.api<{ version: number; made_by: string; reason: string; guide: { topics: { question: string }[] } }>('GET', `/sessions/${session}/guide`);
    expect(guide).toMatchObject({ version: 2, made_by: model, reason: 'Only nights matter.' });
    expect(guide.guide.topics[1]?.question).toBe('What gets lost at night between two shifts?');
    await host.page.getByRole('button', { name: /^Version 2/ }).click();
    await host.page.getByText(`Drafted by ${model} (prompt refine-1)`).waitFor();
  });

  test('an administrator chooses who does what, and a host for a project and for one session', async () => {
    await host.page.goto('/models');
    await host.page.getByLabel('Does the analysis').selectOption(model);
    await host.page.getByText('Saved. It holds from the next question on.').waitFor();
    const models = await box.api<{ work: { role: string; chosen: string }[] }>('GET', '/models');
    expect(models.work.find((work) => work.role === 'analyst')?.chosen).toBe(model);

    const project = (await box.api<{ id: string }>('POST', '/projects', { title: 'Wards' })).id;
    await host.page.goto(`/projects/${project}`);
    await host.page.getByLabel('Does the analysis').getByText(`As the box has it: ${model}`).waitFor({ state: 'attached' });
    await host.page.getByLabel('Leads conversations').selectOption(model);
    await until(
      async () => (await box.api<{ models: { facilitator?: string } }>('GET', `/projects/${project}`)).models.facilitator === model,
      'the choice of the project to be saved',
    );

    const session = await openSession(box, { project_id: project });
    await host.page.goto(`/sessions/${session}/design?tab=settings`);
    await host.page.getByText('Advanced').click();
    await host.page.getByLabel('Leads conversations').getByText(`As the project has it: ${model}`).waitFor({ state: 'attached' });
    await host.page.getByLabel('Leads conversations').selectOption(model);
    await host.page.getByRole('button', { name: 'Save' }).click();
    await until(
      async () => (await box.api<{ models: { facilitator?: string } }>('GET', `/sessions/${session}`)).models.facilitator === model,
      'the choice of the session to be saved',
    );
  });
});

/** Notes in `heard` what is added to the regions that a screen reader reads out by itself. Runs in the page. */
function listen(): void {
  const heard: string[] = [];
  Object.assign(window, { heard });
  const note = (at: Node, text: string | null) => {
    const element = at instanceof Element ? at : at.parentElement;
    if (element?.closest('[role=log], [aria-live]') && text?.trim()) heard.push(text.trim());
  };
  new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === 'characterData') note(target, target.textContent);
      else for (const node of addedNodes) note(target, node.textContent);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

/** How often a text stands in what the browser tells a screen reader. */
async function inTree(page: Page, text: string): Promise<number> {
  const tools = await page.context().newCDPSession(page);
  const { nodes } = await tools.send('Accessibility.getFullAXTree');
  await tools.detach();
  return nodes.filter((node) => !node.ignored && node.role?.value === 'StaticText' && String(node.name?.value).includes(text)).length;
}
