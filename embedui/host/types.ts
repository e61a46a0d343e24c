import type { FormField, Page, Point, Turn } from '../shared/api/types';

export type { FormField, Page, Point, Turn };

/** The names under which the host app knows the schemas of the interface. */
export type Role = 'owner' | 'admin' | 'editor' | 'viewer';
export type State = 'draft' | 'open' | 'closed' | 'archived';
export type Visibility = 'host' | 'participants' | 'public';

export interface Me {
  id: string;
  email: string;
  name: string;
  role: Role;
  language: string;
}

export interface Login {
  id: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
  current: boolean;
}

export interface APIKey {
  id: string;
  name: string;
  key_prefix: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface NewAPIKey extends APIKey {
  key: string;
}

export interface HealthSentence {
  level: 'ok' | 'warn' | 'fail';
  text: string;
  todo?: string;
}

export interface Health {
  mode: string;
  sentences: HealthSentence[];
  version: string;
  addresses: string[];
  can_join_from_network: boolean;
}

export interface Project {
  id: string;
  title: string;
  description: string;
  status: 'active' | 'archived';
  is_public: boolean;
  created_at: string;
  role: Role;
}

export interface SessionItem {
  id: string;
  topic: string;
  goal: string;
  status: 'active' | 'completed';
  state: State;
  participant_count: number;
  active_count: number;
  finished_count: number;
  project_id: string | null;
  language: string;
  role: Role;
  created_at: string;
  updated_at: string;
  join_url: string;
}

export interface Session extends SessionItem {
  critical: string;
  context: string;
  host: string;
  welcome_message: string;
  consent_text: string;
  default_welcome_message: string;
  default_consent_text: string;
  anonymous: boolean;
  is_public: boolean;
  join_code: string | null;
  guide_version: number;
  guide_drift: boolean;
  opened_at: string | null;
  closed_at: string | null;
  results_visibility: Visibility;
  minutes: number;
}

export interface Topic {
  /** "" for a topic that the box has not seen yet. */
  id: string;
  title: string;
  aim: string;
  question: string;
  probes: string[];
  follow_ups: number;
  minutes: number;
}

export interface Guide {
  opening: string;
  topics: Topic[];
  closing: string;
}

export interface Brief {
  topic: string;
  goal: string;
  critical: string;
  context: string;
}

export interface GuideVersion {
  version: number;
  guide: Guide;
  brief: Brief;
  made_by: string;
  author_name: string | null;
  reason: string;
  created_at: string;
}

export interface GuideVersionItem {
  version: number;
  made_by: string;
  author_name: string | null;
  reason: string;
  topics: number;
  created_at: string;
}

export interface Launch {
  join_url: string;
  code: string | null;
  code_url: string;
  addresses: { url: string; reachable_from_phones: boolean }[];
  qr_svg_url: string;
}

/** How far one conversation has come with one topic; depth 0 nothing, 1 thin, 2 a reason or an example, 3 both. */
export interface Coverage {
  topic_id: string;
  asked: boolean;
  answered: boolean;
  depth: number;
  follow_ups: number;
}

export interface ConversationItem {
  id: string;
  participant_id: string;
  number: number;
  participant_name: string;
  title: string;
  state: 'active' | 'finished';
  ended: '' | 'complete' | 'early' | 'closed';
  included: boolean;
  language: string;
  turns: number;
  words: number;
  waiting: 'participant' | 'facilitator' | 'nobody';
  topics_done: number;
  topics_total: number;
  minutes_left: number;
  coverage: Coverage[];
  created_at: string;
  last_turn_at: string;
  finished_at: string | null;
}

export interface FormAnswer {
  question_id: string;
  text: string;
  type: string;
  values: string[];
}

export interface Conversation extends ConversationItem {
  session_id: string;
  form: FormAnswer[];
  consented_at: string | null;
  turns_list: Turn[];
  topics: { id: string; title: string }[];
}

export interface Deletion {
  sessions: number;
  conversations: number;
  turns: number;
  participants: number;
  finished_at: string;
}

export interface Quote {
  turn_id: string;
  seq: number;
  /** UTF-8 bytes into the content of the turn, as is `end`. */
  start: number;
  end: number;
  text: string;
  before: string;
  after: string;
  method: string;
}

export interface Claim {
  id: string;
  conversation_id: string;
  participant: string;
  topic_id: string | null;
  text: string;
  salience: number;
  quotes: Quote[];
}

export interface ReportSection {
  kind: 'overview' | 'topic' | 'minority' | 'gaps' | 'unheard';
  topic_id: string | null;
  title: string;
  people: number;
  sentences: { text: string; claims: string[] }[];
}

export interface ReportCounts {
  participants: number;
  conversations: number;
  finished: number;
  turns: number;
  words: number;
  claims: number;
  located: number;
  discarded: number;
}

export interface Report {
  session_id: string;
  version: number;
  made_by: string;
  prompt_version: string;
  created_at: string;
  stale: boolean;
  jobs: { waiting: number; running: number; failed: number };
  counts: ReportCounts;
  missing: string[];
  sections: ReportSection[];
  claims: Record<string, Claim>;
}

export interface Job {
  id: string;
  kind: 'digest' | 'report' | 'scrub';
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  done: number;
  total: number;
  message: string;
  created_at: string;
  finished_at: string | null;
}

export interface Found {
  kind: 'session' | 'turn';
  session_id: string;
  conversation_id: string | null;
  turn_id: string | null;
  seq: number | null;
  /** Topic of the session. */
  title: string;
  /** Pseudonym of who said it; "" for a session. */
  participant: string;
  snippet: { text: string; hit: boolean }[];
}
