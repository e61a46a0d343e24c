import '../shared/styles/base.css';
import { mount } from 'svelte';
import { Messages } from '../shared/i18n/messages.svelte';
import App from './App.svelte';
import { makeMessages } from './i18n';

const messages = makeMessages();
await messages.use(Messages.preferred());
mount(App, { target: document.getElementById('app') as HTMLElement, props: { messages } });
