import '../shared/styles/base.css';
import './host.css';
import { mount } from 'svelte';
import { Messages } from '../shared/i18n/messages.svelte';
import App from './App.svelte';
import { Host } from './host.svelte';
import { makeMessages } from './i18n';
import { Router } from './router.svelte';

const messages = makeMessages();
await messages.use(Messages.preferred());
const host = new Host(messages, new Router(window));
void host.start();
mount(App, { target: document.getElementById('app') as HTMLElement, props: { host } });
