import { NoAnswer, Refusal } from '../shared/api/errors';
import type { AppMessages } from './i18n';

/**
 * What to say about an error: what happened, what was kept, what to do. The box writes its refusals for people, in
 * English; where this app has words of its own for the kind of error in the chosen language, they are used instead.
 */
export function words(error: unknown, { t, has, language }: Pick<AppMessages, 't' | 'has' | 'language'>): string {
  if (error instanceof NoAnswer) return t(`error.network.${error.reason}`);
  if (!(error instanceof Refusal)) return t('error.unknown');
  if (error.status === 429) {
    return error.retryAfter ? t('error.wait', { count: error.retryAfter }) : t('error.rate_limited');
  }
  const own = `error.${error.code}`;
  const specific = error.message !== '' && error.status < 500 && error.code !== 'not_found';
  if (specific && (language === 'en' || !has(own))) return error.message;
  if (has(own)) return t(own);
  return error.message || t('error.unknown');
}

/**
 * What a person is called on these pages: the name that they gave, else their number in the chosen language. The box
 * numbers people in English, for programs.
 */
export function called(name: string, { t }: Pick<AppMessages, 't'>): string {
  const [, kind, number = ''] = /^(Participant|Rehearsal) (\d+)$/.exec(name) ?? [];
  return kind ? t(kind === 'Rehearsal' ? 'rehearsal.numbered' : 'participant.numbered', { number }) : name;
}
