import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process of this computer at a time. An abstract socket (unix(7)): the kernel takes the lock from the dead. */
export async function holding<T>(name: string, work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    const server = createServer();
    try {
      server.listen(`\0rackwright-${name}`);
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > deadline) throw error;
      continue;
    }
    try {
      return await work();
    } finally {
      server.close();
    }
  }
}
