/** What the page reads of the OpenAPI description of the box. */
export interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Operation {
  operationId: string;
  summary: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Media {
  schema?: Schema;
  example?: unknown;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  description?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  format?: string;
}

/** An operation with its place. */
export interface Entry extends Operation {
  method: string;
  path: string;
}

/** The operations by the first word of their path, those that hold every word of a search. */
export function entries(d: Description, search = ''): [tag: string, Entry[]][] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, Entry[]>();
  for (const [path, methods] of Object.entries(d.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const entry = { ...operation, method: method.toUpperCase(), path };
      const text = `${entry.method} ${path} ${operation.operationId} ${operation.summary}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      const tag = operation.tags?.[0] ?? '';
      groups.set(tag, [...(groups.get(tag) ?? []), entry]);
    }
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

/** One line of a schema: a part with its kind and what it means. */
export interface Line {
  path: string;
  kind: string;
  needed: boolean;
  about: string;
}

const deepest = 3;

/** The parts of a schema, one line each, as deep as is still read. */
export function outline(d: Description, schema: Schema | undefined, path = '', depth = 0): Line[] {
  const s = resolved(d, schema);
  const inner = resolved(d, s?.items) ?? s;
  if (!inner?.properties || depth >= deepest) return [];
  return Object.entries(inner.properties).flatMap(([name, part]) => {
    const at = path ? `${path}.${name}` : name;
    const below = resolved(d, part);
    const line = { path: at, kind: kind(d, part), needed: inner.required?.includes(name) ?? false, about: part.description ?? below?.description ?? '' };
    return [line, ...outline(d, part, below?.items ? `${at}[]` : at, depth + 1)];
  });
}

function resolved(d: Description, schema?: Schema): Schema | undefined {
  if (schema?.oneOf) return resolved(d, schema.oneOf.find((s) => s.type !== 'null'));
  return schema?.$ref ? d.components.schemas[schema.$ref.split('/').at(-1) ?? ''] : schema;
}

/** The kind of a value in a few words: its type, or its choices. */
export function kind(d: Description, schema: Schema | undefined): string {
  if (schema?.oneOf) return schema.oneOf.map((s) => kind(d, s)).join(' | ');
  const s = resolved(d, schema);
  if (s?.enum) return s.enum.join(' | ');
  const type = [s?.type ?? 'any'].flat().join(' | ');
  return s?.items ? `${kind(d, s.items)}[]` : (s?.format === 'date-time' ? type.replace('string', 'time') : type);
}

/** The example of what an operation takes, and of what it answers; undefined where there is none. */
export function examples(o: Operation): { sent?: unknown; answered?: unknown } {
  const good = Object.entries(o.responses).find(([status]) => status < '300')?.[1];
  return { sent: o.requestBody?.content['application/json']?.example, answered: good?.content?.['application/json']?.example };
}

/** The address of a request with the values that were filled in. */
export function address(e: Entry, values: Record<string, string>): string {
  const path = e.path.replace(/\{(\w+)\}/g, (hole, name: string) => (values[name] ? encodeURIComponent(values[name]) : hole));
  const query = new URLSearchParams();
  for (const p of e.parameters ?? []) {
    const value = values[p.name];
    if (p.in === 'query' && value) query.set(p.name, value);
  }
  return `/api/v1${path}${query.size > 0 ? `?${query}` : ''}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request as a line for a terminal. */
export function curl(e: Entry, origin: string, values: Record<string, string>, body: string): string {
  const parts = ['curl', '-X', e.method, quoted(origin + address(e, values)), '-H', quoted('Authorization: Bearer hm_live_…')];
  if (body) parts.push('-H', quoted('Content-Type: application/json'), '-d', quoted(body));
  return parts.join(' ');
}
