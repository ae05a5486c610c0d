import type { Answer } from './answer.ts';

/** What layers demand of the machine that they are to be laid on. */
export const layerAnswers: readonly Answer[] = [
  {
    name: 'memory for a layer',
    matches: /^has=[^]*MemTotal[^]*MiB of memory, and \d+ are needed/,
    reply({ hardware }, { script }) {
      const has = hardware.memoryGiB * 1024;
      const needs = Number(/MiB of memory, and (\d+) are needed/.exec(script)?.[1]);
      return has >= needs
        ? {}
        : { stdout: `it has ${has} MiB of memory, and ${needs} are needed\n`, exitCode: 1 };
    },
  },
];
