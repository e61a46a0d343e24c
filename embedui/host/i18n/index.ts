import { createContext } from 'svelte';
import type { CompleteLanguage } from '../../shared/i18n/languages';
import { type Catalogue, render } from '../../shared/i18n/message';
import { type Loaders, Messages } from '../../shared/i18n/messages.svelte';
import type english from './language-en';

/** The catalogue of this app; its keys are those of English. */
export type AppCatalogue = typeof english;
export type AppMessages = Messages<AppCatalogue>;
export type Key = keyof AppCatalogue & string;

/** `const { t } = useMessages()` in any component of this app. */
export const [useMessages, provideMessages] = createContext<AppMessages>();

const loaders: Loaders<AppCatalogue> = {
  en: () => import('./language-en'),
  de: () => import('./language-de'),
  fr: () => import('./language-fr'),
  es: () => import('./language-es'),
  uk: () => import('./language-uk'),
  ar: () => import('./language-ar'),
};

export function makeMessages(): AppMessages {
  return new Messages<AppCatalogue>(loaders);
}

/** The texts of a language that need not be that of the page: for what is printed for others. */
export async function textsIn(language: CompleteLanguage): Promise<AppMessages['t']> {
  const { default: catalogue } = await loaders[language]();
  return (key, parameters = {}) => render((catalogue as Catalogue)[key] ?? key, parameters, language);
}
