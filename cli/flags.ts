import type { Flag } from './command.ts';

export const outputForms = ['table', 'wide', 'name', 'json', 'jsonl', 'yaml'] as const;
export type OutputForm = (typeof outputForms)[number];

/** On every command. */
export const commonFlags: readonly Flag[] = [
  {
    flags: '-o, --output <form>',
    description: 'how data is printed',
    choices: outputForms,
    fallback: 'table',
  },
  { flags: '--no-color', description: 'no colours (also: NO_COLOR)' },
  {
    flags: '--data-dir <dir>',
    description: 'where the service keeps api.sock and token (also: RW_DATA_DIR)',
  },
  { flags: '--token-file <file>', description: 'file with the bearer token (also: RW_TOKEN_FILE)' },
  { flags: '--timeout <duration>', description: 'wait no longer than this: 90s, 20m, 2h' },
];

/** On commands that change something on a machine. */
export const writerFlags: readonly Flag[] = [
  { flags: '--plan', description: 'only show what would happen' },
  { flags: '--yes', description: 'do not ask' },
  { flags: '--wait', description: 'show the steps until the end (this is what happens anyway)' },
  { flags: '--detach', description: 'return as soon as it is accepted' },
];
