import type { Connection } from './connection.ts';
import { exec } from './exec.ts';
import { readFile, writeFile } from './files.ts';
import type { Host } from './host.ts';
import { job } from './job.ts';

export function createHost(connection: Connection): Host {
  return {
    async run(command, options) {
      const { exitCode, stdout, stderr } = await exec(connection, command, options);
      return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    },
    write: (path, content, mode) => writeFile(connection, path, content, mode),
    read: (path, maxBytes) => readFile(connection, path, maxBytes),
    job: (name, script, options) => job(connection, name, script, options),
    close: () => connection.close(),
  };
}
