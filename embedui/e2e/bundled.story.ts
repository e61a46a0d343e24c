import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Box, until } from './box.ts';
import { Person, launch, phone } from './browser.ts';
import { join, logIn, openSession, talkToTheEnd, turnsOf } from './people.ts';

const ollama = fileURLToPath(new URL('../../bin/ollama/bin/ollama', import.meta.url));
const asker = fileURLToPath(new URL('../../.cache/asker.gguf', import.meta.url));
const missing = [ollama, asker].filter((path) => !existsSync(path));
if (missing.length > 0) console.log(`NOT CHECKED: the Ollama beside the program; make ollama tiny-model makes ${missing.join(' and ')}`);

/**
 * All real: the program, the Ollama that it starts beside itself, a model that asks (packaging/ollama/tinymodel), and a
 * browser. Where the stories are heard (packaging/testbed/quiet), so is every packet of Ollama.
 */
describe.skipIf(missing.length > 0)('With the Ollama of the box', () => {
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    box = await Box.start({ ollama: 'auto' });
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });

  test('a model comes by file, asks in an interview to its end, and a report is made', async () => {
    box.command(['model', 'import', asker, '--name', 'asker']);
    await until(async () => (await box.api<{ usable: boolean }>('GET', '/models')).usable, 'the model to be used', 120);

    const session = await openSession(box, { critical: 'What gets lost between two shifts' });
    const guest = await Person.in(browser, box.url, { viewport: phone });
    await join(guest.page, session);
    await talkToTheEnd(box, guest.page, session, [
      'The notes are often not read by anybody, because the printer has no paper.',
      'At night there is one nurse for two corridors, so nobody can hand over in peace.',
      'A board beside the door would help, with one line for each machine.',
      'Nothing else comes to mind.',
    ]);
    // What must be learnt is asked in the words of the guide, which such a model does not know; the rest is its own.
    const makers = (await turnsOf(box, session)).filter((turn) => turn.role === 'facilitator' && (turn.move === 'probe' || turn.move === 'ask')).map((turn) => turn.made_by);
    expect(makers).toContain('asker:latest');
    await guest.page.getByText('Asked by the model asker:latest on this box.').first().waitFor({ state: 'attached' });

    // What such a model makes of an interview takes it a minute on a busy machine.
    await until(async () => (await box.api<{ counts: { claims: number } }>('GET', `/sessions/${session}/report`)).counts.claims > 0, 'a report', 240);
    const host = await Person.in(browser, box.url);
    await logIn(host.page);
    await host.page.goto(`/sessions/${session}/results`);
    await host.page.locator('figure:visible blockquote').first().waitFor();
    guest.calm();
    host.calm();
  }, 500_000);
});
