import './help.css';
import type { Contact } from '../shared/api/types';
import { found, type Section, sectionsOf } from './search';

/**
 * The page of a guide is whole without this script: it adds the search over all guides of the language, and whom to
 * ask, as the organisation has set it.
 */
const byId = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

const input = byId<HTMLInputElement>('words');
const list = byId('found');
const rest = (input.dataset.other ?? '').split(' ').filter(Boolean);
let sections: Section[] = sectionsOf(document, '');
let all: Promise<void> | undefined;

/** Reads the other guides, once somebody searches. Without them the one that is shown is searched. */
function readAll(): Promise<void> {
  all ??= Promise.all(rest.map(read)).then((others) => void (sections = [...sections, ...others.flat()]));
  return all;
}

async function read(address: string): Promise<Section[]> {
  try {
    const answer = await fetch(address);
    if (!answer.ok) return [];
    return sectionsOf(new DOMParser().parseFromString(await answer.text(), 'text/html'), address);
  } catch {
    return [];
  }
}

function show() {
  const words = input.value.trim();
  list.hidden = words === '';
  if (list.hidden) return;
  const hits = found(sections, words);
  byId('count').textContent = hits.length === 0 ? (list.dataset.nothing ?? '') : '';
  list.querySelector('ul')?.replaceChildren(...hits.map(line));
}

function line(hit: Section): HTMLLIElement {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = `${hit.address}#${hit.id}`;
  link.textContent = hit.title;
  const guide = document.createElement('span');
  guide.textContent = ` ${hit.guide}`;
  item.append(link, guide);
  return item;
}

input.addEventListener('input', () => {
  show();
  void readAll().then(show);
});

async function tellContact() {
  const answer = await fetch('/api/v1/contact');
  if (!answer.ok) return;
  const { contact, imprint } = (await answer.json()) as Contact;
  const box = byId('contact');
  [contact, imprint].forEach((text, i) => {
    const heading = box.querySelectorAll('h2')[i] as HTMLElement;
    const words = box.querySelectorAll('p')[i] as HTMLElement;
    words.textContent = text;
    heading.hidden = words.hidden = text === '';
  });
  box.hidden = contact === '' && imprint === '';
  if (location.hash === '#contact') box.scrollIntoView();
}

// Without an answer the guide is all there is to show.
void tellContact().catch(() => undefined);
