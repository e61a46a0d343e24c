import type { Host } from '../host.svelte';
import type { InsightAnswer, InsightAsk } from '../types';

/** Whether rules can answer a question; a text and a list have to be written. */
export const byRules = (ask: InsightAsk): boolean => ask.kind !== 'text' && ask.kind !== 'list';

/** What an answer says, in words of the reader. */
export function answerWords(ask: InsightAsk, answer: InsightAnswer, t: Host['t'], messages: Host['messages']): string {
  if (answer.hidden) return t('insight.hidden');
  if (answer.state === 'not_said') return t(answer.made_by === 'rules' ? 'insight.not_found' : 'insight.not_said');
  if (answer.state !== 'said') return t(`insight.${answer.state}`);
  if (answer.number !== null) return `${messages.number(answer.number)} ${ask.unit ?? ''}`.trim();
  if (ask.kind === 'yes_no') return t(answer.values[0] === 'yes' ? 'insight.yes' : 'insight.no');
  return answer.values.join('; ');
}

/** What a question asks for beside its words, each in words of the reader: the kind of answer, its options, its bounds. */
export function askDetails(ask: InsightAsk, t: Host['t'], messages: Host['messages']): string[] {
  const bound = (n: number) => `${messages.number(n)} ${ask.unit ?? ''}`.trim();
  const list = [t(`insight.kind_${ask.kind as 'text' | 'list' | 'yes_no' | 'category' | 'number'}`)];
  if (ask.options) list.push(ask.options.join(' · '));
  if (ask.min !== undefined) list.push(t('insight.at_least', { n: bound(ask.min) }));
  if (ask.max !== undefined) list.push(t('insight.at_most', { n: bound(ask.max) }));
  if (ask.unit && ask.min === undefined && ask.max === undefined) list.push(ask.unit);
  return list;
}
