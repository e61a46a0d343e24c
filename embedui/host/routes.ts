/** Every page of the host app and its address. `{id}` is one part of a path. */
const addresses = {
  home: '/',
  setup: '/setup',
  login: '/login',
  accept: '/accept',
  create: '/sessions/new',
  bring: '/sessions/import',
  session: '/sessions/{id}',
  design: '/sessions/{id}/design',
  rehearse: '/sessions/{id}/rehearse',
  launch: '/sessions/{id}/launch',
  projector: '/sessions/{id}/projector',
  live: '/sessions/{id}/live',
  results: '/sessions/{id}/results',
  themes: '/sessions/{id}/themes',
  responses: '/sessions/{id}/responses',
  insights: '/sessions/{id}/insights',
  companion: '/sessions/{id}/companion',
  ideas: '/sessions/{id}/ideas',
  files: '/sessions/{id}/files',
  export: '/sessions/{id}/export',
  new_meeting: '/meetings/new',
  record: '/meetings/{id}/record',
  meetings: '/meetings',
  meeting: '/meetings/{id}',
  conversation: '/conversations/{id}',
  conversation_companion: '/conversations/{id}/companion',
  projects: '/projects',
  project: '/projects/{id}',
  project_companion: '/projects/{id}/companion',
  everything: '/companion',
  templates: '/templates',
  account: '/account',
  reference: '/api',
  health: '/health',
  models: '/models',
  network: '/network',
  privacy: '/privacy',
  backups: '/backups',
  retention: '/retention',
  erase: '/erase',
  audit: '/audit',
  webhooks: '/webhooks',
  organisation: '/organisation',
  people: '/people',
  certificate: '/certificate',
} as const;

export type PageName = keyof typeof addresses;

/** The parts of the results of a session, each a page: the report has the address of the whole. */
export const resultTabs = ['results', 'themes', 'responses', 'insights', 'companion', 'ideas', 'files', 'export'] as const;
export type ResultTab = (typeof resultTabs)[number];

/** The part of the results that a page is; null for any other page. */
export const resultTabOf = (page?: PageName): ResultTab | null => resultTabs.find((tab) => tab === page) ?? null;

/** A page and the id in its address, "" where it has none. */
export interface Route {
  page: PageName;
  id: string;
}

const patterns = (Object.entries(addresses) as [PageName, string][]).map(([page, address]) => ({
  page,
  pattern: new RegExp(`^${address.replace('{id}', '([^/]+)')}/?$`),
}));

/** The page at a path, or null where there is none. The first address in the list that fits wins. */
export function match(path: string): Route | null {
  for (const { page, pattern } of patterns) {
    const found = pattern.exec(path);
    if (!found) continue;
    try {
      return { page, id: decodeURIComponent(found[1] ?? '') };
    } catch {
      return null;
    }
  }
  return null;
}

/** The address of a page. Query values that are empty, null or undefined are left out. */
export function href(page: PageName, id = '', query: Record<string, string | number | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const tail = search.size > 0 ? `?${search}` : '';
  return addresses[page].replace('{id}', encodeURIComponent(id)) + tail;
}

/** Whether a path is that of the participants' app, which is another page. */
export const takesPart = (path: string) => /^\/chat($|\?)/.test(path);

/**
 * The address to go on to after logging in, as it was asked for in `?to=`. Only an address of this app passes, and that of
 * a session that somebody with an account takes part in: a link made by somebody else must not lead away from the box.
 */
export function wanted(to: string | null, origin: string): string {
  if (!to?.startsWith('/')) return '/';
  let url: URL;
  try {
    url = new URL(to, origin);
  } catch {
    return '/';
  }
  if (url.origin === origin && takesPart(url.pathname)) return url.pathname + url.search;
  const route = url.origin === origin ? match(url.pathname) : null;
  if (!route || route.page === 'login' || route.page === 'setup' || route.page === 'accept') return '/';
  return url.pathname + url.search + url.hash;
}
