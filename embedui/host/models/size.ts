import type { AppMessages } from '../i18n';

/** A number of bytes for people. */
export function sizeWords(bytes: number, messages: AppMessages): string {
  if (bytes < 1e9) return messages.t('models.mb', { size: messages.number(Math.round(bytes / 1e6)) });
  const digits = bytes < 1e10 ? 1 : 0;
  return messages.t('models.gb', { size: messages.number(bytes / 1e9, { maximumFractionDigits: digits }) });
}
