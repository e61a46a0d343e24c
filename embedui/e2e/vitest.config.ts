import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The stories in a browser, against bin/harmonium. One file after another: they share two cores with a browser. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['*.story.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
