/**
 * The names under which the apps know the schemas of the interface. They come from the description that the box gives
 * of itself (`npm run types`); nothing else imports the generated file.
 */
import type { components } from './schema';

export type { paths } from './schema';

type Schemas = components['schemas'];

/** What every list answers. */
export interface Page<T> {
  data: T[];
  pagination: { total: number; limit: number; offset: number };
}

export type Contact = Schemas['Contact'];
export type Control = Schemas['Control'];
export type ControlAnswer = Schemas['Answer'];
export type ConversationProgress = Schemas['Progress'];
export type FormField = Schemas['FormField'];
export type Join = Schemas['JoinRequest'];
export type Joined = Schemas['Joined'];
export type ParticipantConversation = Schemas['ParticipantConversation'];
export type Point = Schemas['Point'];
export type Turn = Schemas['Turn'];
export type Welcome = Schemas['Welcome'];
