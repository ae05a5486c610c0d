import { afterEach, describe, expect, it } from 'vitest';
import {
  type BmcQuirk,
  briskPace,
  type Effect,
  type FleetMachine,
  makeHardware,
  serveRedfish,
  SimMachine,
} from '../../../lab/sim/index.ts';
import { createJournal } from '../../../lab/sim/journal.ts';
import { ipv4 } from '../../../net/index.ts';

const SYSTEM = '/redfish/v1/Systems/1';
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Bmc extends Required<FleetMachine> {
  readonly effects: () => readonly Effect[];
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Said>;
}
interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

/** A machine on whose network nobody answers, and its BMC. */
async function powered(...quirks: readonly BmcQuirk[]): Promise<Bmc> {
  const journal = createJournal();
  const machine = new SimMachine({
    hardware: makeHardware(1, 1),
    faults: [],
    pace: { ...briskPace, postMs: 60_000 },
    relay: {
      address: ipv4('127.0.0.1'),
      send: () => undefined,
      listen: () => () => undefined,
      close: async () => undefined,
    },
    journal,
    xid: () => 1,
    otherUuid: '',
    moreAnswers: [],
  });
  const bmc = await serveRedfish({ address: ipv4('127.0.0.1'), port: 0, machine, quirks });
  ends.push(
    () => bmc.close(),
    () => machine.close(),
  );
  const basic = `Basic ${Buffer.from(`${bmc.username}:${bmc.password}`).toString('base64')}`;
  return {
    machine,
    bmc,
    effects: () => journal.all(),
    async ask(method, path, body, headers = { authorization: basic }) {
      const said = await fetch(`${bmc.url}${path}`, {
        method,
        headers: { ...headers, connection: 'close' },
        signal: AbortSignal.timeout(2_000),
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await said.text();
      return {
        status: said.status,
        headers: said.headers,
        json: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
      };
    },
  };
}

const reset = (bmc: Bmc, type: string) =>
  bmc.ask('POST', `${SYSTEM}/Actions/ComputerSystem.Reset`, { ResetType: type });
const override = (bmc: Bmc, enabled: string, headers?: Record<string, string>) =>
  bmc.ask(
    'PATCH',
    SYSTEM,
    { Boot: { BootSourceOverrideTarget: 'Pxe', BootSourceOverrideEnabled: enabled } },
    headers,
  );
const powerState = async (bmc: Bmc) => (await bmc.ask('GET', SYSTEM)).json['PowerState'];

describe('a BMC that speaks Redfish', () => {
  it('switches the machine on and off, and tells the truth about it', async () => {
    const bmc = await powered();
    expect(await powerState(bmc)).toBe('Off');
    expect((await reset(bmc, 'On')).status).toBe(204);
    expect(await powerState(bmc)).toBe('On');
    expect((await reset(bmc, 'On')).status).toBe(204);
    await reset(bmc, 'ForceOff');
    expect(await powerState(bmc)).toBe('Off');
    expect(bmc.effects().map(({ kind }) => kind)).toEqual(['powered-on', 'powered-off']);
  });

  it('keeps a session from login to logout, and lets nobody in without', async () => {
    const bmc = await powered();
    expect((await bmc.ask('GET', SYSTEM, undefined, {})).status).toBe(401);
    const { username, password } = bmc.bmc;
    const path = '/redfish/v1/SessionService/Sessions';
    const wrong = await bmc.ask('POST', path, { UserName: username, Password: 'no' }, {});
    expect(wrong.status).toBe(401);
    const login = await bmc.ask('POST', path, { UserName: username, Password: password }, {});
    const token = { 'x-auth-token': login.headers.get('x-auth-token') ?? '' };
    expect((await bmc.ask('GET', SYSTEM, undefined, token)).status).toBe(200);
    expect(bmc.bmc.sessions()).toBe(1);
    await bmc.ask('DELETE', login.headers.get('location') ?? '', undefined, token);
    expect(bmc.bmc.sessions()).toBe(0);
    expect((await bmc.ask('GET', SYSTEM, undefined, token)).status).toBe(401);
  });

  it('keeps an override for one start, and takes virtual media', async () => {
    const bmc = await powered();
    expect((await override(bmc, 'Once')).status).toBe(204);
    const before = await bmc.ask('GET', SYSTEM);
    expect(before.json).toMatchObject({ Boot: { BootSourceOverrideEnabled: 'Once' } });
    await reset(bmc, 'On');
    const after = await bmc.ask('GET', SYSTEM);
    expect(after.json).toMatchObject({ Boot: { BootSourceOverrideEnabled: 'Disabled' } });
    const drive = '/redfish/v1/Managers/1/VirtualMedia/CD';
    await bmc.ask('POST', `${drive}/Actions/VirtualMedia.InsertMedia`, { Image: 'http://x/y.iso' });
    expect((await bmc.ask('GET', drive)).json).toMatchObject({ Inserted: true, Image: 'http://x/y.iso' });
  });
});

describe('each quirk of a BMC', () => {
  it('no-sessions: 404, and the root names none', async () => {
    const bmc = await powered({ name: 'no-sessions' });
    expect((await bmc.ask('POST', '/redfish/v1/SessionService/Sessions', {})).status).toBe(404);
    expect((await bmc.ask('GET', '/redfish/v1')).json).not.toHaveProperty('SessionService');
  });

  it('reset-types-missing: 501 for these alone', async () => {
    const bmc = await powered({ name: 'reset-types-missing', types: ['On'] });
    expect((await reset(bmc, 'On')).status).toBe(501);
    expect((await reset(bmc, 'ForceRestart')).status).toBe(204);
    expect(bmc.machine.isOn).toBe(true);
  });

  it('etag-required: 428 without, 412 with an old one, 204 with the one it has', async () => {
    const bmc = await powered({ name: 'etag-required' });
    const basic = `Basic ${Buffer.from(`${bmc.bmc.username}:${bmc.bmc.password}`).toString('base64')}`;
    const etag = (await bmc.ask('GET', SYSTEM)).headers.get('etag') ?? '';
    expect((await override(bmc, 'Once')).status).toBe(428);
    expect((await override(bmc, 'Once', { authorization: basic, 'if-match': 'W/"0"' })).status).toBe(412);
    expect((await override(bmc, 'Once', { authorization: basic, 'if-match': etag })).status).toBe(204);
  });

  it('slow-transitions: says so while it lasts', async () => {
    const bmc = await powered({ name: 'slow-transitions', ms: 60_000 });
    await reset(bmc, 'On');
    expect(await powerState(bmc)).toBe('PoweringOn');
    expect(bmc.machine.isOn).toBe(false);
  });

  it('lies: shows what was asked for, and does nothing', async () => {
    const bmc = await powered({ name: 'lies' });
    await reset(bmc, 'On');
    expect(await powerState(bmc)).toBe('On');
    expect(bmc.machine.isOn).toBe(false);
  });

  it('ignores-orders: does nothing, and says so', async () => {
    const bmc = await powered({ name: 'ignores-orders' });
    expect((await reset(bmc, 'On')).status).toBe(204);
    expect(await powerState(bmc)).toBe('Off');
  });

  it('no-boot-once: refuses one start, takes every start', async () => {
    const bmc = await powered({ name: 'no-boot-once' });
    expect((await override(bmc, 'Once')).status).toBe(400);
    expect((await override(bmc, 'Continuous')).status).toBe(204);
  });

  it('keeps-host-interface: takes the order, and stays open to the machine', async () => {
    const path = '/redfish/v1/Managers/1/HostInterfaces/1';
    for (const [quirks, isOpen] of [
      [[], false],
      [[{ name: 'keeps-host-interface' }], true],
    ] as const) {
      const bmc = await powered(...quirks);
      expect((await bmc.ask('GET', path)).json).toMatchObject({ InterfaceEnabled: true });
      expect((await bmc.ask('PATCH', path, { InterfaceEnabled: false })).status).toBe(204);
      expect((await bmc.ask('GET', path)).json).toMatchObject({ InterfaceEnabled: isOpen });
    }
  });

  it('refuses-login: 401, also with the right password', async () => {
    const bmc = await powered({ name: 'refuses-login' });
    expect((await bmc.ask('GET', SYSTEM)).status).toBe(401);
  });

  it('unavailable: 503 as often as it was told, then it works', async () => {
    const bmc = await powered({ name: 'unavailable', requests: 2 });
    const statuses: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) statuses.push((await bmc.ask('GET', SYSTEM)).status);
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('drops-connections: in the middle of the answer, then it works', async () => {
    const bmc = await powered({ name: 'drops-connections', requests: 1 });
    await expect(bmc.ask('GET', SYSTEM)).rejects.toThrow();
    expect((await bmc.ask('GET', SYSTEM)).status).toBe(200);
  });

  it('hangs: the request is heard and never answered', async () => {
    const bmc = await powered({ name: 'hangs' });
    const giveUp = new AbortController();
    const asked = fetch(`${bmc.bmc.url}${SYSTEM}`, { signal: giveUp.signal });
    asked.catch(() => undefined);
    await expect.poll(() => bmc.bmc.requests()).toBe(1);
    giveUp.abort();
    await expect(asked).rejects.toThrow();
  });

  it('answers-with-tasks: 202, and the task is done when it is asked for', async () => {
    const bmc = await powered({ name: 'answers-with-tasks' });
    const said = await reset(bmc, 'On');
    expect(said.status).toBe(202);
    expect((await bmc.ask('GET', said.headers.get('location') ?? '')).json).toMatchObject({
      TaskState: 'Completed',
    });
  });

  it('speaks-html, and tells no list of reset types', async () => {
    const html = await powered({ name: 'speaks-html' });
    expect((await html.ask('GET', SYSTEM)).headers.get('content-type')).toBe('text/html');
    const bare = await powered({ name: 'no-allowable-values' });
    expect(JSON.stringify((await bare.ask('GET', SYSTEM)).json)).not.toContain('ResetType@Redfish');
  });

  it('forgets-boot-override: takes it, and starts the machine as it always does', async () => {
    const bmc = await powered({ name: 'forgets-boot-override' });
    expect((await override(bmc, 'Once')).status).toBe(204);
    await reset(bmc, 'On');
    expect(bmc.machine.running).toBe('firmware');
  });
});
