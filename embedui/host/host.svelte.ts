import { createContext } from 'svelte';
import { Client } from '../shared/api/client';
import { Live } from '../shared/live';
import { complete, type CompleteLanguage } from '../shared/i18n/languages';
import { Toasts } from '../shared/ui/toasts.svelte';
import type { AppMessages } from './i18n';
import type { Router } from './router.svelte';
import { href } from './routes';
import { SessionModel } from './session/session.svelte';
import type { Me } from './types';
import { called, words } from './words';

/** Addresses whose 401 speaks of a password that was typed, not of the log-in. */
const aboutPasswords = new Set(['/login', '/setup', '/links/look', '/links/accept', '/me/password', '/logout-everywhere']);

/** `const { t, api, router, toasts } = useHost()` in any component of this app. */
export const [useHost, provideHost] = createContext<Host>();

/** What all pages share: who is logged in, the interface of the box, the address bar, texts and notices. */
export class Host {
  /** Who is logged in; null for nobody, undefined until the box has said. */
  me = $state.raw<Me | null>();
  /** Why the box could not even be asked that. */
  error = $state.raw<unknown>(null);
  /** Whether the palette that finds everything is open. */
  finding = $state(false);
  /** The log-in has ended while somebody works: asks for it again without leaving the page. */
  renewal = $state.raw<{ end: (renewed: boolean) => void } | null>(null);

  readonly api: Client;
  readonly toasts = new Toasts();
  readonly t: AppMessages['t'];
  /** What a person is called on these pages. */
  readonly called = (name: string): string => called(name, this);
  /** Whether results show the names that participants gave, where the box tells them: asked for, for as long as this page is open. */
  names = $state(false);
  /** What the participant of a conversation is called in results: a number, unless names are asked for. */
  readonly person = (of: { number: number; participant_name: string }): string =>
    called(this.names || of.number <= 0 ? of.participant_name : `Participant ${of.number}`, this);
  #renewing: Promise<boolean> | null = null;
  #session: SessionModel | null = null;
  #rights: Live | null = null;
  /** Counts how often the box has said that what this account may do or see may be another now. */
  rights = $state(0);

  constructor(
    readonly messages: AppMessages,
    readonly router: Router,
  ) {
    this.t = messages.t;
    this.api = new Client({ renew: (path) => this.#renew(path) });
  }

  /** Asks who is logged in, and leads to set-up or log-in where nobody is. */
  async start(): Promise<void> {
    this.error = null;
    const page = this.router.route?.page;
    if (page === 'setup' || page === 'certificate' || page === 'accept') {
      this.me = null;
      return;
    }
    try {
      await this.#enter(await this.api.get('/me'));
    } catch (error) {
      if ((error as { status?: number }).status !== 401) {
        this.error = error;
        return;
      }
      this.me = null;
      if (page !== 'login') this.#askToLogIn();
    }
  }

  /** After a log-in: who it is, in their language. */
  async entered(): Promise<void> {
    await this.#enter(await this.api.get('/me'));
  }

  /** Forgets who was logged in and shows the log-in. */
  left(): void {
    this.me = null;
    this.#rights?.stop();
    this.#session = null;
    this.router.go(href('login'), { replace: true });
  }

  /** Whether this account may start sessions and projects of its own. */
  get mayCreate(): boolean {
    return this.me !== null && this.me !== undefined && this.me.role !== 'viewer';
  }

  /** Whether this account looks after the box. */
  get administers(): boolean {
    return this.me?.role === 'owner' || this.me?.role === 'admin';
  }

  /** The session that the pages about it share. Only the last one is kept. */
  session(id: string): SessionModel {
    if (this.#session?.id !== id) this.#session = new SessionModel(this, id);
    return this.#session;
  }

  /** The words for an error. */
  words = (error: unknown): string => words(error, this.messages);

  /** Says in a notice why something was not done. */
  failed = (error: unknown): void => {
    this.toasts.show(this.words(error));
  };

  async #enter(me: Me): Promise<void> {
    this.me = me;
    this.#follow();
    const language = complete.find((code: CompleteLanguage) => code === me.language);
    if (language && language !== this.messages.language) await this.messages.choose(language);
  }

  /** Follows what the account may do; pages that are open read their state anew when it may have changed. */
  #follow(): void {
    this.#rights?.stop();
    this.#rights = new Live({
      path: '/api/v1/me/live',
      event: (event) => {
        if (event.type === 'rights.changed') void this.#reread();
      },
      reload: () => undefined,
      // The log-in has ended, or the account is deactivated: the next question says so, and asks to log in again.
      state: (state) => {
        if (state === 'refused') void this.#reread();
      },
    });
    this.#rights.start();
  }

  async #reread(): Promise<void> {
    try {
      this.me = await this.api.get('/me');
      await this.#session?.load();
      this.rights++;
    } catch {
      // Whatever the page does next says what is wrong.
    }
  }

  #askToLogIn(): void {
    const { pathname, search, hash } = this.router.url;
    const to = pathname + search + hash;
    this.router.go(href('login', '', { to: to === '/' ? null : to }), { replace: true });
  }

  #renew(path: string): Promise<boolean> {
    if (!this.me || aboutPasswords.has(path)) return Promise.resolve(false);
    this.#renewing ??= new Promise<boolean>((resolve) => {
      this.renewal = {
        end: (renewed) => {
          this.renewal = null;
          this.#renewing = null;
          resolve(renewed);
        },
      };
    });
    return this.#renewing;
  }
}
