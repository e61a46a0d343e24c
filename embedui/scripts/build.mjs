// Builds the apps named on the command line (both, when none is) and lays a .gz beside every text asset, so
// that the server never compresses anything while people wait. Scripts, styles and pages are kept in that form alone. No .br:
// browsers take it by HTTPS only, and it would save a sixth of a page at half a megabyte of program.
// dist/licences.txt holds the licences of what is built in from elsewhere, dist/components.json what that is,
// dist/APP.manifest.json which files belong together. Every app brings the same fonts: dist/fonts holds them once.
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'vite';
import { makeHelp } from './help.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const builtIn = [
  'svelte/LICENSE.md',
  'clsx/license',
  '@lucide/svelte/LICENSE',
  '@fontsource-variable/source-sans-3/LICENSE',
  '@fontsource-variable/source-serif-4/LICENSE',
  '@fontsource-variable/noto-sans-arabic/LICENSE',
  '@fontsource-variable/noto-naskh-arabic/LICENSE',
];
const text = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt']);
// The program is a megabyte smaller without them, and there is no browser that needs them.
const packedOnly = new Set(['.js', '.css', '.html']);

async function compress(file) {
  const plain = await readFile(file);
  await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: 9 }));
  if (packedOnly.has(extname(file))) await rm(file);
}

/** Moves an app's fonts to where all apps' fonts are. */
async function share(out) {
  const fonts = join(out, 'assets', 'fonts');
  await cp(fonts, join(root, 'dist', 'fonts', 'assets', 'fonts'), { recursive: true });
  await rm(fonts, { recursive: true });
}

const named = process.argv.slice(2);
if (named.length === 0) await rm(join(root, 'dist', 'fonts'), { recursive: true, force: true });
for (const app of named.length > 0 ? named : ['host', 'participant', 'help']) {
  process.env.APP = app;
  await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
  const out = join(root, 'dist', app);
  await rename(join(out, 'manifest.json'), `${out}.manifest.json`);
  await share(out);
  if (app === 'help') await makeHelp(root);
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  await Promise.all(files.filter((f) => text.has(extname(f))).map(compress));
  console.log(`${app}: ${files.length} files in dist/${app}`);
}

const licences = await Promise.all(
  builtIn.map(async (path) => `${path.replace(/\/[^/]*$/, '')}\n\n${await readFile(join(root, 'node_modules', path), 'utf8')}`),
);
await writeFile(join(root, 'dist', 'licences.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));

const components = await Promise.all(
  builtIn.map(async (path) => {
    const { name, version, license } = JSON.parse(
      await readFile(join(root, 'node_modules', path.replace(/\/[^/]*$/, ''), 'package.json'), 'utf8'),
    );
    return { name, version, license };
  }),
);
await writeFile(join(root, 'dist', 'components.json'), `${JSON.stringify(components, null, 2)}\n`);
