import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../model/index.ts';
import { createBmcQueue, createPower, type HostInterface, type PowerDrivers } from '../../power/index.ts';
import { bootAttempts } from '../../power/redfish/boot.ts';
import { chooseResetTypes } from '../../power/redfish/reset.ts';
import { keptSecrets } from './kept-secrets.ts';
import { thrownBy } from './thrown-by.ts';
import { type Quirks, type RedfishBmc, startRedfishBmc } from './redfish-bmc.ts';

let bmc: RedfishBmc;
let drivers: PowerDrivers;
afterEach(async () => {
  await drivers.close();
  await bmc.stop();
});

const uuid = '11111111-2222-3333-4444-555555555555';

async function start(
  quirks: Quirks = {},
  given: { system?: string; firmware?: 'bios' | 'uefi'; password?: string; next?: string } = {},
) {
  bmc = await startRedfishBmc(quirks);
  const secrets = keptSecrets({
    's/password': given.password ?? bmc.password,
    ...(given.next !== undefined && { 's/next-password': given.next }),
  });
  drivers = createPower({ queue: createBmcQueue(), secrets, timing: { confirmMs: 1_000, pollMs: 2 } });
  const { url, username } = bmc;
  return drivers.driverFor(
    {
      driver: 'redfish',
      url,
      username,
      secret: 's',
      allowPlainHttp: true,
      ...(given.system !== undefined && { system: given.system }),
    },
    { name: 'r1-u1', firmware: given.firmware ?? 'uefi', identity: { serial: 'SN1', uuid } },
  );
}

const done = (sent: boolean) => ({ kind: 'done', sent });
const resets = () => bmc.changes.flatMap((line) => /"ResetType":"(\w+)"/.exec(line)?.[1] ?? []);

describe('the ways from the machine into its BMC (docs/security.md, rule 20)', () => {
  it.each<[string, Quirks, readonly HostInterface[], number]>([
    ['are closed', { hostInterface: 'open' }, [{ name: '1', state: 'closed' }], 1],
    [
      'are closed where it wants its version',
      { hostInterface: 'open', wants: 'etag' },
      [{ name: '1', state: 'closed' }],
      1,
    ],
    ['were closed: nothing is sent', { hostInterface: 'closed' }, [{ name: '1', state: 'was-closed' }], 0],
    ['are not served', {}, [], 0],
    [
      'cannot be closed, and it says so',
      { hostInterface: 'refused' },
      [{ name: '1', state: 'open', why: 'it answers 405' }],
      1,
    ],
    [
      'stay open although it took the order',
      { hostInterface: 'stays-open' },
      [{ name: '1', state: 'open', why: 'it took the change and did not make it' }],
      1,
    ],
  ])('%s', async (_, quirks, found, sent) => {
    const driver = await start(quirks);
    expect(await driver.closeToHost()).toEqual(found);
    expect(bmc.changes.filter((line) => line.includes('InterfaceEnabled'))).toHaveLength(sent);
  });
});

describe('power by Redfish', () => {
  it('switches on and off, confirmed, and sends nothing for what is already so', async () => {
    const driver = await start({ resetTypes: ['On', 'ForceOff', 'ForceRestart'] });
    expect(await driver.query()).toBe('off');
    expect(await driver.off()).toEqual(done(false));
    expect(await driver.on()).toEqual(done(true));
    expect(await driver.on()).toEqual(done(false));
    expect(await driver.reset()).toEqual(done(true));
    expect(await driver.cycle()).toEqual(done(true));
    expect(await driver.off()).toEqual(done(true));
    expect(resets()).toEqual(['On', 'ForceRestart', 'ForceOff', 'On', 'ForceOff']);
  });

  it('sends one order when five ask for the same at once', async () => {
    const driver = await start();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => driver.on()));
    expect(outcomes.filter((outcome) => outcome.kind === 'done' && outcome.sent)).toHaveLength(1);
    expect(resets()).toEqual(['On']);
  });

  it.each<[string, Quirks, 'on' | 'off' | 'reset', string[]]>([
    ['lists only ForceOn', { resetTypes: ['ForceOn', 'ForceOff'] }, 'on', ['ForceOn']],
    ['lists them elsewhere', { resetTypes: ['ForceOn'], actionInfo: true }, 'on', ['ForceOn']],
    ['lists none', {}, 'on', ['On']],
    [
      'lists On and answers 501',
      { resetTypes: ['On', 'ForceOn'], refusesTypes: ['On'] },
      'on',
      ['On', 'ForceOn'],
    ],
    ['has a button alone', { resetTypes: ['PushPowerButton'] }, 'on', ['PushPowerButton']],
  ])('takes the best reset type where the BMC %s', async (_, quirks, action, expected) => {
    const driver = await start(quirks);
    expect(await driver[action]()).toEqual(done(true));
    expect(resets()).toEqual(expected);
  });

  it('says which reset types there are when none will do', async () => {
    const driver = await start({ resetTypes: ['Nmi'] });
    await expect(driver.on()).rejects.toThrow(/it has Nmi, none of which is "on"/);
  });

  it('waits through PoweringOn, and through a task', async () => {
    const slow = await start({ slow: 5, task: { polls: 3, ends: 'Completed' } });
    expect(await slow.on()).toEqual(done(true));
    expect(bmc.power).toBe('On');
  });

  it('tells a machine that is neither on nor off as unknown', async () => {
    const driver = await start({ slow: 1_000_000 });
    await expect(driver.on()).rejects.toThrow(/the machine is not on/);
    expect(await driver.query()).toBe('unknown');
  });

  it('says so when a task fails, and when the order was taken and nothing happened', async () => {
    const failing = await start({ task: { polls: 1, ends: 'Exception' } });
    await expect(failing.on()).rejects.toThrow('the task broke');
    await bmc.stop();
    const ignoring = await start({ ignoresOrders: true });
    await expect(ignoring.on()).rejects.toThrow('it took the order, yet the machine is not on');
  });
});

describe('one start over the network', () => {
  const boot = () => ({
    target: bmc.boot['BootSourceOverrideTarget'],
    enabled: bmc.boot['BootSourceOverrideEnabled'],
    mode: bmc.boot['BootSourceOverrideMode'],
  });

  it.each([
    ['uefi', 'UEFI'],
    ['bios', 'Legacy'],
  ] as const)('is in the mode of the firmware: %s', async (firmware, mode) => {
    const driver = await start({}, { firmware });
    expect(await driver.bootFromNetworkOnce()).toEqual(done(true));
    expect(boot()).toEqual({ target: 'Pxe', enabled: 'Once', mode });
  });

  it.each<[string, Quirks]>([
    ['wants If-Match', { wants: 'etag' }],
    ['wants a weak one though it tells a strong one', { wants: 'weak-etag' }],
    ['refuses If-Match', { wants: 'no-etag' }],
    ['refuses to set the mode with it', { refusesMode: true }],
    ['does it in a task', { task: { polls: 2, ends: 'Completed' } }],
  ])('is ordered where the BMC %s', async (_, quirks) => {
    const driver = await start(quirks);
    expect(await driver.bootFromNetworkOnce()).toEqual(done(true));
    expect(boot()).toMatchObject({ target: 'Pxe', enabled: 'Once' });
  });

  it('is never silently every start', async () => {
    const refusing = await start({ refusesOnce: true });
    expect(await refusing.bootFromNetworkOnce()).toMatchObject({
      kind: 'done',
      note: expect.stringContaining('at every start'),
    });
    expect(boot()).toMatchObject({ target: 'Pxe', enabled: 'Continuous' });
    await bmc.stop();
    const keeping = await start({ keepsContinuous: true });
    expect(await keeping.bootFromNetworkOnce()).toMatchObject({
      note: expect.stringContaining('every start'),
    });
  });

  it('can be from a URL, in UEFI firmware alone', async () => {
    const driver = await start();
    expect(await driver.bootFromHttpOnce('http://10.78.0.1/boot.efi')).toEqual(done(true));
    expect(bmc.boot).toMatchObject({
      BootSourceOverrideTarget: 'UefiHttp',
      HttpBootUri: 'http://10.78.0.1/boot.efi',
    });
    await bmc.stop();
    const bios = await start({}, { firmware: 'bios' });
    expect(await bios.bootFromHttpOnce('http://10.78.0.1/x').catch(codeOf)).toBe('POWER_UNSUPPORTED');
    await bmc.stop();
    const deaf = await start({ refusesHttpUri: true });
    expect(await deaf.bootFromHttpOnce('http://10.78.0.1/boot.efi')).toMatchObject({
      kind: 'done',
      note: expect.stringContaining('asks DHCP'),
    });
    expect(bmc.boot).toMatchObject({
      BootSourceOverrideTarget: 'UefiHttp',
      BootSourceOverrideEnabled: 'Once',
    });
    await bmc.stop();
    const old = await start({ bootTargets: ['None', 'Pxe'] });
    await expect(old.bootFromHttpOnce('http://10.78.0.1/x')).rejects.toThrow('not from UefiHttp');
    expect(bmc.changes).toEqual([]);
  });

  it('has Once before Continuous, and a note with every Continuous: any BMC', () => {
    fc.assert(
      fc.property(
        fc.record({
          mode: fc.boolean(),
          enabled: fc.option(fc.subarray(['Once', 'Continuous', 'Disabled'])),
          firmware: fc.constantFrom('bios' as const, 'uefi' as const),
        }),
        ({ mode, enabled, firmware }) => {
          const attempts = bootAttempts(
            { target: 'Pxe', firmware },
            {
              ...(mode && { BootSourceOverrideMode: 'UEFI' }),
              ...(enabled && { 'BootSourceOverrideEnabled@Redfish.AllowableValues': enabled }),
            },
          );
          const kinds = attempts.map(({ boot }) => boot['BootSourceOverrideEnabled']);
          expect(kinds).toEqual([...kinds].sort().reverse());
          for (const { boot, note } of attempts)
            expect(note !== undefined).toBe(boot['BootSourceOverrideEnabled'] === 'Continuous');
        },
      ),
    );
  });
});

describe('virtual media', () => {
  it.each(['actions', 'patch', 'manager'] as const)('are put in and taken out: %s', async (media) => {
    const driver = await start({ media });
    expect(await driver.insertMedia('http://10.78.0.1/x.iso')).toEqual(done(true));
    expect(bmc.image).toBe('http://10.78.0.1/x.iso');
    expect(await driver.ejectMedia()).toEqual(done(true));
    expect(bmc.image).toBeNull();
  });

  it('are not there on every BMC', async () => {
    const driver = await start({ media: 'none' });
    expect(await driver.insertMedia('http://10.78.0.1/x.iso').catch(codeOf)).toBe('POWER_UNSUPPORTED');
  });
});

describe('the login', () => {
  it('is one session for many requests, and is ended', async () => {
    const driver = await start();
    for (let call = 0; call < 20; call++) await driver.query();
    await drivers.close();
    expect(bmc.logins).toEqual({ sessions: 1, basic: 0, ended: 1 });
  });

  it('is made again when the BMC forgot it', async () => {
    const driver = await start();
    await driver.query();
    bmc.forgetSessions();
    expect(await driver.query()).toBe('off');
    expect(bmc.logins.sessions).toBe(2);
  });

  it.each(['none', 'full'] as const)(
    'is the password with each request where sessions are: %s',
    async (sessions) => {
      const driver = await start({ sessions });
      expect(await driver.on()).toEqual(done(true));
      expect(bmc.logins.sessions).toBe(0);
      expect(bmc.logins.basic).toBeGreaterThan(2);
    },
  );

  it('is refused by name, with neither password nor token in the sentence, and is not tried again', async () => {
    const driver = await start({}, { password: 'canary-wrong' });
    const error = await thrownBy(driver.query());
    expect(codeOf(error)).toBe('BMC_LOGIN_REFUSED');
    expect(String(error)).toContain('The credentials are wrong');
    expect(JSON.stringify([String(error), error])).not.toContain('canary');
    expect(bmc.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    await bmc.stop();
    const basic = await start({ sessions: 'none' }, { password: 'canary-wrong' });
    expect(await basic.query().catch(codeOf)).toBe('BMC_LOGIN_REFUSED');
  });

  it('is with the next password while that is being changed', async () => {
    const driver = await start({}, { next: 'canary-next' });
    await driver.query();
    bmc.setPassword('canary-next');
    expect(await driver.query()).toBe('off');
  });
});

describe('the system', () => {
  const systems = [
    { id: 'Blade1', uuid: '00000000-0000-0000-0000-000000000001' },
    { id: 'Blade2', uuid },
    { id: 'Blade3', uuid: '33333333-2222-1111-4444-555555555555' },
  ];

  it.each([
    ['the UUID of the machine', undefined, 'Blade2'],
    ['its id', 'Blade1', 'Blade1'],
    ['its UUID', '00000000-0000-0000-0000-000000000001', 'Blade1'],
    ['its UUID in the other byte order', '33333333-2222-1111-4444-555555555555', 'Blade3'],
  ])('among several is found by %s', async (_, system, expected) => {
    const driver = await start({ systems }, system === undefined ? {} : { system });
    await driver.on();
    expect(bmc.changes[0]).toContain(`/Systems/${expected}/`);
  });

  it('is asked for when there are several and none is the one', async () => {
    const driver = await start({ systems: [systems[0], systems[2]].flatMap((one) => one ?? []) });
    await expect(driver.query()).rejects.toThrow(/power\.system: .*Blade1, Blade3/);
    await bmc.stop();
    const other = await start({ systems }, { system: 'Blade9' });
    await expect(other.query()).rejects.toThrow(/none called Blade9/);
  });

  it.each(['http://127.0.0.2:1/redfish/v1/Systems', '//127.0.0.2:1/x', 'https://evil.example/', '\\\\evil'])(
    'is not looked for where a link leads elsewhere: %s',
    async (systemsLink) => {
      const driver = await start({ systemsLink });
      await expect(driver.query()).rejects.toThrow(/a link that leads elsewhere|answers 404/);
    },
  );
});

describe('the choice of a reset type', () => {
  it('is one of those that are served, the best first, and all when nobody says', () => {
    const all = [
      'On',
      'ForceOn',
      'ForceOff',
      'GracefulShutdown',
      'ForceRestart',
      'PowerCycle',
      'Nmi',
      'Other',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom('on' as const, 'off' as const, 'reset' as const),
        fc.subarray(all),
        (action, served) => {
          const chosen = chooseResetTypes(action, served);
          expect(chosen.every((type) => served.includes(type))).toBe(true);
          expect(chosen).not.toContain('Nmi');
          expect(chosen).toEqual(chooseResetTypes(action, undefined).filter((type) => served.includes(type)));
        },
      ),
    );
  });
});
