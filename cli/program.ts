import { Command, Option } from 'commander';
import type { CommandSpec, Flag } from './command.ts';
import { type CommandEntry, commands, nouns } from './commands.ts';
import { commonFlags } from './flags.ts';
import type { Surroundings } from './surroundings.ts';
import { version } from './version.ts';

type Execute = (spec: CommandSpec, leaf: Command) => Promise<void>;

/** The entry that the command line names, if it names one. */
export function locate(argv: readonly string[]): CommandEntry | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [first = '', second = ''] = words[0] === 'help' ? words.slice(1) : words;
  const noun = Object.entries(nouns).find(([, { plural }]) => plural === first)?.[0] ?? first;
  return commands.find(({ path }) => path[0] === noun && (path[1] === undefined || path[1] === second));
}

/** The whole tree by name, with the flags of the one command that was loaded. */
export function buildProgram(
  wanted: CommandEntry | undefined,
  spec: CommandSpec | undefined,
  execute: Execute,
  around: Surroundings,
): Command {
  const program = new Command('rackwright');
  program
    .description('Takes racks of bare machines to running clouds.')
    .version(version, '--version', 'print the version')
    // A flag after a command is of that command: `image sync --version 12`.
    .enablePositionalOptions()
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeOut: (text) => void around.stdout.write(text),
      writeErr: (text) => void around.stderr.write(text),
      getOutHelpWidth: () => around.stdout.columns || 100,
      getErrHelpWidth: () => around.stderr.columns || 100,
    })
    .addHelpText('after', firstSteps)
    .exitOverride();
  const groups = new Map<string, Command>();
  for (const entry of commands) {
    const [noun, verb] = entry.path;
    const parent = verb === undefined ? program : (groups.get(noun) ?? addGroup(program, groups, noun));
    const leaf = parent.command(`${verb ?? noun} ${entry.usage}`.trim()).summary(entry.summary);
    leaf.exitOverride().description(entry.summary);
    if (entry === wanted && spec) fill(leaf, spec, execute);
  }
  return program;
}

function addGroup(program: Command, groups: Map<string, Command>, noun: string): Command {
  const { plural, summary = '' } = nouns[noun] ?? {};
  const group = program.command(noun).summary(summary).description(summary).exitOverride();
  if (plural) group.alias(plural);
  groups.set(noun, group);
  return group;
}

function fill(leaf: Command, spec: CommandSpec, execute: Execute): void {
  leaf.description(spec.description);
  for (const flag of spec.flags ?? []) leaf.addOption(optionFrom(flag));
  leaf.optionsGroup('Flags on all commands:');
  for (const flag of commonFlags) leaf.addOption(optionFrom(flag));
  leaf.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}`).join('\n')}`);
  leaf.action(() => execute(spec, leaf));
}

function optionFrom({ flags, description, choices, fallback, required, repeats }: Flag): Option {
  const option = new Option(flags, description);
  if (choices) option.choices(choices);
  if (fallback !== undefined) option.default(fallback);
  if (required) option.makeOptionMandatory();
  if (repeats) option.argParser((value: string, before?: readonly string[]) => [...(before ?? []), value]);
  return option;
}

const firstSteps = `
Examples:
  $ rackwright up
  $ rackwright machine list
  $ rackwright machine deploy r1-u1 --image debian/12 --plan
  $ rackwright machine why r1-u1`;
