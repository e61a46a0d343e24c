// Makes the pages of help: help/text/LANGUAGE/GUIDE.md, put into the page that Vite has built, becomes
// dist/help/LANGUAGE/GUIDE.html. `[[host:KEY]]` or `[[participant:KEY]]` in a guide is the text of that key in its language,
// so that a guide names every button as the screen does; a key that is missing fails the build. What is written there comes
// from this repository: nobody's input is put into these pages.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marked } from 'marked';

export const guides = ['participant', 'host', 'installer'];

const readJSON = async (path) => JSON.parse(await readFile(path, 'utf8'));
const escape = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** Puts the texts of the screens into a guide. */
function withLabels(markdown, catalogues, where) {
  return markdown.replace(/\[\[(\w+):([\w.]+)\]\]/g, (_, app, key) => {
    const label = catalogues[app]?.[key];
    if (typeof label !== 'string') throw new Error(`${where}: there is no text ${app}:${key}`);
    return `**${label.replace(/\s…$/, '')}**`;
  });
}

/** The sections of a guide: `## Title {#id}` begins one. */
function sectionsOf(markdown, where) {
  return markdown
    .split(/^(?=## )/m)
    .filter((part) => part.startsWith('## '))
    .map((part) => {
      const head = part.match(/^## (.+?) \{#([a-z-]+)\}\n/);
      if (!head) throw new Error(`${where}: a section has no id: ${part.slice(0, 40)}`);
      return { id: head[2], title: head[1], html: marked.parse(part.slice(head[0].length)) };
    });
}

/** Writes all pages. `root` is the folder of the web apps. */
export async function makeHelp(root) {
  const dist = join(root, 'dist', 'help');
  const page = await readFile(join(dist, 'index.html'), 'utf8');
  const text = join(root, 'help', 'text');
  const languages = (await readdir(text)).sort();
  const chrome = Object.fromEntries(
    await Promise.all(languages.map(async (language) => [language, await readJSON(join(text, language, 'page.json'))])),
  );
  for (const language of languages) {
    const words = chrome[language];
    const catalogues = {};
    for (const app of ['host', 'participant']) catalogues[app] = await readJSON(join(root, app, 'i18n', `${language}.json`));
    const link = (l, guide, label, here) =>
      `<a href="/help/${l}/${guide}" lang="${l}" hreflang="${l}"${here ? ' aria-current="page"' : ''}>${escape(label)}</a>`;
    await mkdir(join(dist, language), { recursive: true });
    for (const guide of guides) {
      const file = join(text, language, `${guide}.md`);
      const sections = sectionsOf(withLabels(await readFile(file, 'utf8'), catalogues, file), file);
      const values = {
        ...Object.fromEntries(Object.entries(words).map(([key, value]) => [key, escape(value)])),
        language,
        dir: language === 'ar' ? 'rtl' : 'ltr',
        title: escape(words[guide]),
        source: escape(catalogues.participant.source),
        guideLinks: guides.map((other) => link(language, other, words[other], other === guide)).join(' '),
        otherGuides: guides.filter((other) => other !== guide).map((other) => `/help/${language}/${other}`).join(' '),
        contentLinks: sections.map(({ id, title }) => `<li><a href="#${id}">${escape(title)}</a></li>`).join(''),
        sections: sections.map(({ id, title, html }) => `<section id="${id}"><h2>${escape(title)}</h2>${html}</section>`).join(''),
        languageLinks: languages.map((l) => link(l, guide, chrome[l].name, l === language)).join(' '),
      };
      const made = page.replace(/\{\{(\w+)\}\}/g, (_, name) => {
        if (values[name] === undefined) throw new Error(`${file}: nothing for {{${name}}}`);
        return values[name];
      });
      await writeFile(join(dist, language, `${guide}.html`), made);
    }
  }
  await rm(join(dist, 'index.html'));
}
