import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { complete, offered } from './languages';
import { type Catalogue, parametersOf } from './message';

const root = new URL('../../', import.meta.url);

async function catalogue(app: string, language: string): Promise<Catalogue> {
  return ((await import(`../../${app}/i18n/language-${language}.ts`)) as { default: Catalogue }).default;
}

describe.each(['participant', 'host'])('the catalogues of the %s app', (app) => {
  test.each([...complete])('%s has every key, no other, with the same parameters', async (language) => {
    const english = await catalogue(app, 'en');
    const other = await catalogue(app, language);
    expect(Object.keys(other).sort()).toEqual(Object.keys(english).sort());
    for (const [key, message] of Object.entries(english)) {
      expect(parametersOf(other[key] ?? ''), key).toEqual(parametersOf(message));
    }
  });

  test.each([...complete])('%s has every plural form that the language needs', async (language) => {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(await catalogue(app, language))) {
      if (typeof message === 'string') continue;
      expect(Object.keys(message).sort(), key).toEqual([...needed].sort());
    }
  });

  test.each([...complete])('%s has no empty text', async (language) => {
    for (const [key, message] of Object.entries(await catalogue(app, language))) {
      const texts = typeof message === 'string' ? [message] : Object.values(message);
      for (const text of texts) expect(text.trim(), key).not.toBe('');
    }
  });

  test('there is no catalogue that is not offered', () => {
    const files = readdirSync(new URL(`${app}/i18n/`, root)).flatMap((f) => f.match(/^language-(\w+)\.ts$/)?.[1] ?? []);
    expect(files.sort()).toEqual([...complete].sort());
    expect(offered.map((l) => l.code)).toEqual([...complete]);
  });
});
