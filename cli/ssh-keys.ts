import { readFile } from 'node:fs/promises';
import { usageError } from './command-error.ts';

/** Lines of a file of public keys. @throws a usage error when it is a private key. */
export async function readKeys(file: string): Promise<readonly string[]> {
  const content = await readFile(file, 'utf8').catch(() => {
    throw usageError(`--ssh-key ${file} cannot be read`);
  });
  if (content.includes('PRIVATE KEY'))
    throw usageError(`--ssh-key ${file} is a private key`, `Give ${file}.pub`);
  return content
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
