import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { owner, until, type Box } from './box.ts';

/** A turn as the interface gives it. */
export interface Turn {
  id: string;
  seq: number;
  role: 'participant' | 'facilitator';
  content: string;
  move: string;
  made_by: string;
}

/** Makes a session by the interface, opens it and gives its id. */
export async function openSession(box: Box, fields: Record<string, unknown> = {}): Promise<string> {
  const session = await box.api<{ id: string }>('POST', '/sessions', {
    topic: 'Handover between shifts',
    goal: 'Find out where information gets lost.',
    critical: 'What gets lost between two shifts\nHow nights differ',
    language: 'en',
    ...fields,
  });
  return session.id;
}

/** Logs in and waits for the home page. */
export async function logIn(page: Page, email = owner.email): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Your sessions' }).waitFor();
}

/** The short code that a launch page shows, as soon as it does. */
export async function codeOn(page: Page): Promise<string> {
  return (await page.locator('.code:visible > [aria-hidden]').innerText()).trim();
}

/** Goes from the link to the first question: welcome, consent, start. */
export async function join(page: Page, session: string): Promise<void> {
  await page.goto(`/chat?s=${session}`);
  await page.getByRole('button', { name: 'Begin' }).click();
  await page.getByLabel('I have read this and agree.').check();
  await page.getByRole('button', { name: 'Start the conversation' }).click();
  await page.getByRole('textbox', { name: 'Your answer' }).waitFor();
}

/** Writes an answer and sends it with Enter. The answer box is the only field of its page, in any language. */
export async function say(page: Page, text: string): Promise<void> {
  const box = page.getByRole('textbox');
  await box.fill(text);
  await box.press('Enter');
}

/** Waits until the page shows a turn of the facilitator to its end as the newest, and it is the participant's turn. */
export async function read(page: Page, turn: Turn): Promise<void> {
  await page.locator(`li.newest:not(.speaking):nth-child(${turn.seq + 1})`).waitFor();
}

/**
 * Answers every question until the conversation is over; `said` messages were sent before. The last answer serves for
 * all that are asked beyond.
 */
export async function talkToTheEnd(box: Box, page: Page, session: string, answers: string[], said = 0): Promise<void> {
  for (let turn = 0; turn < 40; turn++) {
    const last = await answered(box, session, said + turn);
    if (last.move === 'close') return;
    await read(page, last);
    await say(page, answers[Math.min(turn, answers.length - 1)] ?? '');
  }
  throw new Error('the conversation did not end within 40 answers');
}

/** The turns of the only conversation of a session, as its host sees them. */
export async function turnsOf(box: Box, session: string): Promise<Turn[]> {
  const list = await box.api<{ data: { id: string }[] }>('GET', `/sessions/${session}/conversations`);
  const first = list.data[0];
  if (!first) return [];
  return (await box.api<{ turns_list: Turn[] }>('GET', `/conversations/${first.id}`)).turns_list;
}

/** Waits until the facilitator has the last word after so many messages, so that it is the participant's turn: a minute at most, as people do. */
export async function answered(box: Box, session: string, messages: number): Promise<Turn> {
  let last: Turn | undefined;
  await until(async () => {
    const turns = await turnsOf(box, session);
    last = turns.at(-1);
    return last?.role === 'facilitator' && turns.filter((turn) => turn.role === 'participant').length >= messages;
  }, `the answer of the facilitator to ${messages} messages`, 60);
  if (!last) throw new Error('no turn');
  return last;
}

/** Every turn stands there once and in order, and what was said is exactly what was meant to be. */
export async function expectOnceInOrder(box: Box, session: string, said: string[]): Promise<void> {
  const turns = await turnsOf(box, session);
  expect(turns.map((turn) => turn.seq)).toEqual(turns.map((_, index) => index));
  expect(new Set(turns.map((turn) => turn.id)).size).toBe(turns.length);
  expect(turns.filter((turn) => turn.role === 'participant').map((turn) => turn.content)).toEqual(said);
}
