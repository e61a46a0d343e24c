import type { Network } from '../types';

/** The three ways to reach a box, the best first: the organisation's certificate, the own authority, plain HTTP. */
export const ways = ['files', 'self', 'plain'] as const;
export type Way = (typeof ways)[number];

/** The way that is chosen. Plain HTTP is one for participants; hosts keep the certificate that there is. */
export function wayOf(network: Network): Way {
  if (network.choice.plain_join && network.plain_port) return 'plain';
  return network.choice.certificate === 'files' ? 'files' : 'self';
}

/** What is sent for a way. */
export function choiceOf(way: Way, network: Network): Network['choice'] {
  if (way !== 'plain') return { certificate: way, plain_join: false };
  const certificate = network.choice.certificate === 'files' && network.files.usable ? 'files' : 'self';
  return { certificate, plain_join: true };
}

/** A fingerprint in rows of eight bytes. */
export function rowsOf(fingerprint: string): string[] {
  const bytes = fingerprint.split(':');
  const rows: string[] = [];
  for (let i = 0; i < bytes.length; i += 8) rows.push(bytes.slice(i, i + 8).join(':'));
  return rows;
}

/** The kinds of devices that the install page speaks to. */
export const platforms = ['ios', 'android', 'windows', 'mac', 'linux'] as const;
export type Platform = (typeof platforms)[number];

/** The kind of device that a browser runs on, as far as it says. */
export function platformOf(userAgent: string): Platform {
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'ios';
  if (/Android/.test(userAgent)) return 'android';
  if (/Windows/.test(userAgent)) return 'windows';
  if (/Mac OS X|Macintosh/.test(userAgent)) return 'mac';
  return 'linux';
}

/** How many steps each kind of device needs, and which file. */
export const steps: Record<Platform, { count: number; file: string }> = {
  ios: { count: 4, file: 'harmonium.mobileconfig' },
  android: { count: 3, file: 'harmonium.crt' },
  windows: { count: 4, file: 'harmonium.crt' },
  mac: { count: 3, file: 'harmonium.crt' },
  linux: { count: 3, file: 'harmonium.pem' },
};
