// Builds the console into the Python package, which serves it at /console/.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/console/',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: '../../src/router/assets/console',
    emptyOutDir: true,
    // The browsers that know `light-dark()` and `inert`: all since 2024.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // Everything stands in a file of its own: the content security policy allows no data.
    assetsInlineLimit: 0,
    // What is bundled goes with its licences.
    license: { fileName: 'licences.md' },
  },
});
