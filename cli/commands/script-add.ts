import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CommandSpec } from '../command.ts';
import { usageError } from '../command-error.ts';
import { type ScriptView, scriptView } from '../pages/script-view.ts';

export const command: CommandSpec = {
  description:
    'Add a script that commissioning runs, or a test. Its header says what it is; the header of MAAS is understood. Adding it again makes a new version: what runs already goes on with the old one.',
  examples: ['rackwright script add check-raid.sh', 'rackwright script add check-raid.sh burn-in.py'],
  async run({ args, session }) {
    const texts = await Promise.all(args.map((file) => readText(file)));
    const added: ScriptView[] = [];
    for (const [index, content] of texts.entries()) {
      const name = basename(args[index] as string).replace(/\.[A-Za-z0-9]{1,4}$/, '');
      added.push(await session.api.send<ScriptView>('POST', '/v1/scripts', { content, name }));
    }
    await session.print(added, scriptView);
    return 0;
  },
};

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw usageError(`cannot read ${file}: ${error.code ?? error.message}`);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`${file} is no text in UTF-8`);
  }
}
