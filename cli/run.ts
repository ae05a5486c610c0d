import type { Command } from 'commander';
import type { CommandSpec } from './command.ts';
import { buildProgram, locate } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/** @returns the exit status: 0 done, 1 failed, 2 usage, and so on (exit-status.ts). */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  let status = 0;
  const wanted = locate(argv);
  const spec = wanted && (await wanted.load()).command;
  const execute = async (chosen: CommandSpec, leaf: Command): Promise<void> => {
    const { openSession } = await import('./session.ts');
    const options = leaf.opts();
    try {
      status = await chosen.run({ args: leaf.args, options, session: openSession(options, around) });
    } catch (error) {
      const { reportError } = await import('./report.ts');
      status = reportError(error, options, around);
    }
  };
  const program = buildProgram(wanted, spec, execute, around);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const { code, exitCode } = error as { code?: string; exitCode?: number };
    if (!code?.startsWith('commander.')) throw error;
    // Help that was asked for is an answer; help instead of an answer is a mistake in the command line.
    status = exitCode === 0 ? 0 : 2;
  }
  return status;
}
