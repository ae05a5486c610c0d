import type { Answer } from './answer.ts';

/** Tests and scripts of operators: none is run; each passes, unless a fault strikes before. */
export const scriptAnswers: readonly Answer[] = [
  {
    name: 'run a script',
    matches: /^mkfifo -m 600 "\$folder\/out\.pipe"/m,
    reply: ({ system }, { script }) => {
      const folder = /^folder='?([^'\n]+)'?$/m.exec(script)?.[1] ?? '';
      system.files.set(`${folder}/outcome`, 'exit 0\n');
      return { stdout: 'all is well\n' };
    },
  },
  {
    name: 'what became of a script',
    matches: /^printf %s '\n@@rackwright result\n'$/m,
    reply: ({ system }, { script }) => {
      const path = /^cat '?([^'\s]+)'? 2>\/dev\/null \|\| echo none$/m.exec(script)?.[1] ?? '';
      return { stdout: `${system.files.get(path) ?? 'none\n'}\n@@rackwright result\n` };
    },
  },
];
