import { moved } from '../../shared/ui/reorder';
import { characters } from '../../shared/text';
import { limits } from '../limits';
import type { Guide, GuideVersion, Topic } from '../types';
import { Editable } from './editable.svelte';

/** A topic under a key of its own, as one that the box has not seen yet has no id. */
export type EditedTopic = Topic & { key: string };
export type EditedGuide = Omit<Guide, 'topics'> & { topics: EditedTopic[] };

/** What can be wrong with a field before the box is asked; the name of its text. */
export type Flaw = 'flaw.empty' | 'flaw.long' | 'flaw.no_topics' | 'flaw.options' | 'flaw.twice';

/** The guide of one session being edited, on top of one saved version. */
export class GuideEditor extends Editable<EditedGuide> {
  /** The version that the edits are based on. */
  base = $state(0);
  #fresh = 0;

  constructor(version: GuideVersion) {
    super(keyed(version.guide));
    this.base = version.version;
  }

  get minutes(): number {
    return this.value.topics.reduce((sum, topic) => sum + (Number(topic.minutes) || 0), 0);
  }

  /** The guide as the box takes it. */
  guide(): Guide {
    const { opening, topics, closing } = this.plain();
    return { opening, topics: topics.map(({ key, ...topic }) => topic), closing };
  }

  setText(field: 'opening' | 'closing', text: string): void {
    this.change(field, (guide) => {
      guide[field] = text;
    });
  }

  setTopic<F extends keyof Topic>(key: string, field: F, value: Topic[F]): void {
    this.change(`${key}.${field}`, (guide) => {
      const topic = guide.topics.find((t) => t.key === key);
      if (topic) (topic as Topic)[field] = value;
    });
  }

  /** Puts an empty topic at the end and gives its key. */
  addTopic(): string {
    const key = `new-${this.#fresh++}`;
    const topic: EditedTopic = { key, id: '', title: '', aim: '', question: '', probes: [], follow_ups: 1, minutes: 2 };
    this.change('', (guide) => {
      guide.topics.push(topic);
    });
    return key;
  }

  /** Takes a topic out. Gives the way to put it back, also after other edits. */
  removeTopic(key: string): () => void {
    const { topics } = this.plain();
    const at = topics.findIndex((t) => t.key === key);
    const topic = topics[at];
    this.change('', (guide) => {
      guide.topics = guide.topics.filter((t) => t.key !== key);
    });
    return () => {
      if (!topic || this.value.topics.some((t) => t.key === key)) return;
      this.change('', (guide) => {
        guide.topics.splice(at, 0, topic);
      });
    };
  }

  moveTopic(from: number, to: number): void {
    this.change('', (guide) => {
      guide.topics = moved(guide.topics, from, to);
    });
  }

  setProbe(key: string, index: number, text: string): void {
    this.change(`${key}.probes.${index}`, (guide) => {
      const topic = guide.topics.find((t) => t.key === key);
      if (topic) topic.probes[index] = text;
    });
  }

  addProbe(key: string): void {
    this.setTopic(key, 'probes', [...(this.value.topics.find((t) => t.key === key)?.probes ?? []), '']);
  }

  removeProbe(key: string, index: number): void {
    this.change('', (guide) => {
      const topic = guide.topics.find((t) => t.key === key);
      if (topic) topic.probes = topic.probes.filter((_, i) => i !== index);
    });
  }

  /** The box has saved what was `sent` as a version. */
  acceptVersion(version: GuideVersion, sent: EditedGuide): void {
    // A topic that the box has just given an id stays the same row on screen.
    const guide = keyed(version.guide);
    guide.topics.forEach((topic, i) => {
      const before = sent.topics[i];
      if (before?.id === '') topic.key = before.key;
    });
    this.base = version.version;
    this.accept(guide, sent);
  }

  /** Another version is in use now; what is on screen is kept as edits on top of it. */
  keepOver(version: GuideVersion): void {
    this.base = version.version;
    this.rebase(keyed(version.guide));
  }

  /** Another version is in use now and is shown; what was on screen comes back by undo. */
  take(version: GuideVersion): void {
    this.base = version.version;
    this.replace(keyed(version.guide));
  }

  /** What is wrong before saving, by the path of the field as the box names it. Empty probes are no flaw: they go. */
  flaws(): Record<string, Flaw> {
    const found: Record<string, Flaw> = {};
    const check = (path: string, text: string, limit: number, required: boolean) => {
      if (required && text.trim() === '') found[path] = 'flaw.empty';
      else if (characters(text) > limit) found[path] = 'flaw.long';
    };
    const { opening, topics, closing } = this.value;
    check('opening', opening, limits.welcome, true);
    check('closing', closing, limits.welcome, true);
    if (topics.length === 0) found.topics = 'flaw.no_topics';
    topics.forEach((topic, i) => {
      const at = `topics[${i}]`;
      check(`${at}.title`, topic.title, limits.topicTitle, true);
      check(`${at}.aim`, topic.aim, limits.aim, false);
      check(`${at}.question`, topic.question, limits.question, true);
      topic.probes.forEach((probe, j) => check(`${at}.probes[${j}]`, probe, limits.probe, false));
    });
    return found;
  }

  /** Drops probes and options without text, which saving would refuse. */
  tidy(): void {
    const empty = (text: string) => text.trim() === '';
    if (!this.value.topics.some((t) => t.probes.some(empty) || t.control?.options?.some(empty))) return;
    this.change('', (guide) => {
      for (const topic of guide.topics) {
        topic.probes = topic.probes.filter((p) => !empty(p));
        if (topic.control?.options) topic.control.options = topic.control.options.filter((o) => !empty(o));
      }
    });
  }
}

function keyed(guide: Guide): EditedGuide {
  return {
    opening: guide.opening,
    topics: guide.topics.map((topic) => ({ ...topic, probes: [...topic.probes], key: topic.id })),
    closing: guide.closing,
  };
}

/** Whether a saved guide is the one that was sent, apart from the ids that the box gave to new topics. */
export function sameGuide(saved: Guide, sent: Guide): boolean {
  const topics = saved.topics.map((topic, i) => (sent.topics[i]?.id === '' ? { ...topic, id: '' } : topic));
  const plain = ({ opening, topics, closing }: Guide) =>
    JSON.stringify([
      opening,
      topics.map((t) => [t.id, t.title, t.aim, t.question, t.probes, t.follow_ups, t.minutes, t.control]),
      closing,
    ]);
  return plain({ ...saved, topics }) === plain(sent);
}

/** How the topics of one version differ from those of another. */
export function compare(version: Guide, present: Guide): { topic: Topic; differs: 'same' | 'changed' | 'gone' }[] {
  const now = new Map(present.topics.map((t) => [t.id, JSON.stringify(t)]));
  return version.topics.map((topic) => {
    const other = now.get(topic.id);
    if (other === undefined) return { topic, differs: 'gone' };
    return { topic, differs: other === JSON.stringify(topic) ? 'same' : 'changed' };
  });
}

/** A topic of a proposed guide beside what it is now; of one that would go, what it is now. */
export interface Change {
  topic: Topic;
  before: Topic | undefined;
  differs: 'same' | 'changed' | 'moved' | 'new' | 'gone';
}

/** What a proposed guide would change, in its order; what would go stands at the end. */
export function changes(proposed: Guide, present: Guide): Change[] {
  const now = new Map(present.topics.map((topic) => [topic.id, topic]));
  const kept = proposed.topics.filter((topic) => now.has(topic.id)).map((topic) => topic.id);
  const order = present.topics.filter((topic) => kept.includes(topic.id)).map((topic) => topic.id);
  const list = proposed.topics.map((topic): Change => {
    const before = now.get(topic.id);
    if (!before) return { topic, before, differs: 'new' };
    if (JSON.stringify(plain(before)) !== JSON.stringify(plain(topic))) return { topic, before, differs: 'changed' };
    return { topic, before, differs: kept.indexOf(topic.id) === order.indexOf(topic.id) ? 'same' : 'moved' };
  });
  const gone = present.topics.filter((topic) => !kept.includes(topic.id));
  return [...list, ...gone.map((topic): Change => ({ topic, before: topic, differs: 'gone' }))];
}

const plain = ({ title, aim, question, probes, follow_ups, minutes, control }: Topic) =>
  [title, aim, question, probes, follow_ups, minutes, control];

/** What of a proposal can be taken by itself: the id of a topic, or one of these. */
export type Taken = (what: string) => boolean;

/** Whether the topics that both guides have stand in another order. */
export function reordered(proposed: Guide, present: Guide): boolean {
  const shared = (guide: Guide, other: Guide) => guide.topics.map(({ id }) => id).filter((id) => other.topics.some((topic) => topic.id === id));
  return shared(proposed, present).join() !== shared(present, proposed).join();
}

/** The present guide with those changes of a proposal that are taken. */
export function merged(present: Guide, proposed: Guide, taken: Taken): Guide {
  const wanted = new Map(proposed.topics.map((topic) => [topic.id, topic]));
  const known = new Set(present.topics.map(({ id }) => id));
  let topics = present.topics
    .filter(({ id }) => wanted.has(id) || !taken(id))
    .map((topic) => (taken(topic.id) ? (wanted.get(topic.id) ?? topic) : topic));
  if (taken('order')) {
    // Those that both have change places among themselves; one that stays against the proposal keeps its own.
    const order = proposed.topics.filter(({ id }) => known.has(id)).map(({ id }) => topics.find((topic) => topic.id === id));
    topics = topics.map((topic) => (wanted.has(topic.id) ? (order.shift() ?? topic) : topic));
  }
  proposed.topics.forEach((topic, at) => {
    if (known.has(topic.id) || !taken(topic.id)) return;
    const before = proposed.topics.slice(0, at).findLast(({ id }) => topics.some((other) => other.id === id));
    const place = before ? topics.findIndex(({ id }) => id === before.id) + 1 : 0;
    topics = [...topics.slice(0, place), topic, ...topics.slice(place)];
  });
  return {
    opening: taken('opening') ? proposed.opening : present.opening,
    topics,
    closing: taken('closing') ? proposed.closing : present.closing,
  };
}
