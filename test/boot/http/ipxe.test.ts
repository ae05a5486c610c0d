import { describe, expect, it } from 'vitest';
import { ephemeralCommandLine } from '../../../boot/http/command-line.ts';
import { localGrubConfiguration, localScript, networkScript } from '../../../boot/http/ipxe.ts';
import { ipv4 } from '../../../net/index.ts';
import { mac, subnet } from '../../fixtures/boot-bench.ts';
import { nastyStrings } from '../../fixtures/nasty-strings.ts';

const start = {
  kernelUrl: 'http://10.0.0.1:8080/artefacts/00',
  initrdUrl: 'http://10.0.0.1:8080/artefacts/11',
  scriptUrl: 'http://10.0.0.1:8080/boot/52-54-00-00-00-01.ipxe',
  kernelArguments: ['ro'],
};

describe('the writer of iPXE scripts', () => {
  it('takes no word that iPXE would expand, split or end a line with (docs/security.md, rule 12)', () => {
    const bare = networkScript(start).split('\n').length;
    let refused = 0;
    for (const nasty of nastyStrings) {
      for (const field of ['kernelUrl', 'initrdUrl', 'scriptUrl', 'kernelArguments'] as const) {
        const value = field === 'kernelArguments' ? [nasty] : nasty;
        try {
          const script = networkScript({ ...start, [field]: value });
          // What is taken is one word, as it came: as many lines as ever, and no new `${`.
          expect(script.split('\n').length).toBe(bare);
          expect(script).toContain(nasty);
          expect(script).not.toContain('${');
          expect(nasty).toMatch(/^\S+$/);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          refused += 1;
        }
      }
    }
    expect(nastyStrings.length).toBeGreaterThanOrEqual(300);
    expect(refused).toBeGreaterThan(nastyStrings.length);
  });

  it('asks for its script again when something could not be fetched', () => {
    expect(networkScript(start)).toMatch(
      /:again\n.*\nsleep 5\nchain --replace --autofree .*52-54-00-00-00-01\.ipxe/,
    );
  });

  it('knows both firmwares when it starts the disk', () => {
    expect(localScript('10.0.0.1')).toMatch(/iseq \$\{platform\} efi/);
    expect(localGrubConfiguration()).toContain('/EFI/debian/shimx64.efi');
  });
});

describe('the kernel command line', () => {
  const common = {
    subnet: { ...subnet, gateway: ipv4('127.0.0.254'), dns: [ipv4('127.0.0.253')] },
    address: ipv4('127.0.0.101'),
    mac: mac(1),
    squashfsUrl: 'http://127.0.0.1:8080/artefacts/22',
    seedUrl: 'http://127.0.0.1:8080/seed/x/',
  };

  it('gives the address along, so that nobody asks DHCP again', () => {
    expect(ephemeralCommandLine({ ...common, image: { os: 'debian' } })).toContain(
      'ip=127.0.0.101::127.0.0.254:255.255.255.0:rackwright:BOOTIF:off:127.0.0.253',
    );
  });

  it("is what Ubuntu's images understand, with a method behind BOOTIF", () => {
    const line = ephemeralCommandLine({ ...common, image: { os: 'ubuntu' } });
    expect(line).toContain('ip=::::rackwright:BOOTIF:dhcp');
    expect(line).toContain('BOOTIF=01-52-54-00-00-00-01');
  });

  it('pins one data source, so that no neighbour is asked (rule 6)', () => {
    const line = ephemeralCommandLine({ ...common, image: { os: 'debian' } });
    expect(line.filter((word) => word.startsWith('ds='))).toEqual([
      'ds=nocloud;s=http://127.0.0.1:8080/seed/x/',
    ]);
  });
});
