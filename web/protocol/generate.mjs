// Makes src/*.ts from the contracts that the server publishes: AsyncAPI for the sockets, OpenAPI for HTTP.
// With --check it writes nothing, and fails when a file is not what it would write.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from 'json-schema-to-typescript';

const HERE = import.meta.dirname;
const PYTHON = join(HERE, '../../.venv/bin/python');
const OPTIONS = {
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  unreachableDefinitions: true,
  style: { printWidth: 120, singleQuote: true },
};

const { asyncapi, openapi } = JSON.parse(execFileSync(PYTHON, [join(HERE, 'contracts.py')], { encoding: 'utf8' }));

/** The schemas whose name starts with `prefix`, by the rest of it. */
function definitionsOf({ components }, prefix) {
  const named = Object.entries(components.schemas).filter(([name]) => name.startsWith(prefix));
  const definitions = Object.fromEntries(named.map(([name, schema]) => [name.slice(prefix.length), schema]));
  const text = JSON.stringify(definitions).replaceAll(`#/components/schemas/${prefix}`, '#/definitions/');
  return JSON.parse(text, adapted);
}

/** What the library takes otherwise than it is meant: an object of any shape, an indented docstring. */
function adapted(key, value) {
  if (key === 'description') {
    return value.replace(/\n +/g, '\n');
  }
  const anyShape = value?.type === 'object' && !value.properties && value.additionalProperties === undefined;
  return anyShape ? { ...value, additionalProperties: true } : value;
}

/** The messages of one direction; their `type` tells them apart. */
function unionOf(operation, description) {
  const names = asyncapi.operations[operation].messages.map(({ $ref }) => $ref.split('/').at(-1));
  return { description, oneOf: names.map((name) => ({ $ref: `#/definitions/${name}` })) };
}

async function written(opening, definitions) {
  const bannerComment = `// ${opening}\n// Generated from the Python structs: change those, then \`make protocol\`.`;
  const text = await compile({ definitions }, 'Root', { ...OPTIONS, bannerComment });
  // The library speaks of a root that only holds the definitions.
  return text
    .replace(/export interface Root \{[^}]*\}\n/, '')
    .replace(
      /( \*\n)? \* This interface was referenced by `Root`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g,
      '',
    );
}

const files = {
  'visitor.ts': await written('Messages of the visitor socket, both directions.', {
    FromVisitor: unionOf('visitor.receive', 'What a visitor sends.'),
    ToVisitor: unionOf('visitor.send', 'What a visitor gets.'),
    ...definitionsOf(asyncapi, 'visitor.'),
  }),
  'agent.ts': await written('Messages of the agent socket, both directions.', {
    FromAgent: unionOf('agent.receive', 'What an agent sends.'),
    ToAgent: unionOf('agent.send', 'What an agent gets.'),
    ...definitionsOf(asyncapi, 'agent.'),
  }),
  'api.ts': await written('Bodies of the HTTP API.', definitionsOf(openapi, '')),
};

for (const [name, text] of Object.entries(files)) {
  const path = join(HERE, 'src', name);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
  } else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`web/protocol/src/${name} is not what the server publishes: make protocol\n`);
    process.exitCode = 1;
  }
}
