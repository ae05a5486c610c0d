import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mac, parseMac } from '../../net/index.ts';
import { inventory, machine } from './records.ts';
import { type RunningApi, runApi, startMs } from './running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
}, startMs);
afterAll(() => api.stop());

const bring = (text: string, format = 'yaml', plan = false) =>
  api.call('POST', '/v1/declared/import', { format, text, plan });
const changesOf = async (text: string, plan = false) => {
  const { status, json } = await bring(text, 'yaml', plan);
  expect(json, JSON.stringify(json)).toMatchObject({ applied: !plan });
  expect(status).toBe(200);
  return (json.changes as { name: string; change: string; fields: string[] }[]).map(
    ({ name, change, fields }) => `${name} ${change} ${fields.join(',')}`.trim(),
  );
};
const CANARY = 'canary-Xq7';

const rack = `# what was ordered
machines:
  - name: r1-u1
    serial: SN-0001
    macs: [52:54:00:aa:00:01, "52-54-00-AA-00-02"]
    site: lab
    rack: r1
    unit: 1
    tags: [gpu]
    power:
      driver: ipmi
      address: 10.78.1.11
      username: admin
      password: ${CANARY}
    expects:
      threads: 64
      memory: 512GiB
      disks: {count: 2, size: 960GB, serials: [D1, D2]}
    onMismatch: block
  - name: r1-u2
    macs: [52:54:00:aa:00:03]
`;

describe('a file of declared machines', () => {
  test('is shown, taken, and the same again changes nothing', async () => {
    expect(await changesOf(rack, true)).toEqual(['r1-u1 create', 'r1-u2 create']);
    expect((await api.call('GET', '/v1/declared')).json.items).toEqual([]);
    expect(await changesOf(rack)).toEqual(['r1-u1 create', 'r1-u2 create']);
    expect(await changesOf(rack)).toEqual(['r1-u1 unchanged', 'r1-u2 unchanged']);
    const { json } = await api.call('GET', '/v1/declared/r1-u1');
    expect(json).toEqual({
      declared: {
        name: 'r1-u1',
        serial: 'SN-0001',
        macs: ['52:54:00:aa:00:01', '52:54:00:aa:00:02'],
        site: 'lab',
        rack: 'r1',
        unit: 1,
        tags: ['gpu'],
        power: {
          driver: 'ipmi',
          address: '10.78.1.11',
          port: 623,
          username: 'admin',
          cipherSuite: 17,
          passwordSecret: expect.stringMatching(/^declared-r1-u1-[0-9a-f]{16}$/),
        },
        expects: {
          threads: 64,
          memory: 512 * 1024 ** 3,
          diskCount: 2,
          diskSize: 960e9,
          diskSerials: ['D1', 'D2'],
        },
        onMismatch: 'block',
      },
    });
  });

  test('its password is kept, never shown, and never follows to another address', async () => {
    await changesOf(rack);
    const record = async () =>
      (await api.store.declared.get('r1-u1'))?.power as { passwordSecret: string; address: string };
    const before = (await record()).passwordSecret;
    expect((await api.store.secrets.get(before, 'password'))?.reveal()).toBe(CANARY);
    expect((await api.call('GET', '/v1/declared')).text).not.toContain(CANARY);

    expect(await changesOf(rack.replace(/^ +password.*\n/m, ''))).toEqual([
      'r1-u1 unchanged',
      'r1-u2 unchanged',
    ]);
    expect(await changesOf(rack.replace(CANARY, 'another'))).toEqual([
      'r1-u1 change power',
      'r1-u2 unchanged',
    ]);
    expect(await api.store.secrets.get(before, 'password')).toBeUndefined();

    const moved = rack.replace(/^ +password.*\n/m, '').replace('10.78.1.11', '10.78.1.99');
    expect(await changesOf(moved)).toEqual(['r1-u1 change power', 'r1-u2 unchanged']);
    const after = (await record()).passwordSecret;
    expect(await api.store.secrets.get(after, 'password')).toBeUndefined();
    expect(api.log.map((entry) => JSON.stringify(entry)).join('')).not.toContain(CANARY);
    await changesOf(rack);
  });

  test('a spreadsheet says the same', async () => {
    const csv = [
      'name,serial,macs,site,rack,unit,tags,power.driver,power.address,power.username,power.password,power.port,threads,memory,disks.count,disks.size,disks.serials,onMismatch',
      `r1-u1,SN-0001,52:54:00:aa:00:01 52:54:00:aa:00:02,lab,r1,1,gpu,ipmi,10.78.1.11,admin,${CANARY},623,64,512GiB,2,960GB,D1 D2,block`,
      'r1-u2,,52:54:00:aa:00:03,,,,,,,,,,,,,,,',
    ].join('\r\n');
    await changesOf(rack);
    const { json } = await bring(csv, 'csv');
    expect(json.changes.map(({ change }: { change: string }) => change)).toEqual(['unchanged', 'unchanged']);
  });

  test('a declaration is forgotten, with its password', async () => {
    await changesOf(
      'machines: [{name: gone, serial: G, power: {driver: ipmi, address: 10.0.0.1, username: u, password: p}}]',
    );
    const power = (await api.store.declared.get('gone'))?.power as { passwordSecret: string };
    expect((await api.call('DELETE', '/v1/declared/gone')).status).toBe(200);
    expect((await api.call('GET', '/v1/declared/gone')).status).toBe(404);
    expect(await api.store.secrets.get(power.passwordSecret, 'password')).toBeUndefined();
    expect((await api.call('DELETE', '/v1/declared/gone')).status).toBe(404);
  });
});

test('the examples of the documentation are taken as they stand there', async () => {
  const page = readFileSync(new URL('../../docs/reference/declared-machines.md', import.meta.url), 'utf8');
  const examples = [...page.matchAll(/(?:^ {4}.*\n|^\n(?= {4}))+/gm)].map(([block]) =>
    block.replaceAll(/^ {4}/gm, '').trimStart(),
  );
  expect(examples).toHaveLength(2);
  for (const text of examples) {
    const { status, json } = await bring(text, text.startsWith('machines:') ? 'yaml' : 'csv', true);
    expect([status, json.detail]).toEqual([200, undefined]);
  }
});

describe('a fault is named with its line and field, and nothing is taken', () => {
  const two = (second: string) => `machines:\n  - name: ok\n    serial: OK-1\n  - name: bad\n${second}`;
  test.each<[string, string, number, string | undefined]>([
    ['no YAML', 'machines: [', 1, undefined],
    ['a key twice', 'machines: []\nmachines: []', 2, undefined],
    ['something beside machines', 'machines: []\nusers: []', 1, 'users'],
    ['an unknown field', two('    serial: B\n    colour: red\n'), 6, 'colour'],
    ['a MAC that is none', two('    macs:\n      - 52:54:00:aa:bb:01\n      - 52:54\n'), 7, 'macs.1'],
    ['no way to know it', two('    rack: r1\n'), 4, 'serial'],
    ['a serial that YAML takes for a number', two('    serial: 0012\n'), 5, 'serial'],
    ['a name that is no host name', 'machines:\n  - name: R1_U1\n    serial: B\n', 2, 'name'],
    ['an unknown driver', two('    serial: B\n    power: {driver: magic}\n'), 6, 'power.driver'],
    [
      'a driver without its address',
      two('    serial: B\n    power:\n      driver: ipmi\n      username: u\n'),
      7,
      'power.address',
    ],
    ['a size that is none', two('    serial: B\n    expects:\n      memory: lots\n'), 7, 'expects.memory'],
    [
      'a count that is none',
      two('    serial: B\n    expects:\n      disks:\n        count: -1\n'),
      8,
      'expects.disks.count',
    ],
    ['an unknown policy', two('    serial: B\n    onMismatch: shout\n'), 6, 'onMismatch'],
    ['a serial twice', two('    serial: OK-1\n'), 5, 'serial'],
    ['a name twice', 'machines:\n  - {name: ok, serial: A}\n  - {name: ok, serial: B}\n', 3, 'name'],
    ['control characters', two('    serial: "a\\x1b[31m"\n'), 5, 'serial'],
  ])('%s', async (_, text, line, field) => {
    const { status, json } = await bring(text);
    expect([status, json.code, json.details?.line, json.details?.field]).toEqual([
      400,
      'REQUEST_INVALID',
      line,
      field,
    ]);
    expect(json.detail).toContain(`line ${line}`);
    expect(await api.store.declared.get('ok')).toBeUndefined();
  });

  test.each<[string, string, number, string | undefined]>([
    ['an unknown column', 'name,colour\nok,red', 1, 'colour'],
    ['a column twice', 'name,name\nok,ok', 1, 'name'],
    ['a cell too many', 'name,serial\nok,OK-1\nbad,B,x', 3, undefined],
    ['a unit that is no number', 'name,serial,unit\nok,OK-1,\nbad,B,top', 3, 'unit'],
    [
      'a line within a cell moves the lines below',
      'name,serial,rack\nok,"OK-1","a"\n\nbad,"B\nC",r',
      4,
      'serial',
    ],
    ['a quote that is never closed', 'name,serial\nok,OK-1\nbad,"B', 3, undefined],
  ])('in CSV: %s', async (_, text, line, field) => {
    const { status, json } = await bring(text, 'csv');
    expect([status, json.code, json.details?.line, json.details?.field]).toEqual([
      400,
      'REQUEST_INVALID',
      line,
      field,
    ]);
    expect(await api.store.declared.get('ok')).toBeUndefined();
  });

  test('anchors are refused before they multiply', async () => {
    const bomb = `a: &a [x,x]\nb: &b [*a,*a]\nmachines:\n  - {name: ok, serial: A, tags: *b}\n`;
    expect((await bring(bomb)).json).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  test('what another declaration or machine has already', async () => {
    await changesOf(rack);
    expect((await bring('machines:\n  - name: other\n    serial: SN-0001\n')).json).toMatchObject({
      details: { line: 3, field: 'serial' },
      detail: expect.stringContaining('was declared as r1-u1'),
    });
    expect((await bring('machines: [{name: other, macs: ["52:54:00:aa:00:03"]}]')).json).toMatchObject({
      details: { line: 1, field: 'macs.0' },
    });
    await api.store.machines.record(machine('m-77', { name: 'taken' }));
    expect((await bring('machines: [{name: taken, serial: elsewhere}]')).json).toMatchObject({
      details: { line: 1, field: 'name' },
      detail: expect.stringContaining('m-77'),
    });
  });
});

describe('what has arrived', () => {
  const macOf = (text: string) => parseMac(text) as Mac;
  test('is shown beside what was declared, with every difference', async () => {
    await changesOf(rack);
    const arrived = machine('m-1', {
      name: 'r1-u1',
      site: 'elsewhere',
      identity: { uuid: 'u-1', serial: 'SN-0001', macs: [macOf('525400aa0001')] },
    });
    await api.store.machines.record(arrived);
    const before = (await api.call('GET', '/v1/declared/r1-u1')).json;
    expect(before).toMatchObject({ seen: { machineId: 'm-1', state: 'Ready' } });
    expect(before.differences).toBeUndefined();
    await api.store.inventories.add('m-1', 'm-1/commission/1', inventory, new Date());
    const { differences } = (await api.call('GET', '/v1/declared/r1-u1')).json;
    expect(differences.map(({ field }: { field: string }) => field)).toEqual([
      'site',
      'serial',
      'macs',
      'macs',
      'disks.count',
      'disks.size (vda)',
      'disks.serials',
      'disks.serials',
    ]);
    expect((await api.call('GET', '/v1/declared/r1-u2')).json.seen).toBeUndefined();
  });

  test('two machines that fit one declaration are a conflict', async () => {
    await changesOf('machines: [{name: twin, serial: TW-1, macs: ["52:54:00:bb:00:01"]}]');
    const twin = (id: string, serial: string, mac: string) =>
      machine(id, { identity: { uuid: id, serial, macs: [macOf(mac)] } });
    await api.store.machines.record(twin('m-8', 'TW-1', '525400bb0009'));
    await api.store.machines.record(twin('m-9', 'TW-9', '525400bb0001'));
    expect((await api.call('GET', '/v1/declared/twin')).json.conflict).toBe('m-8 and m-9 both fit it');
  });
});
