import { newKey } from '../../shared/api/client';
import { Live } from '../../shared/live';
import type { Host } from '../host.svelte';
import type { InsightAsk, InsightDefinition, InsightRow, Insights, Session } from '../types';

/** Which conversations the table shows. */
export interface Filter {
  insight: string;
  value: string;
}

const page = 50;

/** What is asked of every conversation of a session, and its answers. */
export class InsightsModel {
  /** Undefined until the box has said. */
  found = $state.raw<Insights>();
  rows = $state.raw<InsightRow[]>([]);
  total = $state(0);
  filter = $state<Filter>({ insight: '', value: '' });
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
  query(): { insight?: string; value?: string } {
    const { insight, value } = this.filter;
    return insight && value.trim() ? { insight, value: value.trim() } : {};
  }

  async draft(): Promise<InsightAsk[]> {
    const path = { id: this.session };
    const draft = (await this.#host.api.post('/sessions/{id}/insights/draft', undefined, { path })) as { insights: InsightAsk[] };
    return draft.insights;
  }

  /** Adds questions and puts them to the conversations that are there. */
  async add(insights: InsightAsk[]): Promise<void> {
    await this.#host.api.post('/sessions/{id}/insights', { insights }, { path: { id: this.session }, idempotencyKey: newKey() });
    await this.run(false);
  }

  async run(anew: boolean, insights?: string[]): Promise<void> {
    await this.#host.api.post('/sessions/{id}/insights/run', { anew, insights }, { path: { id: this.session } });
    await this.read();
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
