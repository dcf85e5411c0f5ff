import type { Catalog } from '../catalog/catalog.js';
import { forms, valuesOf } from './help.js';

const program = 'create-scalable-api';

/** The completion script of each shell: commands, flags, and their values where they are known. */
export function completionScripts(catalog: Catalog): Record<string, string> {
  // The second word of a command is not completed.
  const first = forms.filter(({ name }) => !name.includes(' '));
  const names = first.map(({ name }) => name).filter((name) => name !== '');
  const flagsOf = first.map(({ name, flags }) => ({
    name,
    flags: Object.entries(flags).map(([flag, spec]) => ({ flag, values: valuesOf(catalog, spec) })),
  }));
  return { bash: bashScript(names, flagsOf) };
}

interface CommandFlags {
  name: string;
  flags: { flag: string; values: string[] }[];
}

function bashScript(names: readonly string[], commands: readonly CommandFlags[]): string {
  const withValues = commands.flatMap(({ flags }) => flags).filter(({ values }) => values.length > 0);
  const patterns = commands.map(
    ({ name, flags }) => `    ${name || '*'}) words="${flags.map(({ flag }) => `--${flag}`).join(' ')}" ;;`,
  );
  return `_create_scalable_api() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "$previous" in
${withValues.map(({ flag, values }) => `    --${flag}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current")); return ;;`).join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${[...patterns.slice(1), patterns[0]].join('\n')}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="$words ${names.join(' ')}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _create_scalable_api ${program}
`;
}
