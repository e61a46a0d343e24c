import type { AppMessages } from '../i18n';

/** A number of bytes as people read it. */
export function sizeWords(bytes: number, messages: AppMessages): string {
  return bytes >= 1e9
    ? messages.t('models.gb', { size: messages.number(bytes / 1e9, { maximumFractionDigits: 1 }) })
    : messages.t('models.mb', { size: messages.number(Math.round(bytes / 1e6)) });
}

/** A number of seconds as people read it: minutes from two minutes on. */
export function timeWords(seconds: number, messages: AppMessages): string {
  return seconds >= 120
    ? messages.t('models.minutes', { count: Math.round(seconds / 60) })
    : messages.t('models.seconds', { seconds: messages.number(seconds) });
}
