import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { launch, Person } from './browser.ts';
import { logIn } from './people.ts';

let box: Box;
let browser: Browser;
let ruth: Person;
let ana: Person;

beforeAll(async () => {
  box = await Box.start();
  browser = await launch();
  ruth = await Person.in(browser, box.url);
  await logIn(ruth.page);
});
afterAll(async () => {
  await browser.close();
  await box.remove();
});

test('a role is given, changed and taken away, and the other person sees it live', async () => {
  const { page } = ruth;
  await page.goto('/people');
  await page.getByRole('button', { name: 'Invite people' }).click();
  await page.getByLabel('Name').fill('Ana Koch');
  await page.getByLabel('Role on this box').selectOption('viewer');
  await page.getByRole('button', { name: 'Make links' }).click();
  const link = await page.getByLabel('Ana Koch', { exact: true }).inputValue();
  ana = await Person.in(browser, box.url);
  await ana.page.goto(link);
  await ana.page.getByLabel('E-mail').fill('ana@example.org');
  await ana.page.getByLabel('Password', { exact: true }).fill(owner.password);
  await ana.page.getByRole('button', { name: 'Make the account' }).click();
  await ana.page.getByRole('heading', { name: 'Your sessions' }).waitFor();

  const { id } = await box.api<{ id: string }>('POST', '/projects', { title: 'Night shift' });
  await page.goto(`/projects/${id}`);
  await page.getByRole('button', { name: /Night shift/ }).click();
  await page.getByText('Who sees it').click();
  await page.getByLabel('Choose a person or a group').selectOption('Ana Koch');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Role of Ana Koch').waitFor();

  await ana.page.goto(`/projects/${id}`);
  const menu = ana.page.getByRole('button', { name: /Night shift/ });
  await menu.click();
  expect(await ana.page.getByText('Change name and description').count()).toBe(0);
  await ana.page.keyboard.press('Escape');

  await page.getByLabel('Role of Ana Koch').selectOption('admin');
  await menu.click();
  await ana.page.getByText('Change name and description').waitFor();

  await page.getByRole('button', { name: 'Remove Ana Koch' }).click();
  await ana.page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
});
