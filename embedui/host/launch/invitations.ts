/** An invitation that was made just now, as it is printed. */
export interface Card {
  number: number;
  label: string;
  url: string;
}

/** The labels of a pasted list: one a line. A line of a table is read as CSV, its cells joined; empty lines are left out. */
export function labelsOf(text: string): string[] {
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) => cellsOf(line).filter((cell) => cell !== '').join(', '))
    .filter((label) => label !== '');
}

/** The cells of a line, between commas, semicolons or tabs: whichever it has first outside of quotation marks. */
function cellsOf(line: string): string[] {
  const cells: string[] = [''];
  const add = (letter: string) => (cells[cells.length - 1] += letter);
  let quoted = false;
  let separator = '';
  for (let i = 0; i < line.length; i++) {
    const letter = line[i] as string;
    if (letter === '"' && quoted && line[i + 1] === '"') {
      add('"');
      i++;
    } else if (letter === '"' && (quoted || cells[cells.length - 1]?.trim() === '')) quoted = !quoted;
    else if (!quoted && (separator ? letter === separator : /[,;\t]/.test(letter))) {
      separator = letter;
      cells.push('');
    } else add(letter);
  }
  return cells.map((cell) => cell.trim());
}

/** A link over another address of the box. */
export function over(link: string, base: string | undefined): string {
  if (!base) return link;
  const { pathname, search, hash } = new URL(link);
  return new URL(pathname + search + hash, base).href;
}

/** The cards by sheets of paper. */
export function sheetsOf<T>(cards: readonly T[], each: number): T[][] {
  return Array.from({ length: Math.ceil(cards.length / each) }, (_, i) => cards.slice(i * each, (i + 1) * each));
}

/** The links as a table (CSV, RFC 4180) that a spreadsheet opens and does not calculate with. */
export function tableOf(cards: readonly Card[]): string {
  const cell = (text: string) => `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const rows = cards.map(({ number, label, url }) => [String(number), cell(label), cell(url)].join(','));
  return `\ufeff${['number,label,link', ...rows].join('\r\n')}\r\n`;
}

/** Drawn cards as a page of its own, to be kept and printed later, without anything from elsewhere. */
export function pageOf(title: string, cards: HTMLElement, css: string): string {
  const plain = new Option(title).innerHTML; // as text, so that the title ends where it ends
  return `<!doctype html>
<html lang="${cards.lang}" dir="${cards.dir}">
<head><meta charset="utf-8"><title>${plain}</title><style>body { margin: 0; }\n${css}</style></head>
<body>${cards.outerHTML}</body>
</html>
`;
}

/** Has the browser save a text as a file. */
export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
