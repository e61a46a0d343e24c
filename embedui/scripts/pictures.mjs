// Takes the pictures of the README anew, of the invented session that bin/harmonium demo shows; without an Ollama beside it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const wide = { width: 1120, height: 760 };

const demo = spawn(at('../../bin/harmonium'), ['demo', '--json', '--listen', '127.0.0.1:0', '--guided-pace', '0s'], { stdio: ['ignore', 'pipe', 'ignore'] });
const box = JSON.parse(await new Promise((resolve) => demo.stdout.once('data', (data) => resolve(data.toString()))));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });

try {
  const page = await open(wide);
  await page.goto('/login');
  await page.getByLabel('E-mail').fill(box.email);
  await page.getByLabel('Password', { exact: true }).fill(box.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: 'Handover between shifts' }).first().click();
  await page.waitForURL(/\/sessions\/[^/]+\/\w+/);
  const session = new URL(page.url()).pathname.split('/')[2];

  await page.goto(`/sessions/${session}/design`);
  await take(page, 'design');
  await page.goto(`/sessions/${session}/live`);
  await page.getByRole('table').waitFor();
  await take(page, 'live');

  await page.setViewportSize({ ...wide, height: 700 });
  await page.goto(`/sessions/${session}/results`);
  await page.getByRole('button', { name: /quotations$/ }).nth(1).click();
  await toTop(page, page.getByRole('heading', { name: 'At a glance' }));
  await take(page, 'results');

  await page.setViewportSize(wide);
  await page.getByRole('link', { name: /^Open at turn/ }).first().click();
  await page.locator('mark').first().waitFor();
  await toTop(page, page.locator('h1'));
  await take(page, 'evidence');

  const phone = await open({ width: 360, height: 740 });
  await phone.goto(`/chat?s=${session}`);
  await phone.getByRole('button', { name: 'Begin' }).click();
  await phone.getByLabel('I have read this and agree.').check();
  for (const question of await phone.locator('fieldset').all()) await question.getByRole('radio').first().check();
  await phone.getByRole('button', { name: 'Start the conversation' }).click();
  const answer = phone.getByRole('textbox', { name: 'Your answer' });
  await answer.fill('We did it at the bedside, and the patient told us herself what had changed since noon.');
  await answer.press('Enter');
  await phone.locator('li.newest:nth-child(3)').waitFor();
  await take(phone, 'conversation');
} finally {
  await browser.close();
  demo.kill('SIGTERM');
}

async function open(viewport) {
  const context = await browser.newContext({ viewport, baseURL: box.address, locale: 'en-GB', reducedMotion: 'reduce', colorScheme: 'light' });
  return context.newPage();
}

async function toTop(page, heading) {
  await heading.evaluate((element) => scrollTo({ top: element.getBoundingClientRect().top + scrollY - 20 }));
}

async function take(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() => document.querySelector('.skeleton, [aria-busy="true"]') === null);
  await page.screenshot({ path: at(`../pictures/${name}.png`) });
}
