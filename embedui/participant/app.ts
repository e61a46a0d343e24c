import { createContext } from 'svelte';
import type { Device } from './device.svelte';
import type { Keys } from './keys';

/** What every page of this app may need: what the device keeps, and the way to another page. */
export interface ParticipantApp {
  keys: Keys;
  device: Device;
  /** Whether a host tries the session out. What opens the conversation is then kept for this tab alone. */
  readonly rehearsing: boolean;
  /** Goes to another address of this app; Back comes back. */
  go: (address: string) => void;
}

export const [useApp, provideApp] = createContext<ParticipantApp>();
