import { expect, test } from 'vitest';
import { boxMayDecode } from './look';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each(['RIFF\x00\x00\x00\x00WAVE', 'RF64\xff\xff\xff\xffWAVE', 'fLaC\x00\x00\x00\x22', 'ID3\x04\x00', '\xff\xfb\x90\x64', '\xff\xf3\x18\xc4'])(
  'a file that begins with %j may be decoded by the box',
  (head) => expect(boxMayDecode(bytes(head))).toBe(true),
);

test.each(['', 'RIFF\x00\x00\x00\x00AVI ', '\x89PNG\r\n\x1a\n', 'OggS', 'This is a letter.', '\xff\xf1\x50\x80', '\x00\x00\x00\x20ftypM4A '])(
  'one that begins with %j may not, and is not sent',
  (head) => expect(boxMayDecode(bytes(head))).toBe(false),
);
