import { createContext } from 'svelte';
import { Messages } from '../../shared/i18n/messages.svelte';
import type english from './language-en';

/** The catalogue of this app; its keys are those of English. */
export type AppCatalogue = typeof english;
export type AppMessages = Messages<AppCatalogue>;
export type Key = keyof AppCatalogue & string;

/** `const { t } = useMessages()` in any component of this app. */
export const [useMessages, provideMessages] = createContext<AppMessages>();

export function makeMessages(): AppMessages {
  return new Messages<AppCatalogue>({
    en: () => import('./language-en'),
    de: () => import('./language-de'),
    fr: () => import('./language-fr'),
    es: () => import('./language-es'),
    uk: () => import('./language-uk'),
    ar: () => import('./language-ar'),
  });
}
