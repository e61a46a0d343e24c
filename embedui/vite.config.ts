import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

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
    plugins: [svelte({ configFile: `${root}/svelte.config.js` })],
    resolve: {
      alias: { '@shared': `${root}/shared` },
      conditions: process.env.VITEST ? ['browser'] : undefined,
    },
    build: {
      outDir: `${root}/dist/${app}`,
      assetsDir: `assets/${app}`,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      sourcemap: false,
      target: ['chrome109', 'firefox115', 'safari16.4'],
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
    test: { include: ['**/*.test.ts'], exclude: ['node_modules/**', 'dist/**'], environment: 'node' },
  };
});
