/** A length of time in words, such as "12 min 35 sec". */
export function inWords(seconds: number, language: string): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ];
  const said = parts.filter(([value]) => value > 0);
  return (said.length > 0 ? said : parts.slice(2)).map(([value, unit]) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value)).join(' ');
}
