// Builds the widget's file, and beside it the parts that are loaded when they are needed, named by their content.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { minify } from 'terser';

const SOURCES = join(import.meta.dirname, 'src');
const TOKENS = join(import.meta.dirname, '../tokens.css');
const ASSETS = join(import.meta.dirname, '../../src/router/assets/widget');
const PARTS = [
  'texts/english',
  'texts/french',
  'parts/invitation',
  'parts/offline_form',
  'parts/rating',
  'parts/transcript',
];

/** What esbuild is told of every file. */
const COMMON = { bundle: true, minify: true, target: 'es2022', write: false, logLevel: 'warning', charset: 'utf8' };

/** A style sheet as a text, made small as a style sheet is; of the tokens those that are used. */
const stylesAsText = {
  name: 'styles as text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...COMMON, entryPoints: [path] });
      const text = outputFiles[0].text.trim();
      return { contents: path === TOKENS ? withoutUnused(text) : text, loader: 'text' };
    });
  },
};

/** Tokens that no style sheet of the widget refers to are the console's. */
function withoutUnused(tokens) {
  const styles = readdirSync(SOURCES, { recursive: true })
    .filter((name) => name.endsWith('.css'))
    .map((name) => readFileSync(join(SOURCES, name), 'utf8'))
    .join();
  return tokens.replaceAll(/(--[\w-]+):[^;{}]+;?/g, (declaration, name) =>
    styles.includes(`var(${name})`) ? declaration : '',
  );
}

/** One file out of many. Terser makes it 2 % smaller than esbuild alone: the budget of the widget is worth it. */
async function bundle(entry, options) {
  const entryPoints = [join(SOURCES, `${entry}.ts`)];
  const { outputFiles } = await build({ ...COMMON, entryPoints, plugins: [stylesAsText], ...options });
  const { code } = await minify(outputFiles[0].text, { ecma: 2020, module: true, compress: { passes: 3 } });
  return code;
}

rmSync(ASSETS, { recursive: true, force: true });
mkdirSync(ASSETS, { recursive: true });
const fingerprints = {};
for (const part of PARTS) {
  const name = basename(part);
  const text = await bundle(part, { format: 'esm' });
  fingerprints[name] = createHash('sha256').update(text).digest('hex').slice(0, 8);
  writeFileSync(join(ASSETS, `${name}-${fingerprints[name]}.js`), text);
}
const define = { FINGERPRINTS: JSON.stringify(fingerprints) };
writeFileSync(join(ASSETS, 'widget.js'), await bundle('index', { format: 'iife', define }));
