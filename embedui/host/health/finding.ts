import type { AppMessages } from '../i18n';
import { sizeWords } from '../models/words';
import type { HealthSentence, HealthValue } from '../types';

/** A sentence about the box, and whose words it is in. */
export interface Words {
  text: string;
  /** What to do about it; "" when nothing is to be done. */
  todo: string;
  /** The language of both; undefined when it is that of the page. */
  lang: 'en' | undefined;
}

/** What a finding says in the language of the page; in the box's own English where this page does not know its code. */
export function findingWords(finding: HealthSentence, messages: AppMessages): Words {
  const key = `finding.${finding.code ?? ''}`;
  if (!messages.has(key)) return { text: finding.text, todo: finding.todo ?? '', lang: messages.language === 'en' ? undefined : 'en' };
  const values = Object.fromEntries(Object.entries(finding.values ?? {}).map(([name, value]) => [name, written(value, messages)]));
  const todo = `${key}.todo`;
  return { text: messages.t(key, values), todo: messages.has(todo) ? messages.t(todo, values) : '', lang: undefined };
}

function written({ kind, value }: HealthValue, messages: AppMessages): string {
  switch (kind) {
    case 'number':
      return messages.number(Number(value));
    case 'bytes':
      return sizeWords(Number(value), messages);
    case 'seconds':
      return messages.t('models.seconds', { seconds: messages.number(Number(value)) });
    case 'time':
      return messages.date(value);
    default:
      return value;
  }
}
