import { UserError } from '../cli/errors.js';
import { type CommandForm, parseFlags } from '../cli/flags.js';
import { print, report, surviveLostReader } from '../cli/output.js';
import { cancellable } from '../cli/signals.js';
import { makeArchive } from '../workshop/archive.js';

export const archiveForm = {
  name: 'workshop archive',
  argument: '[directory]',
  about: 'pack it with its packages, for a room without internet',
  flags: { json: { group: 'workshop', about: 'print one JSON document' } },
  example: 'create-scalable-api workshop archive shop',
} as const satisfies CommandForm;

/** `create-scalable-api workshop archive [directory]`. @returns the exit code: 0 done, 1 failed, 2 the call was wrong */
export async function archive(argv: readonly string[]): Promise<number> {
  surviveLostReader();
  const flags = parseFlags(archiveForm, argv);
  try {
    if (flags.problems.length > 0) throw new UserError(flags.problems);
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const made = await cancellable((signal) => makeArchive(flags.argument ?? '.', signal, say));
    if (flags.has('json')) print({ ok: true, ...made, problems: [] });
    else
      process.stdout.write(`Packed ${made.file} (${Math.ceil(made.bytes / 1e6)} MB), for ${
        made.systems.length > 0 ? made.systems.join('; ') : 'computers with the system of this one'
      }.

On each computer, without a network:
  tar -xf the file
  ${made.install}
`);
    return 0;
  } catch (error) {
    return report(error, flags.has('json'));
  }
}
