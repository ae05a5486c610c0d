import { type Flag, type Options, text } from './command.ts';
import { usageError } from './command-error.ts';

/** Flags that all lab commands share. */
export const labFlags: readonly Flag[] = [
  { flags: '--name <name>', description: 'which rack, when there are several', fallback: 'demo' },
  { flags: '--directory <dir>', description: 'where racks, image stream and packages are (the cache)' },
];

export async function labPlace(options: Options): Promise<{ name: string; directory: string }> {
  const name = text(options, 'name') as string;
  // It becomes the name of a network namespace.
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(name))
    throw usageError(`--name ${name}: small letters, digits and hyphens`);
  const { labDirectory } = await import('../lab/default-rack.ts');
  return { name, directory: text(options, 'directory') ?? labDirectory() };
}
