import { findingWords, type Words } from '../health/finding';
import type { AppMessages } from '../i18n';
import type { HealthSentence, InstalledModel } from '../types';

/** What ails a model, in the words that the health page has for it. */
export function troubleWords(name: string, trouble: NonNullable<InstalledModel['trouble']>, messages: AppMessages): Words {
  const values: HealthSentence['values'] = {
    model: { kind: 'text', value: name },
    since: { kind: 'time', value: trouble.since },
    first: { kind: 'seconds', value: (trouble.first_ms / 1000).toFixed(1) },
  };
  return findingWords({ about: 'trouble', level: 'warn', code: `trouble.${trouble.why}`, values, text: '' }, messages);
}
