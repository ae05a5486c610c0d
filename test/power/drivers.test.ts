import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { powerChangeSchema, powerSchemas, viewPowerDrivers } from '../../api/schemas/power.ts';
import {
  codeOf,
  isSamePowerPlace,
  powerAbilities,
  type PowerAbility,
  type PowerDriverName,
  powerDriverNames,
  powerDriverTable,
  type PowerParameters,
} from '../../model/index.ts';
import { ipv4, parseMac } from '../../net/index.ts';
import { createBmcQueue, createPower, type PowerDriver, type PoweredMachine } from '../../power/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { keptSecrets } from './kept-secrets.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

/** Good parameters of each driver; what listens there is nobody. */
const samples: { readonly [Name in PowerDriverName]: Extract<PowerParameters, { driver: Name }> } = {
  manual: { driver: 'manual' },
  ipmi: {
    driver: 'ipmi',
    address: ipv4('127.0.0.1'),
    port: 9,
    username: 'admin',
    passwordSecret: 's',
    cipherSuite: 17,
  },
  redfish: { driver: 'redfish', url: 'https://127.0.0.1:9', username: 'admin', secret: 's', system: '1' },
  libvirt: { driver: 'libvirt', uri: 'qemu:///system', domain: 'r1-u1' },
  lxd: {
    driver: 'lxd',
    url: 'https://127.0.0.1:9',
    project: 'default',
    instance: 'r1-u1',
    clientCertificate: pem,
    secret: 's',
  },
  proxmox: {
    driver: 'proxmox',
    url: 'https://127.0.0.1:9',
    node: 'pve',
    vm: 100,
    tokenId: 'rw@pve!power',
    secret: 's',
  },
  'wake-on-lan': {
    driver: 'wake-on-lan',
    broadcast: ipv4('127.255.255.255'),
    port: 9,
    mac: parseMac('52:54:00:78:00:10') as NonNullable<ReturnType<typeof parseMac>>,
  },
  webhook: {
    driver: 'webhook',
    onUrl: 'https://127.0.0.1:9/on',
    offUrl: 'https://127.0.0.1:9/off',
    queryUrl: 'https://127.0.0.1:9/query',
    secret: 's',
  },
};

const machine: PoweredMachine = { name: 'r1-u1', firmware: 'uefi', identity: { serial: 'SN1' } };
const canaries = { password: 'canary-pw', token: 'canary-token', clientKey: 'canary-key' };
const power = () =>
  createPower({
    queue: createBmcQueue(),
    secrets: keptSecrets(
      Object.fromEntries(Object.entries(canaries).map(([field, value]) => [`s/${field}`, value])),
    ),
    timing: { confirmMs: 20, pollMs: 1 },
    binDirectories: ['/nowhere'],
  });
const driverFor = (parameters: object) => power().driverFor(parameters as PowerParameters, machine);

const calls: Readonly<Record<PowerAbility, (driver: PowerDriver) => Promise<unknown>>> = {
  query: (driver) => driver.query(),
  on: (driver) => driver.on(),
  off: (driver) => driver.off(),
  cycle: (driver) => driver.cycle(),
  reset: (driver) => driver.reset(),
  bootFromNetworkOnce: (driver) => driver.bootFromNetworkOnce(),
  bootFromHttpOnce: (driver) => driver.bootFromHttpOnce('http://10.78.0.1/x'),
  media: (driver) => driver.insertMedia('http://10.78.0.1/x'),
  closeToHost: (driver) => driver.closeToHost(),
};

describe('what each driver can', () => {
  it('is in the table, without a blank', () => {
    expect(powerDriverNames).toHaveLength(8);
    const rows = powerDriverNames.map((name) => {
      const { can } = powerDriverTable[name];
      return `${name}: ${powerAbilities.map((ability) => can[ability]).join(' ')}`;
    });
    expect(powerAbilities).toEqual(Object.keys(calls));
    expect(rows).toMatchInlineSnapshot(`
      [
        "manual: no person person person person person no no no",
        "ipmi: yes yes yes yes yes yes no no no",
        "redfish: yes yes yes yes yes yes if-served if-served if-served",
        "libvirt: yes yes yes yes yes person no no no",
        "lxd: yes yes yes yes yes person no no no",
        "proxmox: yes yes yes yes yes person no no no",
        "wake-on-lan: no yes person person person person no no no",
        "webhook: if-served yes yes yes yes person no no no",
      ]
    `);
  });

  describe.each(powerDriverNames)('%s', (name) => {
    it.each(powerAbilities)('%s is so', async (ability) => {
      const driver = driverFor(samples[name]);
      const how = driver.can[ability];
      if (powerDriverTable[name].can[ability] !== 'if-served')
        expect(how).toBe(powerDriverTable[name].can[ability]);
      const ended = await calls[ability](driver).catch(codeOf);
      if (how === 'person')
        expect(ended).toMatchObject({ kind: 'asked', asked: expect.stringContaining('r1-u1') });
      else if (how === 'no') expect(ended).toBe(ability === 'query' ? 'unknown' : 'POWER_UNSUPPORTED');
      // Nobody is there: it tried, and says whom it did not find.
      else if (name === 'wake-on-lan') expect(ended).toMatchObject({ kind: 'done', unconfirmed: true });
      else expect(ended).toMatch(/^(BMC_UNREACHABLE|TOOL_MISSING|OUTBOUND_REFUSED|BMC_LOGIN_REFUSED)$/);
    });
  });
});

describe('parameters that could be something else', () => {
  const fields = powerDriverNames.flatMap((name) =>
    Object.entries(samples[name])
      .filter(
        ([field, value]) => typeof value === 'string' && !/^(driver|secret|passwordSecret)$/.test(field),
      )
      .map(([field]) => [name, field] as const),
  );

  it.each(fields)('are refused by the driver and by the API: %s %s', async (name, field) => {
    for (const nasty of [
      '-x',
      '--help',
      'a\nb',
      'a\0b',
      '-----BEGIN X\n',
      '',
      ...nastyStrings.slice(0, 40),
    ]) {
      // Names of people and machines may hold marks; they may not begin with one that makes an option of them.
      const isFree = /^(username|system|domain)$/.test(field) && !/^-|[\x00-\x1f\x7f]|^$/.test(nasty);
      if (isFree) continue;
      const changed = { ...samples[name], [field]: nasty };
      const ended = await Promise.resolve()
        .then(() => driverFor(changed).on())
        .catch(codeOf);
      expect([nasty, ended]).toEqual([nasty, 'REQUEST_INVALID']);
      const {
        secret: _secret,
        passwordSecret: _passwordSecret,
        ...asked
      } = changed as Record<string, unknown>;
      const parsed = powerChangeSchema.safeParse(asked);
      expect([nasty, parsed.success]).toEqual([nasty, false]);
      expect(parsed.error?.issues[0]?.path).toEqual([field]);
    }
  });

  it.each([
    'qemu:///system?socket=/tmp/x',
    'qemu+ssh://host/system',
    'qemu+ext://host/system?command=/tmp/x',
    'qemu+tcp://host/system',
    'qemu+unix:///system',
    'qemu+tls:///system',
    'qemu://host/system',
    'qemu+tls://user@host/system',
    'qemu+tls://host:99999/system',
    'qemu:///../x',
    'esx://host/',
    'file:///etc/passwd',
  ])('are not the libvirt URI %s', (uri) => {
    expect(() => driverFor({ ...samples.libvirt, uri })).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID' }),
    );
  });

  it.each([
    'qemu:///system',
    'qemu:///session',
    'qemu+tls://host.example:16514/system',
    'xen:///',
    'test:///default',
  ])('may be the libvirt URI %s', (uri) => {
    expect(driverFor({ ...samples.libvirt, uri }).can.on).toBe('yes');
    expect(powerChangeSchema.safeParse({ driver: 'libvirt', uri, domain: 'a' }).success).toBe(true);
  });

  it('are refused by name when the driver or the field is unknown', () => {
    const issue = (power: object) => powerChangeSchema.safeParse(power).error?.issues[0];
    expect(issue({ driver: 'telepathy' })).toMatchObject({
      path: ['driver'],
      message: expect.stringContaining('there are manual, ipmi'),
    });
    expect(issue({ driver: 'redfish', url: 'https://a', username: 'a', host: 'x' })).toMatchObject({
      keys: ['host'],
    });
    expect(issue({ driver: 'redfish', url: 'http://a', username: 'a' })?.path).toEqual(['url']);
    expect(issue({ driver: 'lxd', url: 'https://a', instance: 'a' })?.path).toEqual(['clientCertificate']);
  });
});

describe('secrets', () => {
  it.each(powerDriverNames)('of %s are in no error and in no shown parameter', async (name) => {
    const driver = driverFor(samples[name]);
    for (const ability of powerAbilities) {
      const ended = await calls[ability](driver).catch((error: Error) => [String(error), error.stack, error]);
      expect(JSON.stringify(ended)).not.toContain('canary');
    }
  });

  it('are those fields that the schema writes only, and every driver names where they go', () => {
    for (const { name, secrets, parameters } of viewPowerDrivers()) {
      const properties = parameters['properties'] as Record<string, { writeOnly?: boolean }>;
      const hidden = Object.entries(properties).filter(([, { writeOnly }]) => writeOnly === true);
      expect(hidden.map(([field]) => field)).toEqual(secrets);
      const { place } = powerDriverTable[name as PowerDriverName];
      for (const field of place) expect(Object.keys(properties)).toContain(field);
      expect(secrets.length === 0 || place.length > 0).toBe(true);
      expect(Object.keys(powerSchemas[name as PowerDriverName].shape)).toEqual([
        'driver',
        ...Object.keys(properties),
      ]);
    }
  });

  it.each(powerDriverNames)('of %s are kept for the same place and for no other', (name) => {
    const before = samples[name];
    expect(isSamePowerPlace(before, { ...before })).toBe(true);
    for (const field of powerDriverTable[name].place)
      expect(isSamePowerPlace(before, { ...before, [field]: 'elsewhere' })).toBe(false);
    for (const other of powerDriverNames)
      if (other !== name) expect(isSamePowerPlace(before, { ...samples[other] })).toBe(false);
  });
});

describe('wake-on-LAN', () => {
  it('sends the magic packet, for the card that is named or for all that are known', async () => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true }).bind(0, '0.0.0.0');
    await once(socket, 'listening');
    const got: string[] = [];
    const all = Promise.withResolvers<void>();
    socket.on('message', (packet) => {
      got.push(packet.toString('hex'));
      if (got.length === 9) all.resolve();
    });
    const { port } = socket.address();
    const macs = ['52:54:00:00:00:01', '52:54:00:00:00:02'].flatMap((text) => parseMac(text) ?? []);
    const known: PoweredMachine = { ...machine, identity: { serial: 'S', macs } };
    const { mac: _mac, ...toAll } = { ...samples['wake-on-lan'], port };
    await driverFor({ ...toAll, mac: samples['wake-on-lan'].mac }).on();
    expect(await power().driverFor(toAll, known).on()).toMatchObject({
      unconfirmed: true,
      note: expect.any(String),
    });
    await all.promise;
    socket.close();
    const packet = (mac: string) => 'ff'.repeat(6) + mac.repeat(16);
    expect(new Set(got)).toEqual(
      new Set(['525400780010', '525400000001', '525400000002'].map((mac) => packet(mac))),
    );
    await expect(driverFor(toAll).on()).rejects.toThrow(/power\.mac/);
  });
});
