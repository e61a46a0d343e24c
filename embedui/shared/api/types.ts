/**
 * The names that the apps use for what the box sends and takes. They stand for the schemas of the generated
 * description; nothing else imports it.
 */
export type paths = Record<string, Record<'get' | 'post' | 'put' | 'patch' | 'delete', any>>;

export interface Page<T> {
  data: T[];
  pagination: { total: number; limit: number; offset: number };
}

export interface FormField {
  id: string;
  type: 'Short field' | 'Long field' | 'Email' | 'Options' | 'Multiple' | 'Rating' | 'Number' | 'Date' | 'Consent';
  text: string;
  required: boolean;
  options: string[];
}

export interface Point {
  topic_id: string;
  topic: string;
  turn_id: string;
  /** UTF-8 bytes into the content of the turn, as is `end`. */
  start: number;
  end: number;
  text: string;
}

export interface Turn {
  id: string;
  seq: number;
  role: 'participant' | 'facilitator';
  content: string;
  topic_id: string | null;
  move: '' | 'open' | 'ask' | 'probe' | 'read_back' | 'close';
  /** "rules", the name of a model, or empty for a person. */
  made_by: string;
  points: Point[];
  created_at: string;
}

export interface Welcome {
  session_id: string;
  state: 'draft' | 'open' | 'closed';
  topic: string;
  host: string;
  welcome_message: string;
  consent_text: string;
  minutes: number;
  languages: string[];
  language: string;
  anonymous: boolean;
  fields: FormField[];
  guided: boolean;
  questions_count: number;
}

export interface Join {
  name?: string;
  email?: string;
  language: string;
  consent: true;
  answers: Record<string, string[]>;
}

export interface Joined {
  token: string;
  participant_id: string;
  conversation_id: string;
  return_url: string;
}

export interface ProgressTopic {
  id: string;
  title: string;
  state: 'to_come' | 'current' | 'done';
}

export interface ConversationProgress {
  topics: ProgressTopic[];
  done: number;
  minutes_left: number;
}

export interface ParticipantConversation {
  session_id: string;
  conversation_id: string;
  topic: string;
  host: string;
  language: string;
  state: 'active' | 'finished';
  ended: '' | 'complete' | 'early' | 'closed';
  session_state: 'draft' | 'open' | 'closed' | 'archived';
  made_by: string;
  guided: boolean;
  turns: Turn[];
  speaking: null | { turn_seq: number; text: string };
  owed: boolean;
  progress: ConversationProgress;
  return_url: string;
}
