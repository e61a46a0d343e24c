import { bestLanguage, type CompleteLanguage, languages } from './languages';
import { type Catalogue, type Parameters, render } from './message';

const remembered = 'harmonium.language';

/** How the catalogue of each complete language is fetched; each is a file of its own. */
export type Loaders<C extends Catalogue> = Record<CompleteLanguage, () => Promise<{ default: C }>>;

/** Fetches texts in a language. */
type Source = (language: CompleteLanguage) => Promise<{ default: Catalogue }>;

/**
 * The texts of one app in the language that is in use. An app makes one, awaits `use` before it mounts anything, and
 * hands it down by context. Everything rendered through it changes when the language changes.
 */
export class Messages<C extends Catalogue> {
  language = $state<CompleteLanguage>('en');
  #catalogue = $state.raw<Catalogue>({});
  readonly #sources = new Map<string, Source>();

  constructor(loaders: Loaders<C>) {
    this.#sources.set('', (language) => loaders[language]());
  }

  /** What this browser chose before, else what it asks for, else English. */
  static preferred(): CompleteLanguage {
    return bestLanguage([read() ?? '', ...navigator.languages]);
  }

  /** Loads a language and shows it. On failure the language in use stays, and the error is the caller's. */
  async use(language: CompleteLanguage): Promise<void> {
    let known: number;
    let catalogues: { default: Catalogue }[];
    do {
      known = this.#sources.size;
      catalogues = await Promise.all([...this.#sources.values()].map((source) => source(language)));
    } while (known !== this.#sources.size);
    this.#catalogue = Object.assign({}, ...catalogues.map((c) => c.default));
    this.language = language;
    document.documentElement.lang = language;
    document.documentElement.dir = languages.find((l) => l.code === language)?.dir ?? 'ltr';
  }

  /** Adds the texts of a part of the app, once, in this language and in those that come after it. Rejects without them. */
  async add(part: string, source: Source): Promise<void> {
    if (this.#sources.has(part)) return;
    let language: CompleteLanguage;
    let catalogue: Catalogue;
    do {
      language = this.language;
      catalogue = (await source(language)).default;
    } while (language !== this.language);
    this.#sources.set(part, source);
    this.#catalogue = { ...this.#catalogue, ...catalogue };
  }

  /** Like `use`, and this browser starts with it from now on. */
  async choose(language: CompleteLanguage): Promise<void> {
    await this.use(language);
    write(language);
  }

  /** The text of a key. Plurals choose by the parameter `count`. */
  t = (key: keyof C & string, parameters: Parameters = {}): string => {
    const message = this.#catalogue[key];
    return message === undefined ? key : render(message, parameters, this.language);
  };

  /** Whether there is a text for a key that is known only when running, such as an error code. */
  has = (key: string): key is keyof C & string => this.#catalogue[key] !== undefined;

  number(value: number, options?: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(this.language, options).format(value);
  }

  /** A moment (RFC 3339 or milliseconds) as this language writes dates; by default day and time, both short. */
  date(value: string | number | Date, options?: Intl.DateTimeFormatOptions): string {
    const shape = options ?? { dateStyle: 'medium', timeStyle: 'short' };
    // With the region that the browser names: British English writes days and hours otherwise than American.
    const locale = navigator.languages.find((tag) => tag.split('-')[0] === this.language) ?? this.language;
    return new Intl.DateTimeFormat(locale, shape).format(new Date(value));
  }
}

// Storage may be refused (private windows, blocked cookies); the choice then lasts as long as the page.
function read(): string | null {
  try {
    return localStorage.getItem(remembered);
  } catch {
    return null;
  }
}

function write(language: string): void {
  try {
    localStorage.setItem(remembered, language);
  } catch {
    return;
  }
}
