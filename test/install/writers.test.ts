import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { installIdentifiers } from '../../install/identifiers.ts';
import { writeFiles } from '../../install/steps/write-files.ts';
import { cloudConfigText, metaDataText, userDataText } from '../../install/writers/cloud-seed.ts';
import { fstabText } from '../../install/writers/fstab.ts';
import { commandLine, grubConfigText, grubDefaultsText, grubWord } from '../../install/writers/grub.ts';
import { hostsText } from '../../install/writers/hosts.ts';
import { interfacesText, resolvText } from '../../install/writers/ifupdown.ts';
import { netplanText } from '../../install/writers/netplan.ts';
import { linkFiles } from '../../install/writers/networkd.ts';
import { yamlText } from '../../install/writers/yaml.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { context, plan, publicKey } from './example.ts';

const { network } = plan();
/** Lone surrogates are no text: no file can hold them. */
const texts = nastyStrings.filter((text) => text.isWellFormed() && !text.includes('\0'));

describe('YAML', () => {
  test.each(['1.1', '1.2'] as const)(
    'every nasty string comes back as it went, read as YAML %s',
    (version) => {
      for (const text of [...texts, 'on', 'no', '=', '<<', '~', '1_000', '0o17', '12:30:45', '1e3', '.inf']) {
        const written = yamlText({ value: text, list: [text], inner: { deep: text } });
        expect(parse(written, { version })).toEqual({ value: text, list: [text], inner: { deep: text } });
      }
    },
  );
});

describe('network', () => {
  test('netplan', () => {
    expect(parse(netplanText(network), { version: '1.1' })).toMatchInlineSnapshot(`
      {
        "network": {
          "ethernets": {
            "enp0s2": {
              "addresses": [
                "10.78.0.20/24",
              ],
              "dhcp4": false,
              "match": {
                "macaddress": "52:54:00:78:00:10",
              },
              "nameservers": {
                "addresses": [
                  "10.78.0.254",
                ],
              },
              "routes": [
                {
                  "to": "default",
                  "via": "10.78.0.254",
                },
              ],
              "set-name": "enp0s2",
            },
          },
          "version": 2,
        },
      }
    `);
  });
  test('ifupdown', () => {
    expect(interfacesText(network)).toMatchInlineSnapshot(`
      "source /etc/network/interfaces.d/*

      auto lo
      iface lo inet loopback

      auto enp0s2
      iface enp0s2 inet static
      	address 10.78.0.20/24
      	gateway 10.78.0.254
      	dns-nameservers 10.78.0.254
      "
    `);
    expect(linkFiles(network)[0]?.text).toMatchInlineSnapshot(`
      "[Match]
      MACAddress=52:54:00:78:00:10
      Type=ether

      [Link]
      Name=enp0s2
      "
    `);
    expect(resolvText(network)).toBe('nameserver 10.78.0.254\n');
    expect(hostsText(network, 'node-1')).toContain('\n10.78.0.20 node-1\n');
  });
});

test('fstab names file systems by UUID', () => {
  expect(
    fstabText(plan({ firmware: 'uefi' }).storage, { fileSystem: ({ on }) => `UUID-${on}` }),
  ).toMatchInlineSnapshot(`
    "UUID=UUID-ESP /boot/efi vfat umask=0077 0 2
    UUID=UUID-root / ext4 errors=remount-ro 0 1
    "
  `);
});

describe('cloud-init', () => {
  test('reads no list of datasources over several lines', () => {
    expect(cloudConfigText(plan(), context())).toMatch(/^datasource_list: \[ NoCloud, None \]\n/);
    expect(parse(cloudConfigText(plan(), context()))).toMatchObject({
      network: { config: 'disabled' },
      ssh_deletekeys: false,
    });
  });
  test('knows the machine by its instance', () => {
    expect(parse(metaDataText('op-1', 'node-1'))).toEqual({
      'instance-id': 'op-1',
      'local-hostname': 'node-1',
    });
  });
  test('gets the keys of the people, and never ours', () => {
    const [anna, ours] = [publicKey('B', 'anna@example'), publicKey('C')];
    const asked = context({ controllerKey: ours });
    const text = userDataText(plan({ sshKeys: [anna, `${ours} copied`] }), asked);
    expect(text).toMatch(/^#cloud-config\n/);
    expect(parse(text)).toEqual({ users: ['default'], ssh_authorized_keys: [anna] });
    expect(parse(userDataText(plan({ sshKeys: [] }), asked))).toEqual({ users: ['default'] });
  });
});

describe('GRUB', () => {
  const ids = {
    ...installIdentifiers('op-0001', plan().storage),
    fileSystem: ({ on }: { on: string }) => `UUID-${on}`,
  };
  test('configuration', () => {
    expect(grubConfigText(plan(), ids)).toMatchInlineSnapshot(`
      "# Written by Rackwright when it installed this machine; update-grub replaces it.
      set timeout=1
      serial --unit=0 --speed=115200
      terminal_input console serial
      terminal_output console serial
      search --no-floppy --fs-uuid --set=root UUID-root
      menuentry debian/12 {
        linux /boot/vmlinuz-$kernel root=UUID=UUID-root ro console=tty0 console=ttyS0,115200
        initrd /boot/initrd.img-$kernel
      }
      "
    `);
  });
  test('starts the kernel with the line that kexec uses', () => {
    const line = commandLine(plan(), ids);
    expect(grubConfigText(plan({ firmware: 'uefi' }), ids)).toContain(`vmlinuz-$kernel ${line}\n`);
  });
  test('defaults are for a shell', () => {
    const script = `${grubDefaultsText(plan())}\nprintf %s "$GRUB_CMDLINE_LINUX"`;
    expect(execFileSync('sh', ['-euc', script], { encoding: 'utf8' })).toBe(
      'console=tty0 console=ttyS0,115200',
    );
  });
  test('a word is quoted, or refused', () => {
    for (const text of texts) {
      if (/['\u0000-\u001f\u007f]/.test(text)) expect(() => grubWord(text)).toThrow(RangeError);
      else expect(grubWord(text)).toMatch(/^(?:[\w.,:=/@%+-]+|'[^']*')$/);
    }
  });
});

test('files arrive on the machine with every byte and their mode', () => {
  const target = mkdtempSync(join(tmpdir(), 'rw-target-'));
  try {
    const files = texts.map((text, index) => ({
      path: `/etc/nasty/${index}`,
      text,
      mode: index % 2 === 0 ? (0o644 as const) : (0o600 as const),
    }));
    const script = `target=${target}\n${writeFiles(files).text}`;
    // Twice: a step that was cut off is run again from its start.
    for (let round = 0; round < 2; round += 1) execFileSync('sh', ['-eu'], { input: script });
    for (const { path, text, mode } of files) {
      expect(readFileSync(join(target, path), 'utf8')).toBe(text);
      expect(statSync(join(target, path)).mode & 0o777).toBe(mode);
    }
  } finally {
    rmSync(target, { recursive: true });
  }
});
