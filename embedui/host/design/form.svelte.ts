import { moved } from '../../shared/ui/reorder';
import { characters } from '../../shared/text';
import { limits } from '../limits';
import type { FormField } from '../types';
import { Editable } from './editable.svelte';
import type { Flaw } from './guide.svelte';

export type FieldType = FormField['type'];

/** The question types, in the order in which they are offered. */
export const fieldTypes = [
  'Short field',
  'Long field',
  'Email',
  'Options',
  'Multiple',
  'Rating',
  'Number',
  'Date',
  'Consent',
] as const satisfies readonly FieldType[];

export const hasOptions = (type: FieldType) => type === 'Options' || type === 'Multiple';

export type EditedField = FormField & { key: string };

/** A question as the box takes it: one that is new has no id, one without choice no options. */
export type SentField = Omit<FormField, 'id' | 'options'> & { id?: string; options?: string[] };

/** The form of one session being edited. */
export class FormEditor extends Editable<{ fields: EditedField[] }> {
  #fresh = 0;

  constructor(fields: FormField[]) {
    super({ fields: keyed(fields) });
  }

  fields(): SentField[] {
    return this.plain().fields.map(({ id, type, text, required, options }) => ({
      ...(id && { id }),
      type,
      text: text.trim(),
      required,
      ...(hasOptions(type) && { options: options.map((o) => o.trim()).filter(Boolean) }),
    }));
  }

  add(type: FieldType): string {
    const key = `new-${this.#fresh++}`;
    const field = { key, id: '', type, text: '', required: false, options: hasOptions(type) ? ['', ''] : [] };
    this.change('', (form) => {
      form.fields.push(field);
    });
    return key;
  }

  /** Takes a question out. Gives the way to put it back, also after other edits. */
  remove(key: string): () => void {
    const { fields } = this.plain();
    const at = fields.findIndex((f) => f.key === key);
    const field = fields[at];
    this.change('', (form) => {
      form.fields = form.fields.filter((f) => f.key !== key);
    });
    return () => {
      if (!field || this.value.fields.some((f) => f.key === key)) return;
      this.change('', (form) => {
        form.fields.splice(at, 0, field);
      });
    };
  }

  move(from: number, to: number): void {
    this.change('', (form) => {
      form.fields = moved(form.fields, from, to);
    });
  }

  set<F extends keyof FormField>(key: string, name: F, value: FormField[F]): void {
    this.change(name === 'required' ? '' : `${key}.${name}`, (form) => {
      const field = form.fields.find((f) => f.key === key) as FormField | undefined;
      if (field) field[name] = value;
    });
  }

  /** Options stay when the type changes, so that a change back brings them back; they are sent only for a choice. */
  setType(key: string, type: FieldType): void {
    this.change('', (form) => {
      const field = form.fields.find((f) => f.key === key);
      if (!field) return;
      field.type = type;
      if (hasOptions(type) && field.options.length < 2) field.options = [...field.options, '', ''].slice(0, 2);
    });
  }

  /** Writes one option. Several lines at once, as pasted from a list, become several options. */
  setOption(key: string, index: number, text: string): void {
    const lines = text.split(/\r?\n/);
    this.change(lines.length > 1 ? '' : `${key}.options.${index}`, (form) => {
      const field = form.fields.find((f) => f.key === key);
      if (!field) return;
      const more = lines.filter((line, i) => i === 0 || line.trim() !== '');
      field.options = [...field.options.slice(0, index), ...more, ...field.options.slice(index + 1)].slice(0, limits.options);
    });
  }

  addOption(key: string, at: number): void {
    this.change('', (form) => {
      form.fields.find((f) => f.key === key)?.options.splice(at, 0, '');
    });
  }

  removeOption(key: string, index: number): void {
    this.change('', (form) => {
      form.fields.find((f) => f.key === key)?.options.splice(index, 1);
    });
  }

  moveOption(key: string, from: number, to: number): void {
    this.change('', (form) => {
      const field = form.fields.find((f) => f.key === key);
      if (field) field.options = moved(field.options, from, to);
    });
  }

  acceptFields(saved: FormField[], sent: { fields: EditedField[] }): void {
    const fields = keyed(saved);
    fields.forEach((field, i) => {
      const before = sent.fields[i];
      if (before?.id === '') field.key = before.key;
    });
    this.accept({ fields }, sent);
  }

  /** What is wrong before saving, by the path of the field as the box names it. */
  flaws(): Record<string, Flaw> {
    const found: Record<string, Flaw> = {};
    this.value.fields.forEach((field, i) => {
      const at = `fields[${i}]`;
      if (field.text.trim() === '') found[`${at}.text`] = 'flaw.empty';
      else if (characters(field.text) > limits.fieldText) found[`${at}.text`] = 'flaw.long';
      if (!hasOptions(field.type)) return;
      const options = field.options.map((o) => o.trim());
      if (options.filter(Boolean).length < 2) found[`${at}.options`] = 'flaw.options';
      options.forEach((option, j) => {
        if (characters(option) > limits.option) found[`${at}.options[${j}]`] = 'flaw.long';
        else if (option !== '' && options.indexOf(option) < j) found[`${at}.options[${j}]`] = 'flaw.twice';
      });
    });
    return found;
  }
}

function keyed(fields: FormField[]): EditedField[] {
  return fields.map((field) => ({ ...field, options: [...field.options], key: field.id }));
}
