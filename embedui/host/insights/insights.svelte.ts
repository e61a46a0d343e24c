import { newKey } from '../../shared/api/client';
import { Live } from '../../shared/live';
import type { Host } from '../host.svelte';
import type { InsightAsk, InsightDefinition, InsightDifference, InsightRow, Insights, Session } from '../types';

/** Which conversations the table shows; all but `insight` is about the answer to that question. */
export interface Filter {
  insight: string;
  value: string;
  state: '' | 'said' | 'not_said' | 'unsupported' | 'failed';
  evidence: boolean;
}

const everything: Filter = { insight: '', value: '', state: '', evidence: false };

const page = 50;

/** What is asked of every conversation of a session, and its answers. */
export class InsightsModel {
  /** Undefined until the box has said. */
  found = $state.raw<Insights>();
  rows = $state.raw<InsightRow[]>([]);
  total = $state(0);
  filter = $state<Filter>({ ...everything });
  error = $state.raw<unknown>(null);
  readonly #host: Host;
  readonly session: string;
  /** What happens in conversations is told to who sees those. */
  readonly #listens: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  readonly asked = $derived<InsightDefinition[]>(this.found?.insights.filter((insight) => !insight.archived) ?? []);
  readonly archived = $derived<InsightDefinition[]>(this.found?.insights.filter((insight) => insight.archived) ?? []);

  constructor(host: Host, session: Pick<Session, 'id' | 'tabs'>) {
    this.#host = host;
    this.session = session.id;
    this.#listens = session.tabs.includes('responses');
  }

  /** Follows what is answered; gives the way to stop. */
  follow(): () => void {
    const soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.read(), 300);
    };
    const live = new Live({
      path: `/api/v1/sessions/${encodeURIComponent(this.session)}/live`,
      event: ({ type }) => {
        if (type === 'job.changed' || type === 'report.ready') soon();
      },
      reload: soon,
    });
    if (this.#listens) live.start();
    void this.read();
    return () => {
      clearTimeout(this.#timer);
      live.stop();
    };
  }

  /** Reads everything anew; what an earlier question brings after a later one is out of date. */
  read = async (): Promise<void> => {
    const path = { id: this.session };
    const question = ++this.#asked;
    try {
      const [found, table] = await Promise.all([
        this.#host.api.get('/sessions/{id}/insights', { path }),
        this.#host.api.get('/sessions/{id}/insights/table', { path, query: { ...this.query(), limit: page } }),
      ]);
      if (question !== this.#asked) return;
      this.found = found as Insights;
      const list = table as { data: InsightRow[]; pagination: { total: number } };
      [this.rows, this.total, this.error] = [list.data, list.pagination.total, null];
    } catch (error) {
      if (question === this.#asked) this.error = error;
    }
  };

  more = async (): Promise<void> => {
    const list = (await this.#host.api.get('/sessions/{id}/insights/table', {
      path: { id: this.session },
      query: { ...this.query(), limit: page, offset: this.rows.length },
    })) as { data: InsightRow[] };
    this.rows = [...this.rows, ...list.data];
  };

  /** The filter as the interface takes it. */
  query(): { insight?: string; value?: string; state?: Exclude<Filter['state'], ''>; evidence?: boolean } {
    const { insight, value, state, evidence } = this.filter;
    if (!insight) return {};
    return {
      ...(value.trim() && { insight, value: value.trim() }),
      ...(state && { insight, state }),
      ...(evidence && { insight, evidence }),
    };
  }

  /** Shows other rows; of another question what was chosen about the one before says nothing. */
  show(change: Partial<Filter>): Promise<void> {
    this.filter = 'insight' in change ? { ...everything, ...change } : { ...this.filter, ...change };
    return this.read();
  }

  async draft(): Promise<InsightAsk[]> {
    const path = { id: this.session };
    const draft = (await this.#host.api.post('/sessions/{id}/insights/draft', undefined, { path })) as { insights: InsightAsk[] };
    return draft.insights;
  }

  /** Adds questions and puts them to the conversations that are there; gives how many answers come. */
  async add(insights: InsightAsk[]): Promise<number> {
    await this.#host.api.post('/sessions/{id}/insights', { insights }, { path: { id: this.session }, idempotencyKey: newKey() });
    return this.run(false);
  }

  /** Puts questions to the conversations that have not answered them as they are now, or to all anew; gives how many answers come. */
  async run(anew: boolean, insights?: string[]): Promise<number> {
    const { answers } = await this.#host.api.post('/sessions/{id}/insights/run', { anew, insights }, { path: { id: this.session } });
    await this.read();
    return answers;
  }

  /** Changes a question, and puts it to all where it asks something else now; gives how many answers come. */
  async change(insight: string, ask: InsightAsk): Promise<number> {
    await this.#host.api.patch('/sessions/{id}/insights/{insight}', { ask }, { path: { id: this.session, insight } });
    return this.run(false, [insight]);
  }

  async move(insight: string, position: number): Promise<void> {
    await this.#host.api.patch('/sessions/{id}/insights/{insight}', { position }, { path: { id: this.session, insight } });
    await this.read();
  }

  /** Deletes a question with all its answers, for good. */
  async remove(insight: string): Promise<void> {
    await this.#host.api.delete('/sessions/{id}/insights/{insight}', { path: { id: this.session, insight } });
    await this.read();
  }

  difference(insight: string, from: number, to: number): Promise<InsightDifference> {
    return this.#host.api.get('/sessions/{id}/insights/{insight}/difference', {
      path: { id: this.session, insight },
      query: { from, to },
    }) as Promise<InsightDifference>;
  }

  async stop(): Promise<void> {
    await this.#host.api.delete('/sessions/{id}/insights/run', { path: { id: this.session } });
    await this.read();
  }

  async archive(insight: string, archived: boolean): Promise<void> {
    await this.#host.api.patch('/sessions/{id}/insights/{insight}', { archived }, { path: { id: this.session, insight } });
    await this.read();
  }
}
