import type { Host } from '../host.svelte';

/** Why a version was saved, in the language of the page where the box has said it, else as somebody wrote it. */
export function asked(reason: string, t: Host['t']): string {
  const restored = /^restored version (\d+)$/.exec(reason);
  if (restored) return t('reason.restored', { version: restored[1] ?? '' });
  const template = /^from the template “(.*)”$/s.exec(reason);
  if (template) return t('reason.template', { title: template[1] ?? '' });
  switch (reason) {
    case 'drafted from the brief':
      return t('reason.drafted');
    case 'edited':
      return t('reason.edited');
    case 'copied with the session':
      return t('reason.copied');
  }
  return reason;
}
