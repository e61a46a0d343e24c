import { NoAnswer, refusal } from '../../shared/api/errors';

/** What is sent to restore an empty box. */
export interface Restore {
  token: string;
  passphrase: string;
  file: File;
  journal: File | null;
  anyway: boolean;
}

/** How much of a backup shows whether the passphrase opens it. */
export const lookBytes = 1 << 20;

/** The form that the box reads, in its order: the file comes last, since it is read as it comes. */
export function formOf({ token, passphrase, file, journal, anyway }: Restore, part: Blob = file): FormData {
  const form = new FormData();
  form.append('token', token);
  form.append('passphrase', passphrase);
  if (journal) form.append('deletions', journal);
  form.append('anyway', String(anyway));
  form.append('backup', part, file.name);
  return form;
}

/**
 * Sends a form and tells how much of it has gone, from 0 to 1. `fetch` cannot tell. Resolves with the JSON of the answer;
 * throws `Refusal` when the box said no, `NoAnswer` when nothing came back, the reason of the signal when it was given up.
 */
export function send<T>(path: string, form: FormData, signal: AbortSignal, sent: (share: number) => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1${path}`);
    request.upload.onprogress = (event) => sent(event.total > 0 ? event.loaded / event.total : 0);
    request.onload = async () => {
      if (request.status === 200) return resolve(JSON.parse(request.responseText) as T);
      const headers = { 'Content-Type': request.getResponseHeader('Content-Type') ?? '' };
      reject(await refusal(new Response(request.responseText, { status: request.status, headers })));
    };
    request.onerror = () => reject(new NoAnswer('unreachable'));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}
