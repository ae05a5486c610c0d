import type { ScriptTarget } from '../../model/index.ts';

/** Operation, step and round together name a job on the machine, which has 100 characters. */
const longest = 64;

/** Names for the steps of one operation: people read them, and a job on the machine is called after them. */
export function stepNames(): (script: string, target: ScriptTarget | undefined) => string {
  const used = new Set<string>();
  return (script, target) => {
    const wanted = `${script}${partWords(target)}`.slice(0, longest).trim();
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? wanted : `${wanted.slice(0, longest - 4)} ${number}`;
      const key = name.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/-+$/, '');
      if (used.has(key)) continue;
      used.add(key);
      return name;
    }
  };
}

function partWords(target: ScriptTarget | undefined): string {
  switch (target?.kind) {
    case 'disk':
      return ` on ${target.name}${target.serial === '' ? '' : ` ${target.serial.slice(0, 24)}`}`;
    case 'nic':
      return ` on ${target.name}`;
    default:
      return '';
  }
}
