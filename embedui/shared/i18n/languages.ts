/** The six languages of the interface, in the order in which they are offered. The one list of them. */
export const languages = [
  { code: 'en', name: 'English', dir: 'ltr' },
  { code: 'de', name: 'Deutsch', dir: 'ltr' },
  { code: 'fr', name: 'Français', dir: 'ltr' },
  { code: 'es', name: 'Español', dir: 'ltr' },
  { code: 'uk', name: 'Українська', dir: 'ltr' },
  { code: 'ar', name: 'العربية', dir: 'rtl' },
] as const;

export type Language = (typeof languages)[number]['code'];

/** The languages whose catalogues are complete in both apps; only these are offered. */
export const complete = ['en', 'de', 'fr', 'es'] as const satisfies readonly Language[];

export type CompleteLanguage = (typeof complete)[number];

export const offered = languages.filter((l) => (complete as readonly string[]).includes(l.code)) as ReadonlyArray<{
  code: CompleteLanguage;
  name: string;
  dir: 'ltr' | 'rtl';
}>;

/**
 * The first of the wanted languages that is offered, else English. Wanted are language tags, best first
 * (navigator.languages); a region is ignored: "de-AT" is German.
 */
export function bestLanguage(wanted: readonly string[]): CompleteLanguage {
  for (const tag of wanted) {
    const code = tag.toLowerCase().split('-')[0];
    const found = offered.find((l) => l.code === code);
    if (found) return found.code;
  }
  return 'en';
}
