/**
 * QR codes (ISO/IEC 18004) of short texts, made on the device, so that the secret of a link is never sent anywhere to be
 * drawn. Byte mode, error correction M, versions 1 to 13: up to 331 bytes.
 */

/** Rows of modules; true is dark. Without the quiet zone of four modules that has to surround it. */
export type Code = boolean[][];

/** For each version from 1: codewords in all, error correction codewords a block, blocks. Level M, table 9 of the standard. */
const shapes: readonly (readonly [number, number, number])[] = [
  [26, 10, 1], [44, 16, 1], [70, 26, 1], [100, 18, 2], [134, 24, 2], [172, 16, 4], [196, 18, 4],
  [242, 22, 4], [292, 22, 5], [346, 26, 5], [404, 30, 5], [466, 22, 8], [532, 22, 9],
];

/** Thrown by `encode` when a text is too long for version 13. */
export class TooLong extends Error {}

/**
 * Makes the code of a text. The mask is always the first: a reader takes any, and choosing by the standard's penalties
 * only helps where the light is poor.
 */
export function encode(text: string): Code {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + shapes.findIndex((_, i) => bytes.length <= capacity(i + 1));
  if (version === 0) throw new TooLong(`${bytes.length} bytes`);
  return paint(interleave(dataWords(bytes, version), version), version);
}

/** The dark modules as the path of an SVG whose unit is one module, with the quiet zone left free. */
export function path(code: Code): string {
  let d = '';
  code.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (!dark || row[x - 1]) return;
      let run = 1;
      while (row[x + run]) run++;
      d += `M${x + 4} ${y + 4}h${run}v1h-${run}z`;
    }),
  );
  return d;
}

function shape(version: number): readonly [number, number, number] {
  return shapes[version - 1] as (typeof shapes)[number];
}

const dataLength = (version: number) => {
  const [total, ecc, blocks] = shape(version);
  return total - ecc * blocks;
};

const capacity = (version: number) => dataLength(version) - (version < 10 ? 2 : 3);

function dataWords(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const put = (value: number, width: number) => {
    for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  const room = dataLength(version) * 8;
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const b of bytes) put(b, 8);
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xfd) put(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, i) => parseInt(bits.slice(i * 8, i * 8 + 8).join(''), 2));
}

/** Adds error correction to each block and lays the blocks side by side, as bits. */
function interleave(words: number[], version: number): number[] {
  const [total, ecc, blocks] = shape(version);
  const short = Math.floor(total / blocks) - ecc;
  const long = total % blocks;
  const data: number[][] = [];
  for (let b = 0, at = 0; b < blocks; b++) {
    const size = short + (b >= blocks - long ? 1 : 0);
    data.push(words.slice(at, (at += size)));
  }
  const correction = data.map((block) => remainder(block, ecc));
  const out: number[] = [];
  for (let i = 0; i <= short; i++) for (const block of data) if (i < block.length) out.push(block[i] as number);
  for (let i = 0; i < ecc; i++) for (const block of correction) out.push(block[i] as number);
  return out.flatMap((word) => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (word >> i) & 1));
}

/** Multiplication in GF(2^8) modulo x^8+x^4+x^3+x^2+1. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

/** The Reed-Solomon remainder of a block. */
function remainder(block: number[], degree: number): number[] {
  let generator = [1];
  for (let i = 0, root = 1; i < degree; i++, root = multiply(root, 2)) {
    const next = [...generator, 0];
    generator.forEach((g, j) => (next[j + 1] = (next[j + 1] as number) ^ multiply(g, root)));
    generator = next;
  }
  const rest = Array<number>(degree).fill(0);
  for (const word of block) {
    const factor = word ^ (rest.shift() as number);
    rest.push(0);
    generator.slice(1).forEach((g, j) => (rest[j] = (rest[j] as number) ^ multiply(g, factor)));
  }
  return rest;
}

function paint(bits: number[], version: number): Code {
  const size = version * 4 + 17;
  const code: (boolean | undefined)[][] = Array.from({ length: size }, () => Array<boolean | undefined>(size));
  const set = (x: number, y: number, dark: boolean) => {
    const row = code[y];
    if (row && x >= 0 && x < size) row[x] = dark;
  };
  patterns(version, size, set, (x, y) => code[y]?.[x] !== undefined);
  information(version, size, set);

  let next = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (code[y]?.[x] !== undefined) continue;
        set(x, y, (bits[next++] === 1) !== ((x + y) % 2 === 0));
      }
    }
  }
  return code as Code;
}

/** Finders, timing and alignment patterns. */
function patterns(
  version: number,
  size: number,
  set: (x: number, y: number, dark: boolean) => void,
  taken: (x: number, y: number) => boolean,
): void {
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  if (version > 1) {
    const last = size - 7;
    const places = version < 7 ? [6, last] : [6, (6 + last) / 2, last];
    for (const cy of places) {
      for (const cx of places) {
        if (taken(cx, cy)) continue;
        for (let dy = -2; dy <= 2; dy++) {
          for (let dx = -2; dx <= 2; dx++) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
        }
      }
    }
  }
  for (let i = 8; i < size - 8; i++) {
    set(i, 6, i % 2 === 0);
    set(6, i, i % 2 === 0);
  }
}

/** Format and version information, each twice, with its check bits. Level M and the first mask are all zeros. */
function information(version: number, size: number, set: (x: number, y: number, dark: boolean) => void): void {
  const format = 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = ((format >> i) & 1) === 1;
    set(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, dark);
    set(i < 8 ? size - 1 - i : i < 9 ? 7 : 14 - i, 8, dark);
  }
  set(8, size - 8, true);
  if (version < 7) return;
  const name = (version << 12) | check(version, 12, 0x1f25);
  for (let i = 0; i < 18; i++) {
    const dark = ((name >> i) & 1) === 1;
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    set(a, b, dark);
    set(b, a, dark);
  }
}

/** The remainder of value · x^width by a generator polynomial. */
function check(value: number, width: number, generator: number): number {
  let rest = value;
  for (let i = 0; i < width; i++) rest = (rest << 1) ^ ((rest >> (width - 1)) * generator);
  return rest;
}
