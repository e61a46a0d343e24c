import { address, NoAnswer } from '../../shared/api/client';
import { refusal } from '../../shared/api/errors';

/** What is to be exported, as the box is asked for it. */
export interface Wanted {
  format: string;
  table?: string;
  names?: boolean;
  conversations?: boolean;
}

/** The name of a file that an answer gives, `fallback` where it gives none. */
export function nameOf(disposition: string | null, fallback: string): string {
  const coded = /filename\*=utf-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  try {
    if (coded) return decodeURIComponent(coded);
  } catch {
    return fallback;
  }
  return /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1] ?? fallback;
}

/** What is exported: a session, or all of a project. */
export interface Exported {
  name: '/sessions/{id}/export' | '/projects/{id}/export';
  id: string;
}

/** Fetches an export whole, and has the browser save it only then, so that a refusal can be told in words. */
export async function download({ name: path, id }: Exported, wanted: Wanted): Promise<string> {
  let response: Response;
  let file: Blob;
  try {
    response = await fetch(address(path, { path: { id }, query: { ...wanted } }), {
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
    });
    if (!response.ok) throw await refusal(response);
    file = await response.blob();
  } catch (error) {
    if (error instanceof TypeError) throw new NoAnswer(navigator.onLine === false ? 'offline' : 'unreachable', { cause: error });
    throw error;
  }
  const name = nameOf(response.headers.get('Content-Disposition'), `export.${wanted.format}`);
  saveFile(file, name);
  return name;
}

/** Has the browser save a file. */
export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
