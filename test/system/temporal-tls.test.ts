import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTemporal } from '../../cli/up/connect-temporal.ts';
import { cacheDirectory } from '../../scripts/cache.ts';
import { sealed, type TlsFiles, transport } from '../../worker/temporal-access.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { startTemporalServer, type TemporalServer } from '../../worker/temporal-server.ts';
import { type Signed, type TlsAuthority, tlsAuthority } from '../fixtures/tls-authority.ts';

/** docs/security.md, rule 32: the real server behind something that wants to see a certificate of its authority. */
let folder: string;
let server: TemporalServer;
let front: Server;
let address: string;
let ours: TlsAuthority;
let client: Signed;
let stranger: Signed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-tls-'));
  server = await startTemporalServer({
    binary: await temporalBinary(cacheDirectory(), console.log),
    databaseFile: join(folder, 'temporal.db'),
    report: console.log,
  });
  ours = await tlsAuthority(folder, 'ours');
  client = await ours.sign('client');
  const own = await ours.sign('server');
  stranger = await (await tlsAuthority(folder, 'theirs')).sign('stranger');
  front = createServer(
    {
      cert: await readFile(own.certificate),
      key: await readFile(own.key),
      ca: await readFile(ours.certificate),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => {
      const [host = '', port = ''] = server.address.split(':');
      const behind = connect(Number(port), host);
      socket.pipe(behind).pipe(socket);
      for (const end of [socket, behind]) end.on('error', () => [socket, behind].map((one) => one.destroy()));
    },
  );
  front.on('tlsClientError', () => undefined);
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(async () => {
  front?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const access = async (files: TlsFiles) => ({
  address,
  namespace: 'default',
  dataConverter: sealed(randomBytes(32)),
  ...(await transport(address, files, false)),
});

describe('a Temporal server that wants to see a certificate', () => {
  it('is spoken to by clients and workers that have one', async () => {
    const mine = await access({ ca: ours.certificate, ...client });
    const connection = await connectTemporal(mine);
    const { dataConverter, namespace } = mine;
    const temporal = new Client({ connection, namespace, dataConverter });
    await temporal.workflow.start('nobody-runs-this', {
      workflowId: 'sealed',
      taskQueue: 'nobody',
      args: [{ serial: 'CANARY-4711' }],
    });
    const history = await temporal.workflow.getHandle('sealed').fetchHistory();
    const [payload] = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(String(payload?.metadata?.encoding)).toBe('binary/encrypted');
    expect(Buffer.from(payload?.data ?? []).includes('CANARY')).toBe(false);
    await connection.close();
    const native = await NativeConnection.connect({ address, ...(mine.tls && { tls: mine.tls }) });
    await native.close();
  });

  it.each([
    ['no certificate', async () => access({})],
    ['a certificate of another authority', async () => access({ ca: ours.certificate, ...stranger })],
    ['no trust in its authority', async () => access({ ...client })],
  ])('is not spoken to with %s', async (_what, make) => {
    await expect(connectTemporal(await make(), 3_000)).rejects.toMatchObject({
      code: 'TEMPORAL_UNAVAILABLE',
    });
  });
});
