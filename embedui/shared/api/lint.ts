import { createConfig, lintFromString } from '@redocly/openapi-core';

/** What a linter finds in a description of the interface, by every rule for descriptions that can hold here. */
export async function lint(source: string): Promise<string[]> {
  const config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      'array-parameter-serialization': 'error',
      'no-duplicated-tag-names': 'error',
      'no-http-verbs-in-paths': 'error',
      'no-invalid-media-type-examples': 'error',
      'no-invalid-parameter-examples': 'error',
      'no-invalid-schema-examples': 'error',
      'no-path-trailing-slash': 'error',
      'operation-4xx-response': 'error',
      'operation-singular-tag': 'error',
      'operation-tag-defined': 'error',
      'paths-kebab-case': 'error',
      'tag-description': 'error',
      'tags-alphabetical': 'error',
    },
  });
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map((p) => `${p.ruleId} at ${p.location.map((l) => l.pointer).join()}: ${p.message}`);
}
