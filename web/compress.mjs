// Writes a gzip and a brotli variant beside every built file that gets smaller by it: the server only picks one.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ASSETS = join(import.meta.dirname, '../src/router/assets');

const COMPRESS = {
  '.gz': (content) => gzipSync(content, { level: 9 }),
  '.br': (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
};

for (const name of readdirSync(ASSETS, { recursive: true })) {
  const path = join(ASSETS, name);
  if (!statSync(path).isFile() || Object.keys(COMPRESS).some((ending) => name.endsWith(ending))) {
    continue;
  }
  const content = readFileSync(path);
  for (const [ending, compress] of Object.entries(COMPRESS)) {
    const compressed = compress(content);
    if (compressed.length < content.length) {
      writeFileSync(path + ending, compressed);
    }
  }
}
