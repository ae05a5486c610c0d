import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '../outside/listen.ts';
import { mirrorHandler } from './answer.ts';
import { createFaults, type Faults } from './faults.ts';

/** Serves `<directory>/HOST/PATH` where layers with the parameter `mirror` look for `https://HOST/PATH`. */
export interface Mirror {
  /** The parameter `mirror`. */
  readonly url: string;
  readonly directory: string;
  readonly faults: Faults;
  /** `GET /download.example/a/b`, in the order in which they came. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

/** @param port 0: any that is free */
export async function serveMirror(directory: string, address: string, port = 0): Promise<Mirror> {
  await mkdir(directory, { recursive: true });
  const faults = createFaults();
  const heard: string[] = [];
  const server = createServer(mirrorHandler(directory, faults, (line) => void heard.push(line)));
  await listen(server, port, address);
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}`,
    directory,
    faults,
    heard,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
