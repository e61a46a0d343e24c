import type { LiveEvent } from '../../shared/live';
import type { AppMessages } from '../i18n';
import type { Models } from '../types';

/** Who leads conversations: a model, or rules and why. */
export interface Lead {
  /** The model; "" where it is the rules. */
  model: string;
  /** Why it is the rules, as the box names it; "" where it is a model. */
  why: string;
  since: string;
}

/** Who leads, by what the box says of all its models. */
export function leadOf(models: Models): Lead {
  const work = models.work.find((work) => work.role === 'facilitator');
  const why = work?.why ?? 'no_model';
  return { model: why === '' ? (work?.model ?? '') : '', why, since: models.since };
}

/** Who leads from now on, by the event that says so. */
export function leadFrom(event: LiveEvent): Lead {
  return { model: event.guided === true ? '' : String(event.made_by), why: String(event.why ?? ''), since: String(event.since) };
}

/** Why rules lead, in words. */
export function whyWords(why: string, messages: AppMessages): string {
  const key = `why.${why}`;
  return messages.t(messages.has(key) ? key : 'why.unknown');
}
