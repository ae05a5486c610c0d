import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Far more than the 1.6 s that a machine takes: many start at once on a busy host. */
const PATIENCE_MS = 120_000;

/** Until a server introduces itself (RFC 4253, section 4.2); an open port alone may be systemd's. */
export async function awaitSsh(address: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(50)) {
    if (await introducesItself(address)) return;
  }
  throw new Error(`SSH on ${address} did not answer within ${PATIENCE_MS / 1000} s`);
}

function introducesItself(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2_000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => done(data.toString('latin1').startsWith('SSH-2.0-')));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
    socket.once('close', () => done(false));
  });
}
