import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  connect,
  fingerprint,
  fipsKeyPair,
  generateKeyPair,
  type Host,
  lines,
  shell,
} from '../../remote/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { type TcpRelay, tcpRelay } from '../fixtures/tcp-relay.ts';

let sshd: Sshd;
let folder: string;
beforeAll(async () => {
  sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-remote-'));
});
afterEach(() => rm(folder, { recursive: true }));

const coded = (code: string) => expect.objectContaining({ code });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('connecting', () => {
  it.each([0, 1, 2])('finds the pinned key among several that the machine has: %i', async (index) => {
    const pinned = sshd.target.hostKeys[index] ?? '';
    const host = await connect({ ...sshd.target, hostKeys: [pinned] });
    expect(await host.run(shell`echo there`)).toEqual({ exitCode: 0, stdout: 'there\n', stderr: '' });
    host.close();
  });

  it('sends no byte of a command when the host key has changed', async () => {
    const other = generateKeyPair('').publicKey;
    const before = sshd.log.length;
    const refused = await connect({ ...sshd.target, hostKeys: [other] }).catch((error: unknown) => error);
    const shown = fingerprint(sshd.target.hostKeys[0] ?? '');
    expect(refused).toMatchObject({
      code: 'SSH_HOST_KEY_CHANGED',
      details: { expected: fingerprint(other), shown, address: '127.0.0.1' },
    });
    // The next connection is logged after all that the refused one did.
    (await connect(sshd.target)).close();
    const told = sshd.log.slice(before);
    expect(told.filter((line) => line.startsWith('Starting session'))).toEqual([]);
    expect(told.filter((line) => line.startsWith('Accepted publickey'))).toHaveLength(1);
  });

  it('takes a machine that has no key of a pinned kind for another machine', async () => {
    const single = await startSshd({ hostKeys: ['rsa'] });
    const hostKeys = [generateKeyPair('').publicKey];
    await expect(connect({ ...single.target, hostKeys })).rejects.toThrow(coded('SSH_HOST_KEY_CHANGED'));
    await single.stop();
  });

  it('does not begin without a pinned key', async () => {
    await expect(connect({ ...sshd.target, hostKeys: [] })).rejects.toThrow(coded('REQUEST_INVALID'));
    await expect(connect({ ...sshd.target, hostKeys: ['ssh-dss AAAA'] })).rejects.toThrow(
      coded('REQUEST_INVALID'),
    );
  });

  it('tells a key that is refused from a machine that is silent', async () => {
    const { privateKey } = generateKeyPair('');
    await expect(connect({ ...sshd.target, privateKey })).rejects.toThrow(coded('SSH_LOGIN_REFUSED'));
    await expect(connect({ ...sshd.target, port: 1 })).rejects.toThrow(coded('SSH_UNREACHABLE'));
  });

  it('gets in by its other key where none but the kinds of FIPS mode are taken', async () => {
    const strict = await startSshd({
      hostKeys: ['ecdsa', 'rsa'],
      config: [
        'PubkeyAcceptedAlgorithms ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,rsa-sha2-256,rsa-sha2-512',
        'KexAlgorithms ecdh-sha2-nistp256,ecdh-sha2-nistp384,diffie-hellman-group14-sha256',
        'Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr',
        'MACs hmac-sha2-256,hmac-sha2-512',
      ],
    });
    const otherKeys = [fipsKeyPair(strict.target.privateKey).privateKey];
    await expect(connect(strict.target)).rejects.toThrow(coded('SSH_LOGIN_REFUSED'));
    const host = await connect({ ...strict.target, otherKeys });
    expect(await host.run(shell`echo in`)).toMatchObject({ exitCode: 0, stdout: 'in\n' });
    host.close();
    await strict.stop();
  });

  it('gives up a server that accepts and says nothing, and one that hangs up', async () => {
    const mute = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    const { promise: bound, resolve } = Promise.withResolvers<void>();
    mute.once('listening', resolve);
    await bound;
    const { port } = mute.address() as { port: number };
    const patience = { timeoutMs: 300 };
    await expect(connect({ ...sshd.target, port }, patience)).rejects.toThrow(coded('SSH_UNREACHABLE'));
    mute.on('connection', (socket) => socket.end());
    await expect(connect({ ...sshd.target, port }, patience)).rejects.toThrow(coded('SSH_UNREACHABLE'));
    mute.close();
  });

  it('stops with the reason of its signal', async () => {
    const reason = new Error('enough');
    await expect(connect(sshd.target, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('happens in one place, with a verifier, without agent, password and forwarding', () => {
    const room = join(import.meta.dirname, '../../remote');
    const sources = readdirSync(room).map((file) => readFileSync(join(room, file), 'utf8'));
    expect(sources.join('\n').match(/\.connect\(\{/g)).toHaveLength(1);
    const place = sources.find((source) => source.includes('.connect({')) ?? '';
    expect(place).toContain('hostVerifier:');
    expect(place).not.toMatch(/agent|password|forward|x11|tryKeyboard/i);
  });
});

describe('a connected host', () => {
  let host: Host;
  let relay: TcpRelay;
  beforeEach(async () => {
    relay = await tcpRelay(sshd.target);
    host = await connect({ ...sshd.target, port: relay.port });
  });
  afterEach(async () => {
    host.close();
    await relay.close();
  });

  it('runs a command to its end, whatever that is', async () => {
    expect(await host.run(shell`echo out; echo err >&2; exit 7`)).toEqual({
      exitCode: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await host.run(shell`kill -TERM $$`)).toMatchObject({ exitCode: 143 });
  });

  it('hears all of a command whose opening, output and end arrive in one piece', async () => {
    relay.clump(1000);
    expect(await host.run(shell`echo short; exit 3`)).toMatchObject({ exitCode: 3, stdout: 'short\n' });
  });

  it('passes nasty strings unchanged as words', async () => {
    const { stdout } = await host.run(lines(...nastyStrings.map((value) => shell`printf '%s\\0' ${value}`)));
    expect(stdout.split('\0').slice(0, -1)).toEqual(nastyStrings);
  });

  it('passes input of any size and any bytes', async () => {
    const input = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    const { stdout } = await host.run(shell`sha256sum`, { input });
    expect(stdout).toContain(createHash('sha256').update(input).digest('hex'));
  });

  it('takes output up to the limit and refuses one byte more', async () => {
    const limit = { maxOutputBytes: 100_000 };
    const full = await host.run(shell`head -c 100000 /dev/zero`, limit);
    expect(full.stdout.length).toBe(100_000);
    await expect(host.run(shell`head -c 100001 /dev/zero`, limit)).rejects.toThrow(
      coded('REMOTE_OUTPUT_REFUSED'),
    );
  });

  it('does not grow with what a machine sends without end', async () => {
    const before = process.memoryUsage.rss();
    await expect(host.run(shell`cat /dev/zero`)).rejects.toThrow(coded('REMOTE_OUTPUT_REFUSED'));
    await expect(host.read('/dev/zero', 1000)).rejects.toThrow(coded('REMOTE_COMMAND_FAILED'));
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024);
    expect(await host.run(shell`echo still here`)).toMatchObject({ stdout: 'still here\n' });
  });

  it('keeps its deadline, and stops with the reason of its signal', async () => {
    await expect(host.run(shell`exec sleep 60`, { timeoutMs: 200 })).rejects.toThrow(coded('STEP_DEADLINE'));
    const controller = new AbortController();
    const running = host.run(shell`exec sleep 60`, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(await host.run(shell`echo still here`)).toMatchObject({ exitCode: 0 });
  });

  it('says so when the wire is cut in the middle', async () => {
    const pipe = join(folder, 'pipe');
    await host.run(shell`mkfifo ${pipe}`);
    const running = host.run(shell`echo > ${pipe}; exec sleep 60`);
    await readFile(pipe);
    relay.cut();
    await expect(running).rejects.toThrow(coded('SSH_UNREACHABLE'));
    await expect(host.run(shell`true`)).rejects.toThrow(coded('SSH_UNREACHABLE'));
  });

  it('notices within 15 s that the other side is gone without a word', async () => {
    const running = host.run(shell`exec sleep 60`).catch((error: unknown) => error);
    const began = performance.now();
    relay.freeze();
    expect(await running).toEqual(coded('SSH_UNREACHABLE'));
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('writes a file whole, with its mode, over what was there', async () => {
    const path = join(folder, `it's $(here) `);
    for (const content of ['first', Buffer.from([0, 1, 2, 255]), 'x'.repeat(1_000_000), '']) {
      await host.write(path, content, 0o640);
      expect(hex(await readFile(path))).toBe(hex(Buffer.from(content)));
      expect(hex(await host.read(path, 1_000_000))).toBe(hex(Buffer.from(content)));
    }
    expect((await stat(path)).mode & 0o7777).toBe(0o640);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('leaves the old file when the new one cannot be written', async () => {
    await expect(host.write(join(folder, 'no/such'), 'x', 0o600)).rejects.toThrow(
      coded('REMOTE_COMMAND_FAILED'),
    );
    await expect(host.write(folder, 'x', 0o600)).rejects.toThrow(coded('REMOTE_COMMAND_FAILED'));
    expect(await readdir(folder)).toEqual([]);
  });

  it('reads up to the limit and refuses one byte more', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'x'.repeat(1000));
    expect(await host.read(path, 1000)).toHaveLength(1000);
    await expect(host.read(path, 999)).rejects.toThrow(coded('REMOTE_OUTPUT_REFUSED'));
    await expect(host.read(join(folder, 'none'), 1)).rejects.toThrow(coded('REMOTE_COMMAND_FAILED'));
  });

  it.each(['', '..', '.x', 'a b', 'a/b', "a'b", '-x', 'a%b', 'x'.repeat(101), 'a\nb'])(
    'refuses %j as the name of a job',
    async (name) => {
      await expect(host.job(name, shell`true`, { deadlineMs: 1000 })).rejects.toThrow(
        coded('REQUEST_INVALID'),
      );
    },
  );

  it('says what is missing where there is no systemd', async () => {
    const failed = await host
      .job('nothing', shell`true`, { deadlineMs: 1000 })
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'REMOTE_COMMAND_FAILED' });
    expect(String(failed)).toMatch(/systemd/);
    await rm('/run/rackwright/jobs/nothing', { recursive: true });
  });
});
