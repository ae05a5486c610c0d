import { tellJob } from '../ssh/jobs.ts';
import { AUTHORIZED_KEYS } from '../system.ts';
import type { Answer } from './answer.ts';

/** Small questions about the running system. */
export const sessionAnswers: readonly Answer[] = [
  {
    name: 'look for the running system',
    matches: /^grep -q root=squash: \/proc\/cmdline$/,
    reply: ({ system }) => ({ exitCode: system.kind === 'memory' ? 0 : 1 }),
  },
  {
    name: 'start the installed system',
    matches: /^! grep -q root=squash: \/proc\/cmdline$/,
    reply: ({ system }) => ({ exitCode: system.kind === 'installed' ? 0 : 1 }),
  },
  {
    name: 'boot id',
    matches: /^cat \/proc\/sys\/kernel\/random\/boot_id$/,
    reply: ({ system }) => ({ stdout: `${system.bootId}\n` }),
  },
  { name: 'are you there', matches: /^:$/, reply: () => ({}) },
  {
    name: 'who may log in',
    matches: /^cat \/root\/\.ssh\/authorized_keys$/,
    reply: ({ system }) => ({ stdout: system.files.get(AUTHORIZED_KEYS) ?? '' }),
  },
  {
    name: 'stop what runs on the machine',
    matches: /^systemctl stop '?rw-/,
    reply: ({ system }, { script }) => {
      const prefix = /^systemctl stop '?rw-([^'*\s]+)/.exec(script)?.[1] ?? '';
      for (const [name, job] of system.jobs)
        if (name.startsWith(prefix)) tellJob(job, '', 'signal killed TERM');
      return {};
    },
  },
  { name: 'start anew', matches: /^systemctl reboot$/, reply: () => ({ goes: 'restart' }) },
  {
    name: 'shut down',
    matches: /^systemd-run [^]*systemctl poweroff/,
    reply: () => ({ goes: 'off' }),
  },
  {
    name: 'write a file',
    matches: /^cat > \S+$[^]*^mv -fT -- /m,
    reply: ({ system }, { script, input }) => {
      const path = /^mv -fT -- \S+ '?([^'\n]+)'?$/m.exec(script)?.[1];
      if (path) system.files.set(path, input.toString());
      return {};
    },
  },
  {
    name: 'read a file',
    matches: /^test -f \S+ && exec head -c /,
    reply: ({ system }, { script }) => {
      const path = /^test -f '?([^'\s]+)'? && /.exec(script)?.[1] ?? '';
      const text = system.files.get(path);
      return text === undefined ? { exitCode: 1 } : { stdout: text };
    },
  },
];
