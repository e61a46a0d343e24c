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
export const complete = ['en', 'de', 'fr', 'es', 'uk', 'ar'] as const satisfies readonly Language[];

export type CompleteLanguage = (typeof complete)[number];

export const offered = languages.filter((l) => (complete as readonly string[]).includes(l.code)) as ReadonlyArray<{
  code: CompleteLanguage;
  name: string;
  dir: 'ltr' | 'rtl';
}>;

/** The further languages in which a conversation can be led; the same list as in appliance/language.go. */
const further = ['bg', 'cs', 'da', 'el', 'fa', 'fi', 'he', 'hi', 'hr', 'hu', 'it', 'ja', 'ko', 'nb', 'nl', 'pl', 'pt', 'ro', 'ru', 'sr', 'sv', 'tr', 'vi', 'zh'];

export const spoken: readonly string[] = [...languages.map((l) => l.code), ...further];

/** A language as it calls itself, or as another one calls it. */
export function nameOf(code: string, language = code): string {
  return (language === code && languages.find((l) => l.code === code)?.name) || (new Intl.DisplayNames(language, { type: 'language' }).of(code) ?? code);
}

/** Complete languages that who speaks one of the others may read. */
const kindred: Record<string, string> = { pt: 'es', it: 'es', ro: 'fr', ru: 'uk', bg: 'uk', fa: 'ar' };

/** The complete language for the page of somebody who speaks `code`: itself, one that the browser asks for, or the nearest. */
export const pageLanguage = (code: string) => bestLanguage([code, ...navigator.languages, kindred[code] ?? '']);

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
