/** One text of a catalogue: plain, or by the plural category of its parameter `count`. `{name}` is a parameter. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

/** All texts of one app in one language, by key. */
export type Catalogue = Record<string, Message>;

export type Parameters = Record<string, string | number>;

/**
 * Fills in one message. Numbers are written as the language writes them. A parameter that is not given stays
 * visible as `{name}`, so that the mistake is seen.
 */
export function render(message: Message, parameters: Parameters, language: string): string {
  let text: string;
  if (typeof message === 'string') {
    text = message;
  } else {
    const category = new Intl.PluralRules(language).select(Number(parameters.count));
    text = message[category] ?? message.other ?? '';
  }
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
  });
}

/** The parameters that a message names, sorted, each once; for the test that compares catalogues. */
export function parametersOf(message: Message): string[] {
  const texts = typeof message === 'string' ? [message] : Object.values(message);
  const names = texts.flatMap((t) => [...t.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? ''));
  if (typeof message !== 'string') names.push('count');
  return [...new Set(names)].sort();
}
