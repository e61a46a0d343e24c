import { readFile } from 'node:fs/promises';
import AxePackage from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, owner } from './box.ts';
import { desktop, drawn, launch, Person, phone, type Scheme } from './browser.ts';
import { logIn, openSession } from './people.ts';

/** Where the pictures go; none are made without. */
const pictures = process.env.PICTURES;

describe('an administrator follows what is done on the box', () => {
  const address = '192.168.7.7:9000';
  let box: Box;
  let browser: Browser;
  let ruth: Person;

  beforeAll(async () => {
    box = await Box.start({ allow: address });
    browser = await launch();
    ruth = await Person.in(browser, box.url);
    await logIn(ruth.page);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  /** Nothing that axe finds serious, nothing wider than the screen, at both sizes and in both schemes. */
  async function look(name: string, path: string, ready: (page: Person['page']) => Promise<unknown>): Promise<void> {
    for (const scheme of ['light', 'dark'] as Scheme[]) {
      const person = await Person.in(browser, box.url, { scheme, as: ruth });
      for (const [size, viewport] of [['phone', phone], ['desktop', desktop]] as const) {
        await person.page.setViewportSize(viewport);
        await person.page.goto(path);
        await ready(person.page);
        await drawn(person.page);
        if (pictures) await person.page.screenshot({ path: `${pictures}/${name}-${size}-${scheme}.png`, fullPage: true });
        await person.page.evaluate(AxePackage.source);
        const found = await person.page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof AxePackage };
          const { violations } = await axe.run(document, { resultTypes: ['violations'] });
          const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
          return [
            ...violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`),
            ...(wide > 0 ? [`wider than the screen by ${wide} px`] : []),
          ];
        });
        expect(found, `${name}, ${size}, ${scheme}`).toEqual([]);
      }
      person.calm();
      await person.close();
    }
  }

  test('a program is told, tested, refused, switched off and deleted', async () => {
    const { page } = ruth;
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'The box' }).click();
    await page.getByRole('navigation', { name: 'The box' }).getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('heading', { name: 'No program is told anything' }).waitFor();
    await look('webhooks-empty', '/webhooks', (p) => p.getByRole('heading', { name: 'No program is told anything' }).waitFor());

    await page.getByRole('button', { name: 'Add a webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill('http://8.8.8.8/hook');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText('8.8.8.8 is not in a local network. The box sends nothing beyond. Nothing was saved.').waitFor();
    await dialog.getByLabel('Address').fill('http://192.168.7.8:9000/hook');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText('Nobody has allowed the box to reach 192.168.7.8:9000').waitFor();
    await dialog.getByLabel('Address').fill(`http://${address}/hook`);
    await dialog.getByRole('button', { name: 'Add it' }).click();
    expect(await dialog.getByLabel('Secret', { exact: true }).inputValue()).toMatch(/^whs_/);
    await dialog.getByRole('button', { name: 'I have copied it' }).click();
    const hook = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: address }) });
    await hook.waitFor();

    const choose = async (p: typeof page) => {
      await p.getByRole('button', { name: /^Change what it is told/ }).click();
      await p.getByRole('dialog').getByRole('checkbox', { name: 'a report is ready' }).waitFor();
    };
    await look('webhooks-events', '/webhooks', choose);
    await choose(page);
    for (const event of ['a report is ready', 'a conversation has ended', 'a session is closed', 'a session is opened', 'the transcript of a meeting is ready'])
      await dialog.getByRole('checkbox', { name: event }).uncheck();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Choose at least one.').waitFor();
    await dialog.getByRole('checkbox', { name: 'a session is opened' }).check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await hook.getByText('It is told when: a session is opened', { exact: true }).waitFor();

    // Somebody takes the permission back. A machine that would hear it is none that every test has.
    await box.kill();
    await box.up('');
    await openSession(box, { topic: 'Handover, told to nobody' });
    await hook.getByRole('button', { name: /^Test/ }).click();
    await hook.getByText('Not told: nobody allows the box to reach this address any more.').waitFor();
    await hook.getByRole('button', { name: /^What it was told/ }).click();
    await hook.getByRole('listitem').filter({ hasText: 'a test' }).getByText(/1 attempt · given up/).waitFor();
    await hook.getByRole('listitem').filter({ hasText: 'a session is opened' }).waitFor();
    await look('webhooks', '/webhooks', async (p) => {
      await p.getByRole('button', { name: /^What it was told/ }).click();
      await p.getByText('a session is opened', { exact: true }).waitFor();
    });

    await hook.getByRole('button', { name: /^Switch off/ }).click();
    await hook.getByText('Switched off: it is told nothing').waitFor();
    await hook.getByRole('button', { name: /^Delete/ }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No program is told anything' }).waitFor();
  });

  test('what was done is in the trail, is found, taken along and proven', async () => {
    const { page } = ruth;
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'The box' }).click();
    await page.getByRole('navigation', { name: 'The box' }).getByRole('link', { name: 'Audit trail' }).click();
    const row = (said: string) => page.getByRole('row').filter({ hasText: said });
    await row('Webhook: deleted').waitFor();
    expect(await row('Webhook: deleted').innerText()).toContain(owner.name);
    expect(await row('Session: made').getByRole('link').first().getAttribute('href')).toMatch(/^\/sessions\/hst_/);
    expect(await page.getByRole('table').innerText()).not.toContain('Handover');

    await page.getByLabel('Kind of action').selectOption({ label: 'Log-in' });
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await row('Webhook: deleted').waitFor({ state: 'detached' });
    expect(await row('Log-in').count()).toBe(1);
    const waiting = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    const file = await readFile(await (await waiting).path(), 'utf8');
    expect(file.trim().split('\n')).toHaveLength(2);
    expect(file).toContain(',login,');

    await page.getByLabel('Who').fill('Nobody at all');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('heading', { name: 'Nothing fits' }).waitFor();
    await page.getByRole('button', { name: 'Show everything' }).click();
    await row('Audit trail: exported (CSV)').waitFor();

    await page.getByRole('button', { name: 'Check the chain' }).click();
    await page.getByText(/^The chain is whole: all \d+ entries are as they were written\.$/).waitFor();
    expect(await page.getByLabel('Hash of the whole trail').inputValue()).toMatch(/^[0-9a-f]{64}$/);
    await look('audit', '/audit', async (p) => {
      await p.getByText('Webhook: deleted').waitFor();
      await p.getByRole('button', { name: 'Check the chain' }).click();
      await p.getByText('The chain is whole').waitFor();
    });
    ruth.calm();
  });

  test('a long trail is looked through page by page', async () => {
    for (let i = 0; i < 26; i++) {
      const { id } = await box.api<{ id: string }>('POST', '/projects', { title: `Ward ${i}` });
      await box.api('DELETE', `/projects/${id}`);
    }
    const { page } = ruth;
    await page.goto('/audit');
    await page.getByText(/^1–50 of \d+$/).waitFor();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText(/^51–\d+ of \d+$/).waitFor();
    await page.getByRole('button', { name: 'Newer' }).click();
    await page.getByText(/^1–50 of \d+$/).waitFor();
  });
});
