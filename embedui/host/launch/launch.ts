import type { Launch } from '../types';

/** The address at which people join over the n-th address of the box. */
export function joinAt(launch: Launch, at: number): string {
  const base = launch.addresses[at]?.url;
  if (!base) return launch.join_url;
  const path = new URL(launch.join_url);
  return new URL(path.pathname + path.search, base).href;
}

/** Where the QR code for the n-th address of the box is drawn. */
export function qrAddress(launch: Launch, at: number): string {
  const url = new URL(launch.qr_svg_url, 'http://box');
  url.searchParams.set('url', String(at));
  return url.pathname + url.search;
}

/** An address as people read it out: without the scheme, and without the slash at its end. */
export function spoken(url: string): string {
  return url.replace(/^https?:\/\//, '').replace(/\/$/, '');
}
