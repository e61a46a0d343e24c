import { Refusal } from '../../shared/api/errors';
import { Live } from '../../shared/live';
import type { Host } from '../host.svelte';
import type { SessionModel } from '../session/session.svelte';
import type { Job, Report } from '../types';

/** Work that gives nothing to the results. */
const elsewhere: readonly Job['kind'][] = ['scrub', 'rehearse', 'insights'];

type Shown = Pick<Report, 'version'> & { counts: Pick<Report['counts'], 'claims'> };

/**
 * Whether a report that has come is offered beside the one on screen, rather than shown at once: nobody's page is changed
 * under their eyes. A report in which nobody has said anything yet, as after a rehearsal, is nothing to be kept.
 */
export function isOffered(onScreen: Shown | null | undefined, come: Shown | null): boolean {
  return Boolean(onScreen && onScreen.counts.claims > 0 && come && come.version !== onScreen.version);
}

/** The report of a session and the work on it. */
export class Results {
  /** Null when there is none yet, undefined until the box has said. */
  report = $state.raw<Report | null>();
  /** A report that is newer than the one on screen, which stays until the reader wants the other. */
  newer = $state.raw<Report | null>(null);
  jobs = $state.raw<Job[]>([]);
  error = $state.raw<unknown>(null);
  readonly #host: Pick<Host, 'api'>;
  readonly #model: Pick<SessionModel, 'id' | 'value'>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #answered = 0;

  /** What is being done, or waits to be done. */
  readonly working = $derived(this.jobs.filter((j) => !elsewhere.includes(j.kind) && (j.state === 'queued' || j.state === 'running')));
  readonly failed = $derived(this.jobs.filter((j) => !elsewhere.includes(j.kind) && j.state === 'failed'));

  /** Whether somebody has stopped the model and nobody has asked for results since. The newest job comes first. */
  readonly stopped = $derived(this.jobs.find((j) => j.kind === 'read')?.state === 'cancelled');

  constructor(host: Pick<Host, 'api'>, model: Pick<SessionModel, 'id' | 'value'>) {
    this.#host = host;
    this.#model = model;
  }

  /** Begins to follow the work on the results; gives the way to stop. */
  follow(): () => void {
    const live = new Live({
      path: `/api/v1/sessions/${encodeURIComponent(this.#model.id)}/live`,
      event: ({ type }) => {
        if (type === 'report.ready' || type === 'job.changed' || type === 'conversation.finished') this.#soon();
      },
      reload: () => this.#soon(),
    });
    // What happens in conversations is told to who sees those; for others the page is as it was when it was opened.
    if (this.#model.value?.tabs.includes('responses')) live.start();
    void this.read();
    return () => {
      clearTimeout(this.#timer);
      live.stop();
    };
  }

  /** Asks how things stand. What an earlier question brings after a later one has been answered is out of date. */
  read = async (): Promise<void> => {
    const path = { id: this.#model.id };
    const question = ++this.#asked;
    try {
      const [report, jobs] = await Promise.all([this.#report(), this.#host.api.get('/sessions/{id}/jobs', { path })]);
      if (question < this.#answered) return;
      this.#answered = question;
      this.jobs = (jobs as { data: Job[] }).data;
      this.error = null;
      if (isOffered(this.report, report)) this.newer = report;
      else this.report = report;
    } catch (error) {
      this.error = error;
    }
  };

  showNewer(): void {
    if (this.newer) this.report = this.newer;
    this.newer = null;
  }

  async makeAnew(): Promise<void> {
    await this.#host.api.post('/sessions/{id}/report', undefined, { path: { id: this.#model.id } });
    await this.read();
  }

  async stop(job: string): Promise<void> {
    await this.#host.api.post('/sessions/{id}/jobs/{job}/stop', undefined, { path: { id: this.#model.id, job } });
    await this.read();
  }

  async #report(): Promise<Report | null> {
    try {
      return await this.#host.api.get('/sessions/{id}/report', { path: { id: this.#model.id } });
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) return null;
      throw error;
    }
  }

  #soon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.read();
    }, 600);
  }
}
