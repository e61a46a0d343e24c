import type { Plan } from './look';

/** A file that was chosen for a meeting, and how it is sent. */
export interface Chosen {
  file: File;
  plan: Plan;
}

let handed: (Chosen & { meeting: string }) | null = null;

/** Hands a file on to the page of the meeting that was made for it: browsers give a page no file by its name. */
export function hand(meeting: string, chosen: Chosen): void {
  handed = { meeting, ...chosen };
}

/** The file that was handed on for a meeting, once. */
export function handedFor(meeting: string): Chosen | null {
  const chosen = handed?.meeting === meeting ? handed : null;
  if (chosen) handed = null;
  return chosen;
}

/** Which file a meeting is made of, as far as this browser remembers: to know it again after a reload. */
export function remember(meeting: string, { name, size, lastModified }: File): void {
  try {
    localStorage.setItem(`harmonium.upload.${meeting}`, JSON.stringify({ name, size, lastModified }));
  } catch {
    return;
  }
}

export function remembered(meeting: string): { name: string; size: number; lastModified: number } | null {
  try {
    return JSON.parse(localStorage.getItem(`harmonium.upload.${meeting}`) ?? 'null');
  } catch {
    return null;
  }
}

export function forget(meeting: string): void {
  try {
    localStorage.removeItem(`harmonium.upload.${meeting}`);
  } catch {
    return;
  }
}
