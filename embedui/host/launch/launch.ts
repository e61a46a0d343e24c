import type { Launch } from '../types';

/** The address at which people join over the n-th address of the box. */
export function joinAt(launch: Launch, at: number): string {
  const base = launch.addresses[at]?.url;
  if (!base) return launch.join_url;
  const path = new URL(launch.join_url);
  return new URL(path.pathname + path.search, base).href;
}

/** The address at which the short code is typed, over the n-th address of the box. */
export function joinCodeAt(launch: Launch, at: number): string {
  const base = launch.addresses[at]?.url;
  return base ? new URL(new URL(launch.code_url).pathname, base).href : launch.code_url;
}

/** Where the QR code for the n-th address of the box is drawn. */
export function qrAddress(launch: Launch, at: number): string {
  const url = new URL(launch.qr_svg_url, 'http://box');
  url.searchParams.delete('url');
  const base = launch.addresses[at]?.url;
  if (base) url.searchParams.set('at', base); // not its number: addresses change while the box runs
  return url.pathname + url.search;
}

/**
 * An address as people read it out: without the slash at its end, and without the scheme where browsers find the way by
 * themselves: from port 80 the box leads to HTTPS, from an unusual port nothing does.
 */
export function spoken(url: string): string {
  return url.replace(/^http:\/\//, '').replace(/^https:\/\/(?![^/]*:\d+(\/|$))/, '').replace(/\/$/, '');
}
