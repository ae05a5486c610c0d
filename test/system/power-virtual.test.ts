import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, type PowerParameters } from '../../model/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { type Certificate, selfSigned } from '../fixtures/certificate.ts';
import { keptSecrets } from '../power/kept-secrets.ts';
import { thrownBy } from '../power/thrown-by.ts';

/**
 * Servers in the shapes of the documented APIs (LXD: doc/rest-api, instances and operations; Proxmox VE: API viewer,
 * nodes/qemu/status and tasks), over real TLS. The products themselves are not started here.
 */
interface Machine {
  status: string;
  readonly orders: string[];
  received: string;
}
let certificate: Certificate;
let client: Certificate;
let open: { close(): unknown; closeAllConnections(): void }[] = [];
beforeAll(async () => {
  [certificate, client] = await Promise.all([selfSigned(), selfSigned('rackwright')]);
});
afterEach(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
  open = [];
});

type Serve = (request: IncomingMessage, body: Record<string, unknown>, answer: Answer) => void;
type Answer = (status: number, json: unknown) => void;

function handler(machine: Machine, serve: Serve) {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
    machine.received += JSON.stringify(request.headers) + text;
    serve(request, text === '' ? {} : (JSON.parse(text) as Record<string, unknown>), (status, json) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(json));
    });
  };
  return (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
}

async function listen(server: Server): Promise<string> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function driver(parameters: PowerParameters, secrets: Record<string, string>, lxdSockets: string[] = []) {
  return createPower({
    queue: createBmcQueue(),
    secrets: keptSecrets(secrets),
    timing: { confirmMs: 500, pollMs: 5 },
    lxdSockets,
  }).driverFor(parameters, { name: 'r1-u1', firmware: 'uefi', identity: { serial: 'SN1' } });
}
const done = (sent: boolean) => ({ kind: 'done', sent });
const stopped = (status: string): Machine => ({ status, orders: [], received: '' });

function lxd(machine: Machine, isKnown: (request: IncomingMessage) => boolean): Serve {
  const ended = new Map<string, string>();
  return (request, body, answer) => {
    if (!isKnown(request)) return answer(403, { type: 'error', error: 'not authorized', error_code: 403 });
    const path = request.url ?? '';
    if (path === '/1.0/instances/r1-u1/state?project=rack' && request.method === 'GET')
      return answer(200, {
        type: 'sync',
        status_code: 200,
        metadata: { status: machine.status, status_code: 103 },
      });
    if (path === '/1.0/instances/r1-u1/state?project=rack' && request.method === 'PUT') {
      const action = String(body['action']);
      machine.orders.push(`${action} ${String(body['force'])}`);
      const id = `op-${machine.orders.length}`;
      const isBroken = machine.status === 'Broken';
      ended.set(id, isBroken ? 'Failed to run: the hypervisor is full' : '');
      if (!isBroken) machine.status = action === 'stop' ? 'Stopped' : 'Running';
      return answer(202, {
        type: 'async',
        status_code: 100,
        operation: `/1.0/operations/${id}?project=rack`,
      });
    }
    const id = /^\/1\.0\/operations\/(op-\d+)\/wait\?project=rack&timeout=30$/.exec(path)?.[1];
    if (id !== undefined)
      return answer(200, { type: 'sync', metadata: { status_code: 200, err: ended.get(id) ?? '' } });
    answer(404, { type: 'error', error: 'Instance not found', error_code: 404 });
  };
}

describe('power by LXD', () => {
  const parameters = (changes: object) =>
    ({
      driver: 'lxd',
      project: 'rack',
      instance: 'r1-u1',
      clientCertificate: client.cert,
      certificate: certificate.fingerprint,
      secret: 's',
      ...changes,
    }) as PowerParameters;

  async function start(machine: Machine) {
    const known = (request: IncomingMessage) =>
      (request.socket as TLSSocket)
        .getPeerX509Certificate()
        ?.fingerprint256.replaceAll(':', '')
        .toLowerCase() === client.fingerprint;
    const options = {
      key: certificate.key,
      cert: certificate.cert,
      requestCert: true,
      rejectUnauthorized: false,
    };
    return listen(createServer(options, handler(machine, lxd(machine, known))));
  }

  it('switches an instance with our certificate, and waits for the operation', async () => {
    const machine = stopped('Stopped');
    const it = driver(parameters({ url: await start(machine) }), { 's/clientKey': client.key });
    expect(await it.query()).toBe('off');
    expect(await it.on()).toEqual(done(true));
    expect(await it.on()).toEqual(done(false));
    expect(await it.reset()).toEqual(done(true));
    expect(await it.cycle()).toEqual(done(true));
    expect(machine.orders).toEqual(['start true', 'restart true', 'stop true', 'start true']);
    machine.status = 'Frozen';
    expect(await it.query()).toBe('on');
    expect(machine.received).not.toContain('PRIVATE KEY');
  });

  it('says what the server says: not known, not there, did not work', async () => {
    const machine = stopped('Stopped');
    const url = await start(machine);
    const stranger = await selfSigned('stranger');
    const other = driver(parameters({ url, clientCertificate: stranger.cert }), {
      's/clientKey': stranger.key,
    });
    expect(await other.query().catch(codeOf)).toBe('BMC_LOGIN_REFUSED');
    const mixed = driver(parameters({ url }), { 's/clientKey': stranger.key });
    const error = await thrownBy(mixed.query());
    expect([codeOf(error), String(error).includes('KEY')]).toEqual(['BMC_LOGIN_REFUSED', false]);
    const known = { 's/clientKey': client.key };
    await expect(driver(parameters({ url, instance: 'other' }), known).query()).rejects.toThrow(
      'Instance not found',
    );
    const pinned = driver(parameters({ url, certificate: 'a'.repeat(64) }), known);
    expect(await pinned.query().catch(codeOf)).toBe('BMC_CERTIFICATE_REFUSED');
  });

  it('is also spoken to by the socket of this computer, without a certificate', async () => {
    const machine = stopped('Stopped');
    const path = join(tmpdir(), `rw-lxd-${process.pid}.socket`);
    const server = createHttpServer(
      handler(
        machine,
        lxd(machine, () => true),
      ),
    ).listen(path);
    open.push(server);
    await once(server, 'listening');
    const at = parameters({ url: 'unix', certificate: undefined, clientCertificate: undefined });
    const it = driver(at, {}, ['/nowhere', path]);
    expect(await it.on()).toEqual(done(true));
    expect(await driver(at, {}, ['/nowhere']).query().catch(codeOf)).toBe('BMC_UNREACHABLE');
    await rm(path, { force: true });
  });
});

describe('power by Proxmox', () => {
  const token = 'canary-0d5f1c0e-35f1';

  async function start(machine: Machine, exitstatus = 'OK') {
    let polls = 0;
    const base = '/api2/json/nodes/pve';
    const serve: Serve = (request, _body, answer) => {
      if (request.headers.authorization !== `PVEAPIToken=rw@pve!power=${token}`)
        return answer(401, { data: null, message: 'authentication failure' });
      const path = decodeURIComponent(request.url ?? '');
      if (path === `${base}/qemu/100/status/current`)
        return answer(200, { data: { status: machine.status, vmid: 100 } });
      const action = new RegExp(`^${base}/qemu/100/status/(start|stop|reset)$`).exec(path)?.[1];
      if (action !== undefined && request.method === 'POST') {
        machine.orders.push(action);
        if (exitstatus === 'OK') machine.status = action === 'stop' ? 'stopped' : 'running';
        polls = 2;
        return answer(200, { data: `UPID:pve:0003:0A:66:qm${action}:100:rw@pve!power:` });
      }
      if (path.startsWith(`${base}/tasks/UPID:pve:`)) {
        if (polls-- > 0) return answer(200, { data: { status: 'running' } });
        return answer(200, { data: { status: 'stopped', exitstatus } });
      }
      answer(500, {
        data: null,
        message: "Configuration file 'nodes/pve/qemu-server/101.conf' does not exist\n",
      });
    };
    return listen(createServer({ key: certificate.key, cert: certificate.cert }, handler(machine, serve)));
  }

  const parameters = (url: string, changes: object = {}) =>
    ({
      driver: 'proxmox',
      url,
      node: 'pve',
      vm: 100,
      tokenId: 'rw@pve!power',
      certificate: certificate.fingerprint,
      secret: 's',
      ...changes,
    }) as PowerParameters;
  const kept = { 's/token': token };

  it('switches a machine with a token, and waits for the task', async () => {
    const machine = stopped('stopped');
    const it = driver(parameters(await start(machine)), kept);
    expect(await it.query()).toBe('off');
    expect(await it.on()).toEqual(done(true));
    expect(await it.reset()).toEqual(done(true));
    expect(await it.off()).toEqual(done(true));
    expect(await it.off()).toEqual(done(false));
    expect(machine.orders).toEqual(['start', 'reset', 'stop']);
  });

  it('says what the server says, and never the token', async () => {
    const machine = stopped('stopped');
    const url = await start(machine, 'start failed: out of memory');
    const errors = [
      await thrownBy(driver(parameters(url), kept).on()),
      await thrownBy(driver(parameters(url, { vm: 101 }), kept).query()),
      await thrownBy(driver(parameters(url, { tokenId: 'rw@pve!other' }), kept).query()),
      await thrownBy(driver(parameters(url), {}).query()),
    ];
    expect(errors.map(codeOf)).toEqual([
      'BMC_COMMAND_FAILED',
      'BMC_COMMAND_FAILED',
      'BMC_LOGIN_REFUSED',
      'BMC_LOGIN_REFUSED',
    ]);
    expect(String(errors[0])).toContain('out of memory');
    expect(String(errors[1])).toContain('does not exist');
    expect(JSON.stringify([errors.map(String), errors])).not.toContain('canary');
  });

  it('sends the token to nobody with another certificate', async () => {
    const machine = stopped('stopped');
    const url = await start(machine);
    const it = driver(parameters(url, { certificate: 'b'.repeat(64) }), kept);
    expect(await it.query().catch(codeOf)).toBe('BMC_CERTIFICATE_REFUSED');
    expect(machine.received).toBe('');
  });
});
