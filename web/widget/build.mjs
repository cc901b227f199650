// Builds the widget's file, and beside it the parts that are loaded when they are needed, named by their content.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const SOURCES = join(import.meta.dirname, 'src');
const ASSETS = join(import.meta.dirname, '../../src/router/assets/widget');
const TOKENS = join(import.meta.dirname, '../tokens.css');
const PARTS = ['offline_form', 'rating', 'transcript'];

/** What esbuild is told of every file. */
const COMMON = { bundle: true, minify: true, target: 'es2022', write: false, logLevel: 'warning', charset: 'utf8' };

async function bundle(entry, options) {
  const { outputFiles } = await build({
    ...COMMON,
    entryPoints: [join(SOURCES, entry)],
    plugins: [stylesAsText],
    ...options,
  });
  return outputFiles[0].text;
}

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

rmSync(ASSETS, { recursive: true, force: true });
mkdirSync(ASSETS, { recursive: true });
const files = {};
for (const part of PARTS) {
  const text = await bundle(`parts/${part}.ts`, { format: 'esm' });
  const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 10);
  files[part] = `widget/${part}-${fingerprint}.js`;
  writeFileSync(join(ASSETS, `${part}-${fingerprint}.js`), text);
}
const widget = await bundle('index.ts', {
  format: 'iife',
  define: { PART_FILES: JSON.stringify(files) },
});
writeFileSync(join(ASSETS, 'widget.js'), widget);
