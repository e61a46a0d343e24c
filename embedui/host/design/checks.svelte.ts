import type { Host } from '../host.svelte';
import type { Brief, Guide, Remark } from '../types';

/** How long nothing must be typed before what was written is looked at, in milliseconds. */
const pause = 500;

/**
 * What is worth another look in a brief and a guide as they are being written, by the path of the field as the box names
 * it: "topic", "topics[0].question", "topics[0].probes[1]". The box looks, by rules; where it cannot be asked, there is
 * nothing to remark.
 */
export class Checks {
  of = $state.raw<Record<string, Remark[]>>({});
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Looks once nothing has been typed for a moment. To be called in an effect, which ends it by what this gives. */
  watch(brief: Brief, guide: Guide | null, language: string): () => void {
    const asked = questionsOf(guide);
    const body = { ...brief, questions: asked.map(({ text }) => text), ...(language && { language }) };
    const abort = new AbortController();
    const wait = setTimeout(() => {
      this.#host.api.post('/sessions/checks', body, { signal: abort.signal }).then(
        (answer: { remarks: Remark[] }) => (this.of = placed(answer.remarks, asked)),
        () => undefined,
      );
    }, pause);
    return () => {
      clearTimeout(wait);
      abort.abort();
    };
  }
}

/** The questions and follow-ups of a guide, with where they stand. */
export function questionsOf(guide: Guide | null): { path: string; text: string }[] {
  return (guide?.topics ?? []).flatMap((topic, i) => [
    { path: `topics[${i}].question`, text: topic.question },
    ...topic.probes.map((text, j) => ({ path: `topics[${i}].probes[${j}]`, text })),
  ]);
}

/** Remarks by the field that they are about, each code once. */
export function placed(remarks: Remark[], asked: { path: string }[]): Record<string, Remark[]> {
  const by: Record<string, Remark[]> = {};
  for (const remark of remarks) {
    const at = /^questions\[(\d+)\]$/.exec(remark.field);
    const path = at ? asked[Number(at[1])]?.path : remark.field;
    if (!path) continue;
    const list = (by[path] ??= []);
    if (!list.some(({ code }) => code === remark.code)) list.push(remark);
  }
  return by;
}
