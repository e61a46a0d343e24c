import { Refusal } from '../../shared/api/errors';
import { characters } from '../../shared/text';
import type { Host } from '../host.svelte';
import { limits } from '../limits';
import type { SessionModel } from '../session/session.svelte';
import type { Access, Brief, FormField, GuideProposal, GuideVersion, Session, Use } from '../types';
import { Editable } from './editable.svelte';
import { FormEditor } from './form.svelte';
import { type Flaw, GuideEditor, sameGuide } from './guide.svelte';

/** What of a session is set beside its brief, guide and form. */
export interface Settings {
  language: string;
  host: string;
  welcome_message: string;
  consent_text: string;
  anonymous: boolean;
  who_may_join: Access;
  widgets_enabled: boolean;
  is_public: boolean;
  project_id: string | null;
  /** How words may be used of participants who choose nothing. */
  default_use: Use;
  /** In seconds; "" leaves it to the box. */
  offer_after: string;
  take_over_after: string;
  help_text: string;
  /** Ideas of others are offered, once so many other people have spoken. */
  cross_pollination: boolean;
  cross_pollination_minimum: string;
  /** What a model is told in place of the guide, and how it is to speak; "" for nothing. */
  prompt: string;
  platform_guidelines_override: string;
  summary_prompt: string;
  /** Which models do its work; "" leaves it to the project and the box. Named as the box names the fields. */
  'models.facilitator': string;
  'models.analyst': string;
}

/** A guide that a model proposes, not saved yet. */
export type Proposal = GuideProposal;

/** How long a model may take for a guide, in milliseconds; the box gives up sooner. */
const modelPatience = 180_000;

/** How many other people an idea needs where the host has emptied the field. */
const usualMinimum = 5;

/** The parts of the design that are saved each by itself. */
export type PartName = 'brief' | 'guide' | 'form' | 'settings';

const briefOf = ({ topic, goal, critical, context }: Session): Brief => ({ topic, goal, critical, context });

const settingsOf = (s: Session): Settings => ({
  language: s.language,
  host: s.host,
  welcome_message: s.welcome_message,
  consent_text: s.consent_text,
  anonymous: s.anonymous,
  who_may_join: s.who_may_join,
  widgets_enabled: s.widgets_enabled,
  is_public: s.is_public,
  project_id: s.project_id,
  default_use: s.default_use,
  offer_after: s.offer_after === 0 ? '' : String(s.offer_after),
  take_over_after: s.take_over_after === 0 ? '' : String(s.take_over_after),
  help_text: s.help_text,
  cross_pollination: s.cross_pollination,
  cross_pollination_minimum: String(s.cross_pollination_minimum),
  prompt: s.prompt_override,
  platform_guidelines_override: s.platform_guidelines_override,
  summary_prompt: s.summary_prompt,
  'models.facilitator': s.models.facilitator ?? '',
  'models.analyst': s.models.analyst ?? '',
});

/**
 * The design of one session being edited: brief, guide, form, settings. Saving is explicit; a part that could not be
 * saved stays as it is on screen, with the reason.
 */
export class Design {
  readonly brief: Editable<Brief>;
  readonly settings: Editable<Settings>;
  readonly guide: GuideEditor;
  readonly form: FormEditor;

  /** The version that somebody else has saved while the guide was edited here. */
  conflict = $state.raw<GuideVersion | null>(null);
  busy = $state(false);
  problem = $state('');
  #refused = $state.raw<Record<string, string>>({});
  #checked = $state(false);
  readonly #host: Host;
  readonly #model: SessionModel;

  readonly changed: PartName[] = $derived(
    (['brief', 'guide', 'form', 'settings'] as const).filter((part) => this[part].dirty),
  );
  readonly dirty = $derived(this.changed.length > 0);

  /** What is wrong, in words, by part and path: "guide.topics[0].title". */
  readonly errors: Record<string, string> = $derived.by(() => ({
    ...this.#refused,
    ...(this.#checked ? this.#flaws() : {}),
  }));

  constructor(host: Host, model: SessionModel, session: Session, guide: GuideVersion, form: FormField[]) {
    this.#host = host;
    this.#model = model;
    this.brief = new Editable(briefOf(session));
    this.settings = new Editable(settingsOf(session));
    this.guide = new GuideEditor(guide);
    this.form = new FormEditor(form);
  }

  static async load(host: Host, model: SessionModel, session: Session, signal: AbortSignal): Promise<Design> {
    const options = { path: { id: session.id }, signal };
    const [guide, form] = await Promise.all([
      host.api.get('/sessions/{id}/guide', options) as Promise<GuideVersion>,
      host.api.get('/sessions/{id}/form', options) as Promise<{ data: FormField[] }>,
    ]);
    return new Design(host, model, session, guide, form.data);
  }

  /** Takes over what was changed elsewhere, such as by renaming from the menu. */
  follow(session: Session): void {
    this.brief.follow(briefOf(session));
    this.settings.follow(settingsOf(session));
  }

  /** Saves what has changed. False when something could not be saved; `problem` and `errors` then say what. */
  async save(): Promise<boolean> {
    if (this.busy) return false;
    this.problem = '';
    this.#refused = {};
    this.guide.tidy();
    this.#checked = true;
    if (Object.keys(this.errors).length > 0) {
      this.problem = this.#host.t('save.flaws', { count: Object.keys(this.errors).length });
      return false;
    }
    this.#checked = false;
    this.busy = true;
    try {
      // The brief first: a guide remembers the brief that it was saved under.
      const done = (await this.#saveSession()) && (await this.#saveGuide()) && (await this.#saveForm());
      if (done) await this.#model.load();
      return done;
    } finally {
      this.busy = false;
    }
  }

  /** Throws away what is not saved. Gives the way to have it back. */
  discard(): () => void {
    const parts = this.changed.map((part) => this[part]);
    for (const part of parts) part.discard();
    this.problem = '';
    this.#refused = {};
    this.#checked = false;
    return () => {
      for (const part of parts) part.undo();
    };
  }

  /** Has the guide drafted from the brief as it is saved. */
  async draftAnew(signal: AbortSignal): Promise<void> {
    if (this.brief.dirty && !(await this.#saveSession())) return;
    const options = { path: { id: this.#model.id }, timeout: modelPatience, signal };
    await this.#newVersion(() => this.#host.api.post('/sessions/{id}/guide/draft', undefined, options));
  }

  /** Has a model change the guide, as it is here, as a sentence says. Nothing is saved. */
  async refine(wish: string, signal: AbortSignal): Promise<Proposal> {
    const body = { wish, guide: this.guide.guide() };
    return this.#host.api.post('/sessions/{id}/guide/refine', body, { path: { id: this.#model.id }, timeout: modelPatience, signal });
  }

  /** Saves what was proposed as the next version, under the wish as its reason. */
  async accept(proposal: Proposal, wish: string): Promise<void> {
    const reason = [...wish.replace(/\s+/g, ' ')].slice(0, 200).join('');
    const body = { guide: proposal.guide, base_version: this.guide.base, reason };
    await this.#newVersion(() => this.#host.api.put('/sessions/{id}/guide', body, { path: { id: this.#model.id } }));
  }

  /** Puts an earlier version in use again, as a new version. */
  async restore(version: number): Promise<void> {
    const path = { id: this.#model.id, v: version };
    await this.#newVersion(() => this.#host.api.post('/sessions/{id}/guide/versions/{v}/restore', undefined, { path }));
  }

  /** Saves the guide as it is here on top of the version that somebody else has saved. */
  async keepMine(): Promise<boolean> {
    if (this.conflict) this.guide.keepOver(this.conflict);
    this.conflict = null;
    return this.save();
  }

  /** Shows the version that somebody else has saved. What was here comes back by undo. */
  takeTheirs(): void {
    if (this.conflict) this.guide.take(this.conflict);
    this.conflict = null;
    this.problem = '';
  }

  async #newVersion(make: () => Promise<GuideVersion>): Promise<void> {
    this.busy = true;
    try {
      this.guide.take(await make());
      this.conflict = null;
      await this.#model.load();
    } finally {
      this.busy = false;
    }
  }

  async #saveSession(): Promise<boolean> {
    const sent = { brief: this.brief.plain(), settings: this.settings.plain() };
    const { 'models.facilitator': facilitator, 'models.analyst': analyst, offer_after, take_over_after, cross_pollination_minimum: minimum, ...settings } =
      difference(this.settings.saved, sent.settings);
    const waits = {
      ...(offer_after !== undefined && { offer_after: Number(offer_after) }),
      ...(take_over_after !== undefined && { take_over_after: Number(take_over_after) }),
      ...(minimum !== undefined && { cross_pollination_minimum: Number(minimum) || usualMinimum }),
    };
    const models = { ...(facilitator !== undefined && { facilitator }), ...(analyst !== undefined && { analyst }) };
    const chosen = Object.keys(models).length > 0 && { models: { ...this.#model.value?.models, ...models } };
    const change = { ...difference(this.brief.saved, sent.brief), ...settings, ...waits, ...chosen };
    if (Object.keys(change).length === 0) return true;
    return this.#try(['brief', 'settings'], async () => {
      await this.#model.patch(change);
      const session = this.#model.value as Session;
      this.brief.accept(briefOf(session), sent.brief);
      this.settings.accept(settingsOf(session), sent.settings);
    });
  }

  async #saveGuide(): Promise<boolean> {
    if (!this.guide.dirty) return true;
    const path = { id: this.#model.id };
    const sent = this.guide.plain();
    const body = { guide: this.guide.guide(), base_version: this.guide.base };
    return this.#try(['guide'], async () => {
      try {
        this.guide.acceptVersion(await this.#host.api.put('/sessions/{id}/guide', body, { path }), sent);
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 409) throw error;
        const theirs: GuideVersion = await this.#host.api.get('/sessions/{id}/guide', { path });
        if (theirs.version === this.guide.base) throw error;
        // The answer to an earlier try was lost on its way: what is saved is what was sent.
        if (sameGuide(theirs.guide, body.guide)) return this.guide.acceptVersion(theirs, sent);
        this.conflict = theirs;
        throw new Refusal(409, 'conflict', this.#host.t('conflict.short'));
      }
    });
  }

  async #saveForm(): Promise<boolean> {
    if (!this.form.dirty) return true;
    const path = { id: this.#model.id };
    const sent = this.form.plain();
    return this.#try(['form'], async () => {
      const saved: { data: FormField[] } = await this.#host.api.put('/sessions/{id}/form', { fields: this.form.fields() }, { path });
      this.form.acceptFields(saved.data, sent);
    });
  }

  async #try(parts: PartName[], run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.problem = this.#host.words(error);
      if (error instanceof Refusal) this.#refused = placed(error.fields, parts);
      return false;
    }
  }

  #flaws(): Record<string, string> {
    const found: Record<string, Flaw> = {};
    for (const part of ['guide', 'form'] as const) {
      for (const [path, flaw] of Object.entries(this[part].flaws())) found[`${part}.${path}`] = flaw;
    }
    const texts = [
      ...(['topic', 'goal', 'critical', 'context'] as const).map((f) => ['brief', f, limits[f], f === 'topic' || f === 'goal'] as const),
      ['settings', 'host', limits.name, false] as const,
      ['settings', 'welcome_message', limits.welcome, false] as const,
      ['settings', 'consent_text', limits.consent, false] as const,
      ['settings', 'prompt', limits.prompt, false] as const,
      ['settings', 'platform_guidelines_override', limits.prompt, false] as const,
    ];
    for (const [part, field, limit, required] of texts) {
      const text = String((this[part].value as unknown as Record<string, unknown>)[field] ?? '');
      if (required && text.trim() === '') found[`${part}.${field}`] = 'flaw.empty';
      else if (characters(text) > limit) found[`${part}.${field}`] = 'flaw.long';
    }
    return Object.fromEntries(Object.entries(found).map(([path, flaw]) => [path, this.#host.t(flaw)]));
  }
}

/** The fields of `to` that differ from `from`. */
export function difference<T extends object>(from: T, to: T): Partial<T> {
  const entries = Object.entries(to).filter(([name, value]) => value !== from[name as keyof T]);
  return Object.fromEntries(entries) as Partial<T>;
}

const briefNames: ReadonlySet<string> = new Set(['topic', 'goal', 'critical', 'context'] satisfies (keyof Brief)[]);

/** The fields that the box refused, under the part of the page where they stand. */
export function placed(fields: Readonly<Record<string, string>>, parts: PartName[]): Record<string, string> {
  const entries = Object.entries(fields).map(([path, message]) => {
    const part = parts.length === 1 ? parts[0] : briefNames.has(path) ? 'brief' : 'settings';
    return [`${part}.${path.replace(/^guide\./, '')}`, message];
  });
  return Object.fromEntries(entries);
}
