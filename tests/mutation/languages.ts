import python from '@ast-grep/lang-python';
import { Lang, parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi';
import { type Mutant, mutantsOf, type Operator } from './change.js';
import { luaOperators } from './operators/lua.js';
import { openapiOperators } from './operators/openapi.js';
import { pythonOperators } from './operators/python.js';
import { sqlOperators } from './operators/sql.js';
import { typescriptOperators } from './operators/typescript.js';

registerDynamicLanguage({ python });

/** A language of files: which they are, and the mistakes that can be made in them. */
interface Language<Source> {
  files: RegExp;
  read(text: string): Source;
  operators: readonly Operator<Source>[];
}

const asText = (text: string) => text;
const languages = [
  language({
    files: /\.ts$/,
    read: (text): SgNode => parse(Lang.TypeScript, text).root(),
    operators: typescriptOperators,
  }),
  language({
    files: /\.py$/,
    read: (text): SgNode => parse('python', text).root(),
    operators: pythonOperators,
  }),
  language({ files: /\.sql$/, read: asText, operators: sqlOperators }),
  language({ files: /\.lua$/, read: asText, operators: luaOperators }),
  language({ files: /openapi\.yaml$/, read: asText, operators: openapiOperators }),
];

function language<Source>({ files, read, operators }: Language<Source>) {
  return {
    files,
    mutants(file: string, text: string): Mutant[] {
      const source = read(text);
      const changes = operators.flatMap(({ name, changes }) =>
        changes(source).map((change) => ({ ...change, operator: name })),
      );
      return mutantsOf(file, text, changes);
    },
  };
}

/** Files of a project that serve requests: no tests, scripts, commands for people or documents. */
const serving = /^(src|app|migrations|redis)\/|^openapi\.yaml$/;
const commands = /[-_/]command\.\w+$/;

/** All mutants of a file; none when no language has operators for it, or when it serves no request. */
export function mutantsOfFile(file: string, text: string): Mutant[] {
  if (!serving.test(file) || commands.test(file)) return [];
  return languages.find(({ files }) => files.test(file))?.mutants(file, text) ?? [];
}
