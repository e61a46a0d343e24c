/** Samples a second of every recording. */
export const rate = 16_000;

/** A WAV file of pieces of sound (16 kHz, one channel, 16 bits). */
export function wavOf(pieces: readonly Int16Array[]): Blob {
  const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const head = new DataView(new ArrayBuffer(44));
  const text = (at: number, letters: string) => [...letters].forEach((c, i) => head.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF');
  head.setUint32(4, 36 + bytes, true);
  text(8, 'WAVEfmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, 2 * rate, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, 'data');
  head.setUint32(40, bytes, true);
  // Every device that runs a browser today stores the low byte first, as WAV does.
  return new Blob([head.buffer, ...(pieces as Int16Array<ArrayBuffer>[])], { type: 'application/octet-stream' });
}
