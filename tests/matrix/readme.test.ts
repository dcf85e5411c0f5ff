import path from 'node:path';
import { parse, registerDynamicLanguage } from '@ast-grep/napi';
import { describe, expect, test } from 'vitest';
import { resolvedWith } from '../../src/answers/resolve.js';
import { axisNames } from '../../src/catalog/axes.js';
import { catalogOf } from '../../src/catalog/compile.js';
import { render } from '../../src/render/render.js';

const root = path.resolve(import.meta.dirname, '../..');
const catalog = catalogOf(path.join(root, 'templates'));
const prebuilt = `tree-sitter-powershell/prebuilds/${process.platform}-${process.arch}/tree-sitter-powershell.node`;

registerDynamicLanguage({
  powershell: {
    libraryPath: path.join(root, 'node_modules', prebuilt),
    languageSymbol: 'tree_sitter_powershell',
    extensions: ['ps1'],
  },
});

/** The default project of each framework, and one for each value of the other axes. */
const projects = catalog
  .values('framework')
  .flatMap(({ name: framework }) => [
    { framework },
    ...axisNames
      .filter((axis) => axis !== 'framework')
      .flatMap((axis) => catalog.values(axis, framework).map(({ name }) => ({ framework, [axis]: name }))),
  ]);

interface Block {
  chapter: string;
  language: string;
  text: string;
}

function blocksOf(readme: string): Block[] {
  return readme.split(/^(?=## )/m).flatMap((part) => {
    const chapter = /^## (.+)/.exec(part)?.[1] ?? '';
    return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
      chapter,
      language: language!,
      text: text!,
    }));
  });
}

/** As the table of the README says. */
function inPowerShell(script: string): string {
  return script
    .replace(/^curl /gm, 'curl.exe ')
    .replace(/^((?:[A-Z_]+=\S+ )+)(\S.*)$/gm, (_, settings: string, command: string) => {
      const set = settings.trim().replace(/([A-Z_]+)=(\S+)/g, "$env:$1 = '$2';");
      return `${set} ${command}`;
    });
}

/** The first part that PowerShell cannot read; variables of a POSIX shell are among them. */
function faultIn(script: string): string | undefined {
  const tree = parse('powershell', script).root();
  const wrong = tree.find({ rule: { any: [{ kind: 'ERROR' }, { kind: 'variable', regex: '^\\$[A-Z]' }] } });
  return wrong?.text() ?? /^[A-Z_]+=.*/m.exec(script)?.[0];
}

describe.each(projects)('$framework %j', (choices) => {
  const readme = render(resolvedWith(catalog, choices), '1.0.0').get('README.md')!.text;
  const blocks = blocksOf(readme);

  test('the contents list every chapter', () => {
    const plain = readme.replace(/^```[\s\S]*?^```$/gm, '');
    const chapters = [...plain.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    const [before] = plain.split(/^## /m);
    expect([...before!.matchAll(/^- \[(.+)\]\(#[\w-]+\)$/gm)].map(([, title]) => title)).toEqual(chapters);
    expect(chapters.length).toBeGreaterThan(5);
    const anchors = [...plain.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [link, anchor] of plain.matchAll(/\]\(#([\w-]+)\)/g)) expect(anchors, link).toContain(anchor);
  });

  test('it says how to begin again', () => {
    expect(blocks.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^\S+ (run )?reset\n$/));
  });

  test('PowerShell can run each command, or there is one for it that does the same', () => {
    blocks.forEach(({ chapter, language, text }, place) => {
      if (language === 'powershell') expect([text, faultIn(text)]).toEqual([text, undefined]);
      if (language !== 'sh' || chapter === 'Deployment' || !faultIn(inPowerShell(text))) return;
      const next = blocks[place + 1];
      expect([text, next?.language]).toEqual([text, 'powershell']);
      expect(subjectsOf(next!.text)).toEqual(subjectsOf(text));
    });
  });
});

/** What a block is about: paths of the API, and names in .env. */
function subjectsOf(script: string): string[] {
  return [...new Set(script.match(/localhost:\d+[\w/]*|[A-Z]+(?:_[A-Z]+)+|[\w.]+@[\w.]+/g))].sort();
}
