import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { readFile } from 'node:fs/promises';
import { defineConfig } from 'vitest/config';
import { entriesOf } from './participant/i18n/parts.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** What is put in the place of a module of Svelte or Vite; what each is for stands in it. */
const replaced: [ending: string, script: string][] = [
  ['/hydration.js', 'no-hydration.js'],
  ['/custom-element.js', 'no-custom-element.js'],
  ['/boundary.js', 'no-boundary.js'],
];

const withoutUnused: Plugin = {
  name: 'without-unused',
  apply: 'build',
  enforce: 'pre',
  resolveId(source, importer) {
    if (source.endsWith('vite/preload-helper.js')) return `${root}/scripts/preload.js`;
    if (!importer?.includes('/svelte/src/internal/client/')) return undefined;
    const found = replaced.find(([ending]) => source.endsWith(ending));
    return found && `${root}/scripts/${found[1]}`;
  },
};

/**
 * Takes the texts of the participant's parts out of what is loaded at once: a part asks for its own by `?part=NAME`.
 * Tests read whole catalogues.
 */
const textsByPart: Plugin = {
  name: 'texts-by-part',
  enforce: 'pre',
  async load(id) {
    const [file, query] = id.split('?') as [string, string?];
    if (!/\/participant\/i18n\/\w+\.json$/.test(file)) return undefined;
    const part = new URLSearchParams(query).get('part');
    if (part === null && process.env.VITEST) return undefined;
    const entries = entriesOf(JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>, part);
    return { code: `export default ${JSON.stringify(entries)}`, moduleType: 'js' };
  },
};

/**
 * One configuration for both apps: `APP` names the one to build. Every asset is a file of its own with a hash in
 * its name under /assets/APP/, so that the server may let browsers keep it for ever; the content security policy
 * allows no inline script or style, so nothing is ever put into the page. Fonts are the same for every app: they have
 * addresses of their own under /assets/fonts/, and scripts/build.mjs keeps one copy of them.
 */
export default defineConfig(() => {
  const app = process.env.APP ?? 'participant';
  return {
    root: process.env.VITEST ? root : `${root}/${app}`,
    base: '/',
    publicDir: false as const,
    plugins: [withoutUnused, textsByPart, svelte({ configFile: `${root}/svelte.config.js` })],
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
      manifest: 'manifest.json',
      reportCompressedSize: false,
      rolldownOptions: {
        checks: { pluginTimings: false },
        // What the page needs at once stays in one chunk: what a part shares with it would be taken out of it otherwise,
        // and everybody would load many small files, which compress less well.
        output: {
          codeSplitting: { groups: [{ name: 'start', tags: ['$initial' as const] }] },
          assetFileNames: ({ names }) => `assets/${names[0]?.endsWith('.woff2') ? 'fonts' : app}/[name]-[hash][extname]`,
        },
      },
    },
    test: { include: ['**/*.test.ts'], exclude: ['node_modules/**', 'dist/**'], environment: 'node' },
  };
});
