import type { Host } from '../host.svelte';
import type { Key } from '../i18n';
import type { PageName } from '../routes';

interface BoxPage {
  page: PageName;
  title: Key;
  /** For owners and administrators of the box only. */
  administers?: true;
}

/** The pages about the box, in the order in which they are shown: who is there, how it runs, what it keeps, what leaves it. */
const all: readonly BoxPage[] = [
  { page: 'people', title: 'people.title' },
  { page: 'organisation', title: 'organisation.title', administers: true },
  { page: 'health', title: 'shell.health' },
  { page: 'models', title: 'models.title' },
  { page: 'network', title: 'network.title', administers: true },
  { page: 'backups', title: 'backups.title', administers: true },
  { page: 'retention', title: 'retention.title', administers: true },
  { page: 'erase', title: 'erase.title' },
  { page: 'privacy', title: 'privacy.title', administers: true },
  { page: 'audit', title: 'audit.title', administers: true },
  { page: 'webhooks', title: 'webhooks.title', administers: true },
];

/** Whether a page is one about the box. */
export const aboutBox = (page: PageName | undefined): boolean => all.some((one) => one.page === page);

/** Those of them that an account can open. */
export const boxPages = (host: Host): readonly BoxPage[] => all.filter((one) => !one.administers || host.administers);
