import { expect, test } from 'vitest';
import type { Launch } from '../types';
import { joinAt, qrAddress, spoken } from './launch';

const launch: Launch = {
  join_url: 'http://192.168.1.20:8080/chat?s=hst_1',
  code: 'ABC234',
  code_url: 'http://192.168.1.20:8080/join',
  addresses: [
    { url: 'http://192.168.1.20:8080', reachable_from_phones: true, warns: false },
    { url: 'https://harmonium.local', reachable_from_phones: true, warns: false },
  ],
  qr_svg_url: '/api/v1/sessions/hst_1/qr.svg',
};

test('the link and the QR code follow the address that is chosen', () => {
  expect(joinAt(launch, 1)).toBe('https://harmonium.local/chat?s=hst_1');
  expect(qrAddress(launch, 1)).toBe('/api/v1/sessions/hst_1/qr.svg?at=https%3A%2F%2Fharmonium.local');
});

test('an address that is not there any more gives the first', () => {
  expect(joinAt({ ...launch, addresses: [] }, 3)).toBe(launch.join_url);
});

test('a QR address with a host stays on the address of the page', () => {
  expect(qrAddress({ ...launch, qr_svg_url: 'http://192.168.1.20:8080/api/v1/sessions/hst_1/qr.svg?url=0' }, 0)).toBe(
    '/api/v1/sessions/hst_1/qr.svg?at=http%3A%2F%2F192.168.1.20%3A8080',
  );
});

test('an address is read out without what nobody says', () => {
  expect(spoken('https://harmonium.local/')).toBe('harmonium.local');
  expect(spoken('http://192.168.1.20:8080/join')).toBe('192.168.1.20:8080/join');
  expect(spoken('https://192.168.1.20/join')).toBe('192.168.1.20/join');
  expect(spoken('https://192.168.1.20:8443/join')).toBe('https://192.168.1.20:8443/join');
  expect(spoken('https://[fd00::1]/')).toBe('[fd00::1]');
});
