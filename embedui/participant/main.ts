import '../shared/styles/base.css';
import { mount } from 'svelte';
import { Messages } from '../shared/i18n/messages.svelte';
import App from './App.svelte';
import { Device } from './device.svelte';
import { makeMessages } from './i18n';
import { Keys } from './keys';

const messages = makeMessages();
const [device] = await Promise.all([Device.open(), messages.use(Messages.preferred())]);
mount(App, {
  target: document.getElementById('app') as HTMLElement,
  props: { messages, device, keys: Keys.ofBrowser(), rehearsals: Keys.ofTab() },
});
