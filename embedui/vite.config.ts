import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Puts scripts/no-hydration.js in the place of Svelte's module; what it is for stands there. */
const withoutHydration: Plugin = {
  name: 'without-hydration',
  apply: 'build',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source.endsWith('/hydration.js') && importer?.includes('/svelte/src/internal/client/')
      ? `${root}/scripts/no-hydration.js`
      : undefined,
};

/**
 * One configuration for both apps: `APP` names the one to build. Every asset is a file of its own with a hash in
 * its name under /assets/APP/, so that the server may let browsers keep it for ever; the content security policy
 * allows no inline script or style, so nothing is ever put into the page.
 */
export default defineConfig(() => {
  const app = process.env.APP ?? 'participant';
  return {
    root: process.env.VITEST ? root : `${root}/${app}`,
    base: '/',
    publicDir: false as const,
    plugins: [withoutHydration, svelte({ configFile: `${root}/svelte.config.js` })],
    resolve: {
      conditions: process.env.VITEST ? ['browser'] : undefined,
    },
    build: {
      outDir: `${root}/dist/${app}`,
      assetsDir: `assets/${app}`,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      sourcemap: false,
      target: ['chrome109', 'firefox115', 'safari16.4', 'ios16.4'],
      modulePreload: false as const,
      reportCompressedSize: false,
      rolldownOptions: { checks: { pluginTimings: false } },
    },
    test: { include: ['**/*.test.ts'], exclude: ['node_modules/**', 'dist/**'], environment: 'node' },
  };
});
