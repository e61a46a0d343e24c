import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = css.split('prefers-color-scheme: dark');

function colour(scheme: string, name: string): number[] {
  const hex = scheme.match(new RegExp(`--${name}: #([0-9a-f]{6});`))?.[1];
  if (!hex) throw new Error(`no colour ${name}`);
  return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function contrast(scheme: string, one: string, other: string): number {
  const luminance = (name: string) => {
    const [r = 0, g = 0, b = 0] = colour(scheme, name).map((c) =>
      c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each([
  ['light', light],
  ['dark', dark],
])('contrast in the %s scheme', (_, scheme) => {
  test.each(['paper', 'surface', 'sunken'])('ink on %s is AAA', (ground) => {
    expect(contrast(scheme, 'ink', ground)).toBeGreaterThanOrEqual(7);
  });

  test.each([
    ['ink-soft', 'paper'],
    ['ink-soft', 'surface'],
    ['ink-soft', 'sunken'],
    ['accent', 'paper'],
    ['accent', 'surface'],
    ['accent', 'accent-soft'],
    ['accent-strong', 'paper'],
    ['on-accent', 'accent'],
    ['on-accent', 'accent-strong'],
    ['ink', 'accent-soft'],
    ['ink', 'brass-soft'],
    ['ink', 'danger-soft'],
    ['brass', 'paper'],
    ['brass', 'surface'],
    ['brass', 'brass-soft'],
    ['danger', 'paper'],
    ['danger', 'surface'],
    ['danger', 'danger-soft'],
    ['on-danger', 'danger'],
  ])('%s on %s is AA', (text, ground) => {
    expect(contrast(scheme, text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['paper', 'surface'])('edges of controls on %s are visible', (ground) => {
    expect(contrast(scheme, 'edge', ground)).toBeGreaterThanOrEqual(3);
  });
});
