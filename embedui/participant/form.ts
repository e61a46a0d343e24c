import type { FormField, Welcome } from '../shared/api/types';
import { characters, tidy } from '../shared/text';

/** What can be wrong with an answer; each has its sentence in the catalogue as `form.problem.…`. */
export type Problem = 'answer' | 'tick' | 'long' | 'line' | 'email' | 'number' | 'date';

/** Limits of answers in characters, as the box holds them. */
export const limits = { name: 100, short: 500, long: 4_000, email: 254, number: 30 } as const;

/** The limit of a field that people write in; none for the others. */
export function limitOf({ id, type }: FormField): number | undefined {
  const of: Partial<Record<FormField['type'], number>> = {
    'Short field': limits.short,
    'Long field': limits.long,
    Email: limits.email,
    Number: limits.number,
  };
  return id === 'name' ? limits.name : of[type];
}

/**
 * What a form asks: name and e-mail address, then the host's questions. An anonymous form asks for neither; one that
 * has a question for an address does not ask for it twice, and who has logged in has a name.
 */
export function fieldsOf(form: Pick<Welcome, 'anonymous' | 'fields' | 'account_name'>, label: (id: 'name' | 'email') => string): FormField[] {
  const own = (id: 'name' | 'email', type: FormField['type']) => ({ id, type, text: label(id), required: false, options: [] });
  const asked = form.fields.some((field) => field.type === 'Email');
  return [...(form.anonymous ? [] : [...(form.account_name ? [] : [own('name', 'Short field')]), ...(asked ? [] : [own('email', 'Email')])]), ...form.fields];
}

/** Answers as the box takes them: tidied, trimmed, a number with a point, nothing where nothing was given. */
export function given(field: FormField, values: readonly string[]): string[] {
  if (field.type === 'Consent') return values[0] === 'true' ? ['true'] : [];
  const tidied = values.map((v) => tidy(v).trim()).filter((v) => v !== '');
  return field.type === 'Number' ? tidied.map(plainNumber) : tidied;
}

/** What is wrong with the answer to a field, or null. The same rules as on the box, so that it has nothing to add. */
export function problemOf(field: FormField, values: readonly string[]): Problem | null {
  const [first] = given(field, values);
  if (first === undefined) {
    if (!field.required) return null;
    return field.type === 'Consent' ? 'tick' : 'answer';
  }
  const limit = limitOf(field);
  if (limit !== undefined && characters(first) > limit) return 'long';
  switch (field.type) {
    case 'Email':
      return /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/.test(first) ? null : 'email';
    case 'Number':
      return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(first) ? null : 'number';
    case 'Date':
      return isDate(first) ? null : 'date';
    case 'Short field':
      return first.includes('\n') ? 'line' : null;
    default:
      return null;
  }
}

/** A number as people write it, with a decimal comma or spaces between the digits, as programs do. */
function plainNumber(text: string): string {
  return text.replace(/(?<=\d)[\s\u00a0\u202f](?=\d)/g, '').replace(/^([+-]?\d*),(\d+)$/, '$1.$2');
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
