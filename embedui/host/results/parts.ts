import type { ResultTab } from '../routes';
import type { Session } from '../types';

export type Tab = Session['tabs'][number];

/** The part of the results that the box knows a page by: ideas of others show who has said what, as the conversations do. */
export const partOf = (tab: ResultTab): Tab => (tab === 'results' ? 'summary' : tab === 'ideas' ? 'responses' : tab);

/** Whether this account sees a page of the results of a session. */
export const sees = (session: Session, tab: ResultTab): boolean => session.tabs.includes(partOf(tab));

/** The parts that can be shown to people who are no members of a session: the others show single people. */
export const shareable: readonly Tab[] = ['summary', 'themes', 'responses'];
