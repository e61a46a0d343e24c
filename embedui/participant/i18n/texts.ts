import type { CompleteLanguage } from '../../shared/i18n/languages';
import type { Catalogue } from '../../shared/i18n/message';
import type { PartName } from './parts';

type Files = Record<string, () => Promise<unknown>>;

const files: Record<PartName, Files> = {
  ControlPanel: import.meta.glob('./*.json', { query: '?part=ControlPanel' }),
  DoorPanel: import.meta.glob('./*.json', { query: '?part=DoorPanel' }),
  EndPanel: import.meta.glob('./*.json', { query: '?part=EndPanel' }),
  FinishDialog: import.meta.glob('./*.json', { query: '?part=FinishDialog' }),
  FormPanel: import.meta.glob('./*.json', { query: '?part=FormPanel' }),
  IdeaPanel: import.meta.glob('./*.json', { query: '?part=IdeaPanel' }),
  JoinPage: import.meta.glob('./*.json', { query: '?part=JoinPage' }),
  LinkDialog: import.meta.glob('./*.json', { query: '?part=LinkDialog' }),
  RehearsalPanel: import.meta.glob('./*.json', { query: '?part=RehearsalPanel' }),
  ResultsPage: import.meta.glob('./*.json', { query: '?part=ResultsPage' }),
  ReviewPanel: import.meta.glob('./*.json', { query: '?part=ReviewPanel' }),
  VoicePanel: import.meta.glob('./*.json', { query: '?part=VoicePanel' }),
};

/** How the texts of a part are fetched in a language. */
export const textsOf = (part: PartName) => (language: CompleteLanguage) =>
  files[part][`./${language}.json`]?.() as Promise<{ default: Catalogue }>;
