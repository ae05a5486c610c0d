import type { MarkKind } from '../model/index.ts';
import type { CommandSpec } from './command.ts';

export interface CommandEntry {
  readonly path: readonly [string] | readonly [string, string];
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: CommandSpec }>;
}

/** Nouns of commands with verbs below them, with their plural as another name. */
export const nouns: Readonly<Record<string, { readonly plural?: string; readonly summary: string }>> = {
  machine: { plural: 'machines', summary: 'find, deploy, look into machines' },
  layer: { plural: 'layers', summary: 'systems that are laid on deployed machines' },
  script: { plural: 'scripts', summary: 'tests, and scripts that look into machines' },
  image: { plural: 'images', summary: 'operating systems that machines boot and get' },
  power: { summary: 'ways to switch machines on and off' },
  subnet: { plural: 'subnets', summary: 'networks of machines' },
  site: { plural: 'sites', summary: 'places of machines, and the racks that serve them' },
  lab: { summary: 'a virtual rack on this computer' },
};

/** What people write down about machines. */
const marks: readonly (readonly [MarkKind, string])[] = [
  ['lock', 'keep it from being touched'],
  ['unlock', 'let operations be asked of it again'],
  ['mark-broken', 'set it aside: somebody has to look at it'],
  ['mark-fixed', 'take it back'],
  ['retire', 'take it out of use'],
  ['override-failed', 'declare its failure harmless'],
];

/** Every command. Nothing but the one that is asked for is loaded: help must not be slow. */
export const commands: readonly CommandEntry[] = [
  entry('up', '', 'start the service', () => import('./commands/up.ts')),
  entry('lab up', '', 'build the virtual rack', () => import('./commands/lab-up.ts')),
  entry('lab down', '', 'take the virtual rack down', () => import('./commands/lab-down.ts')),
  entry('lab status', '', 'what of the virtual rack is there', () => import('./commands/lab-status.ts')),
  entry('machine list', '', 'machines and what they wait for', () => import('./commands/machine-list.ts')),
  entry('machine show', '<name...>', 'one page about a machine', () => import('./commands/machine-show.ts')),
  entry('machine why', '<name...>', 'why is it slow or stuck?', () => import('./commands/machine-why.ts')),
  entry(
    'machine commission',
    '<name...>',
    'boot it into memory and learn what it is',
    () => import('./commands/machine-commission.ts'),
  ),
  entry('machine test', '<name...>', 'test its hardware', () => import('./commands/machine-test.ts')),
  entry(
    'machine results',
    '<name>',
    'what tests and scripts found on it',
    () => import('./commands/machine-results.ts'),
  ),
  entry(
    'machine deploy',
    '<name...>',
    'put an operating system on its disk',
    () => import('./commands/machine-deploy.ts'),
  ),
  entry(
    'machine adopt',
    '[name]',
    'take in one that runs already',
    () => import('./commands/machine-adopt.ts'),
  ),
  entry(
    'machine release',
    '<name...>',
    'erase it and make it free',
    () => import('./commands/machine-release.ts'),
  ),
  entry(
    'machine power',
    '<names-then-action...>',
    'on, off, cycle, reset',
    () => import('./commands/machine-power.ts'),
  ),
  entry(
    'machine rescue',
    '<name...>',
    'start a rescue system in its memory',
    () => import('./commands/machine-rescue.ts'),
  ),
  entry(
    'machine exit-rescue',
    '<name...>',
    'leave the rescue system',
    () => import('./commands/machine-exit-rescue.ts'),
  ),
  entry(
    'machine abort',
    '<name...>',
    'stop what is at work on it',
    () => import('./commands/machine-abort.ts'),
  ),
  ...marks.map(([kind, summary]) =>
    entry(`machine ${kind}`, '<name...>', summary, async () => {
      const { markCommand } = await import('./commands/machine-mark.ts');
      return { command: markCommand(kind) };
    }),
  ),
  entry(
    'machine set',
    '<name>',
    'change its name or power control',
    () => import('./commands/machine-set.ts'),
  ),
  entry(
    'machine evidence',
    '<name>',
    'what shows that its disks were erased',
    () => import('./commands/machine-evidence.ts'),
  ),
  entry(
    'machine import',
    '<file>',
    'declare machines that should arrive',
    () => import('./commands/machine-import.ts'),
  ),
  entry(
    'machine declared',
    '[name]',
    'declared machines, seen or not',
    () => import('./commands/machine-declared.ts'),
  ),
  entry('machine events', '[name]', 'what happened to it', () => import('./commands/machine-events.ts')),
  entry(
    'machine logs',
    '<name>',
    'output of the steps of an operation',
    () => import('./commands/machine-logs.ts'),
  ),
  entry(
    'machine ssh',
    '<name> [command...]',
    'log in, host key checked',
    () => import('./commands/machine-ssh.ts'),
  ),
  entry('layer list', '', 'layers that can be laid', () => import('./commands/layer-list.ts')),
  entry('layer show', '<layer>', 'one layer and what it takes', () => import('./commands/layer-show.ts')),
  entry(
    'layer apply',
    '<layer> <machine...>',
    'lay it on machines',
    () => import('./commands/layer-apply.ts'),
  ),
  entry(
    'layer verify',
    '<layer> <machine...>',
    'use one that is laid as its users would',
    () => import('./commands/layer-verify.ts'),
  ),
  entry(
    'layer status',
    '[machine...]',
    'which layers are on which machines',
    () => import('./commands/layer-status.ts'),
  ),
  entry('layer logs', '<layer> <machine>', 'what its steps wrote', () => import('./commands/layer-logs.ts')),
  entry(
    'layer remove',
    '<layer> <machine...>',
    'take it off again',
    () => import('./commands/layer-remove.ts'),
  ),
  entry('script list', '', 'tests and scripts', () => import('./commands/script-list.ts')),
  entry('script show', '<name>', 'one script and its text', () => import('./commands/script-show.ts')),
  entry('script add', '<file...>', 'add scripts of your own', () => import('./commands/script-add.ts')),
  entry('script remove', '<name...>', 'remove scripts', () => import('./commands/script-remove.ts')),
  entry('image list', '', 'images that are here', () => import('./commands/image-list.ts')),
  entry('image sync', '<url>', 'fetch images from a signed stream', () => import('./commands/image-sync.ts')),
  entry(
    'image import',
    '<name> <file-or-url>',
    'make an image of your own file',
    () => import('./commands/image-import.ts'),
  ),
  entry('image remove', '<name[@serial]>', 'forget an image', () => import('./commands/image-remove.ts')),
  entry('image gc', '', 'take away what nobody needs', () => import('./commands/image-gc.ts')),
  entry(
    'power drivers',
    '',
    'ways to switch power, and their parameters',
    () => import('./commands/power-drivers.ts'),
  ),
  entry('subnet list', '', 'subnets that are served', () => import('./commands/subnet-list.ts')),
  entry('subnet show', '<name>', 'one subnet and its ranges', () => import('./commands/subnet-show.ts')),
  entry('subnet add', '<name>', 'say how a subnet is served', () => import('./commands/subnet-add.ts')),
  entry('site list', '', 'who serves which site', () => import('./commands/site-list.ts')),
  entry('doctor', '', 'check every part, and say what to do', () => import('./commands/doctor.ts')),
  entry('api', '<method> <path>', 'one raw request to the service', () => import('./commands/api.ts')),
];

function entry(words: string, usage: string, summary: string, load: CommandEntry['load']): CommandEntry {
  const [noun = '', verb] = words.split(' ');
  return { path: verb === undefined ? [noun] : [noun, verb], usage, summary, load };
}
