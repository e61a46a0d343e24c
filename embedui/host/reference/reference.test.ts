import { describe, expect, test } from 'vitest';
import { address, curl, entries, kind, outline, type Description, type Entry } from './reference';

const description: Description = {
  paths: {
    '/wards/{id}': { get: { operationId: 'getWard', summary: 'One ward', tags: ['wards'], responses: {},
      parameters: [{ name: 'id', in: 'path' }, { name: 'q', in: 'query' }] } },
    '/beds': { post: { operationId: 'makeBed', summary: 'Make a bed', tags: ['beds'], responses: {} } },
  },
  components: { schemas: { Ward: { type: 'object', required: ['name'], properties: {
    name: { type: 'string', description: 'As it is called' }, beds: { type: 'array', items: { type: 'object', properties: { free: { type: 'boolean' } } } } } } } },
};
const ward = { ...description.paths['/wards/{id}']!.get, method: 'GET', path: '/wards/{id}' } as Entry;

describe('the reference of the interface', () => {
  test('lists operations by tag and finds them by words', () => {
    expect(entries(description).map(([tag]) => tag)).toEqual(['beds', 'wards']);
    expect(entries(description, 'one get').map(([, list]) => list.map((e) => e.operationId))).toEqual([['getWard']]);
  });

  test('tells the parts of a schema with their places', () => {
    expect(outline(description, { $ref: '#/components/schemas/Ward' })).toEqual([
      { path: 'name', kind: 'string', needed: true, about: 'As it is called' },
      { path: 'beds', kind: 'object[]', needed: false, about: '' },
      { path: 'beds[].free', kind: 'boolean', needed: false, about: '' },
    ]);
    expect(kind(description, { enum: ['a', 'b'] })).toBe('a | b');
  });

  test('puts values into the address and quotes them for a terminal', () => {
    expect(address(ward, { id: 'a/b', q: 'x y' })).toBe('/api/v1/wards/a%2Fb?q=x+y');
    expect(curl(ward, 'http://box', {}, `{"a":"it's"}`)).toContain(`-d '{"a":"it'\\''s"}'`);
  });
});
