/**
 * The texts that are loaded with a part of the app rather than by everybody: for each part, named like the component
 * that is imported when it is used, the beginnings of its keys. They stand in the catalogues like all others
 * (`en.json`, `de.json` …); the build takes them out of what is loaded at once (vite.config.ts).
 */
export const parts = {
  ControlPanel: ['control.'],
  DoorPanel: ['door.'],
  EndPanel: ['end.', 'discarded.', 'link.'],
  FinishDialog: ['finish.', 'discard.', 'end.closed'],
  FormPanel: ['form.'],
  IdeaPanel: ['idea.'],
  JoinPage: ['join.'],
  LinkDialog: ['link.'],
  RehearsalPanel: ['rehearsal.'],
  ResultsPage: ['results.'],
  ReviewPanel: ['review.'],
  VoicePanel: ['voice.'],
} as const satisfies Record<string, readonly string[]>;

export type PartName = keyof typeof parts;

/** The entries of a catalogue that belong to a part; without a part, those that everybody loads. */
export function entriesOf<M>(catalogue: Record<string, M>, part?: string | null): Record<string, M> {
  const beginnings: readonly string[] = part ? (parts[part as PartName] ?? []) : Object.values(parts).flat();
  const begins = (key: string) => beginnings.some((beginning) => key.startsWith(beginning));
  return Object.fromEntries(Object.entries(catalogue).filter(([key]) => begins(key) === Boolean(part)));
}
