/** A section of a guide, as it is searched and shown among what was found. */
export interface Section {
  /** Of its guide; '' for the guide that is shown. */
  address: string;
  /** The title of its guide. */
  guide: string;
  id: string;
  title: string;
  text: string;
}

/** The sections of a guide's page. */
export function sectionsOf(page: Document, address: string): Section[] {
  const guide = page.querySelector('h1')?.textContent ?? '';
  return [...page.querySelectorAll('main > section:not([hidden])')].map((section) => ({
    address,
    guide,
    id: section.id,
    title: section.querySelector('h2')?.textContent ?? '',
    text: section.textContent ?? '',
  }));
}

/** Letters without their accents, small: who types "fur" finds "für". */
const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** The sections in which every word begins a word, those with a word in the title first. */
export function found<S extends Pick<Section, 'title' | 'text'>>(sections: readonly S[], words: string): S[] {
  const wanted = plain(words).match(/[\p{L}\p{N}]+/gu) ?? [];
  if (wanted.length === 0) return [];
  const begins = (text: string) => {
    const padded = ` ${plain(text).replace(/[^\p{L}\p{N}]+/gu, ' ')}`;
    return (word: string) => padded.includes(` ${word}`);
  };
  return sections
    .filter((section) => wanted.every(begins(section.text)))
    .map((section) => ({ section, named: wanted.some(begins(section.title)) }))
    .sort((a, b) => Number(b.named) - Number(a.named))
    .map(({ section }) => section);
}
