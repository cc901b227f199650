// Builds the widget's file, and beside it the parts that are loaded when they are needed, named by their content.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { minify } from 'terser';
import ownNames from './own_names.json' with { type: 'json' };

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

/** Without the `q` of stubs, which is not ours. */
const LETTERS = 'etnioarslcdupmhfgvbywkxjzETNIOARSLCDUPMHFGVBYWKXJZ_$';
/** Members that nobody but the widget names have a letter for their name, the same in the widget and its parts. */
const SHORT = {
  mangleProps: new RegExp(`^(${ownNames.join('|')})$`),
  mangleCache: Object.fromEntries(ownNames.map((name, index) => [name, LETTERS[index]])),
};

/** The tokens that are fixed: what is declared once, and what no template colours. */
const fixed = new Map();
for (const [, name, value] of readFileSync(TOKENS, 'utf8').matchAll(/(--[\w-]+):\s*([^;{}]+);/g)) {
  fixed.set(name, fixed.has(name) || name.endsWith('accent') ? undefined : value);
}

/** A style sheet as a text, made small as a style sheet is. */
const stylesAsText = {
  name: 'styles as text',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const stdin = { contents: path === TOKENS ? withoutFixed(text) : withFixed(text), loader: 'css' };
      const { outputFiles } = await build({ ...COMMON, stdin });
      return { contents: outputFiles[0].text.trim(), loader: 'text' };
    });
  },
};

/** The values of fixed tokens are shorter than their names. */
function withFixed(text) {
  return text.replaceAll(/var\((--[\w-]+)\)/g, (reference, name) => fixed.get(name) ?? reference);
}

function withoutFixed(tokens) {
  return tokens.replaceAll(/(--[\w-]+):[^;{}]+;/g, (declaration, name) => (fixed.get(name) ? '' : declaration));
}

/** One file out of many. Terser makes it 2 % smaller than esbuild alone: the budget of the widget is worth it. */
async function bundle(entry, options) {
  const entryPoints = [join(SOURCES, `${entry}.ts`)];
  const { outputFiles } = await build({ ...COMMON, ...SHORT, entryPoints, plugins: [stylesAsText], ...options });
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
