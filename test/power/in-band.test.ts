import { describe, expect, it } from 'vitest';
import { Secret } from '../../model/index.ts';
import { type InBandBmc, makeBmcUser, parseInBandBmc, userSlot } from '../../power/index.ts';

/** What ipmitool 1.8.19 printed about ipmi_sim, shortened in the middle. */
const report = (changes: { ciphers?: string; privileges?: string; users?: string } = {}) => `== channel 1
Set in Progress         : Set Complete
Auth Type Support       : NONE MD2 MD5 PASSWORD 
                        : OEM      : 
IP Address Source       : Static Address
IP Address              : 10.78.0.11
Subnet Mask             : 255.255.255.0
MAC Address             : 52:54:00:bc:00:01
SNMP Community String   : public
Default Gateway MAC     : 00:00:00:00:00:00
${changes.ciphers ?? 'RMCP+ Cipher Suites     : 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15'}
Cipher Suite Priv Max   : ${changes.privileges ?? 'aaaaaaaaaaaaaaa'}
                        :     X=Cipher Suite Unused
== mc
Device ID                 : 35
Firmware Revision         : 9.08
IPMI Version              : 2.0
== users
ID  Name\t     Callin  Link Auth\tIPMI Msg   Channel Priv Limit
${
  changes.users ??
  `1                    true    false      false      USER
2   admin            true    false      true       ADMINISTRATOR
3                    true    false      false      Unknown (0x00)`
}
== end
`;

describe('a BMC seen from inside', () => {
  it('has channel, address, firmware, cipher suites and users', () => {
    expect(parseInBandBmc(report())).toEqual({
      channel: 1,
      address: '10.78.0.11',
      mac: '52:54:00:bc:00:01',
      firmware: '9.08',
      cipherSuites: [3],
      offersCipherZero: false,
      users: [
        { id: 1, name: '' },
        { id: 2, name: 'admin' },
        { id: 3, name: '' },
      ],
    });
  });

  it.each([
    ['RMCP+ Cipher Suites     : 0,1,2,3,17', 'XXXaa', [17, 3]],
    ['RMCP+ Cipher Suites     : 0,1,2,3,17', 'aaaaX', [3]],
    ['RMCP+ Cipher Suites     : 17', 'a', [17]],
    ['RMCP+ Cipher Suites     : 0,1,2', 'aaa', []],
    ['RMCP+ Cipher Suites     : ', '', [17, 3]],
    ['', 'Not Available', [17, 3]],
  ])('is asked for 17 before 3 and never for another: %s %s', (ciphers, privileges, expected) => {
    expect(parseInBandBmc(report({ ciphers, privileges }))?.cipherSuites).toEqual(expected);
  });

  it.each([
    ['RMCP+ Cipher Suites     : 0,1,2,3', 'aaaa', true],
    ['RMCP+ Cipher Suites     : 0,1,2,3', 'Xaaa', false],
    ['RMCP+ Cipher Suites     : 3,10,17', 'aaa', false],
    ['', 'Not Available', false],
  ])('says whether it offers cipher suite 0: %s %s', (ciphers, privileges, expected) => {
    expect(parseInBandBmc(report({ ciphers, privileges }))?.offersCipherZero).toBe(expected);
  });

  it.each([
    '',
    'garbage',
    '== channel 1\n== mc\n== users\n== end\n',
    report().replace('10.78.0.11', '0.0.0.0'),
  ])('is not there: case %#', (text) => {
    expect(parseInBandBmc(text)).toBeUndefined();
  });

  it('gives our user the slot it has, or the first free one after 1', () => {
    const users = (text: string) => parseInBandBmc(report({ users: text }))?.users ?? [];
    const row = (id: number, name: string) =>
      `${String(id).padEnd(4)}${name.padEnd(17)}true    true       true       ADMINISTRATOR`;
    expect(userSlot(users([row(1, ''), row(2, 'root'), row(3, '(Empty User)'), row(4, '')].join('\n')))).toBe(
      3,
    );
    expect(userSlot(users([row(1, ''), row(2, ''), row(9, 'rackwright')].join('\n')))).toBe(9);
    expect(userSlot(users([row(1, ''), row(2, 'a true name'), row(3, 'b')].join('\n')))).toBeUndefined();
  });
});

describe('making our user', () => {
  const bmc = parseInBandBmc(report()) as InBandBmc;

  it('keeps the password out of the arguments', () => {
    const { words, input } = makeBmcUser(bmc, 3, new Secret('Abcdefgh01234567'));
    expect(words).toEqual(['sh', '-c', 'cat | ipmitool exec /dev/stdin']);
    expect(input?.split('\n')).toEqual([
      'user set name 3 rackwright',
      'user set password 3 Abcdefgh01234567 16',
      'channel setaccess 1 3 link=on ipmi=on callin=on privilege=3',
      'user enable 3',
      '',
    ]);
  });

  it('says that a longer password is one of IPMI 2.0', () => {
    const { input } = makeBmcUser(bmc, 3, new Secret('Abcdefgh0123456789ab'));
    expect(input).toContain('user set password 3 Abcdefgh0123456789ab 20\n');
  });

  it.each(['', 'a b', 'a\nuser enable 1', '"', 'x'.repeat(21)])('refuses the password %j', (password) => {
    expect(() => makeBmcUser(bmc, 3, new Secret(password))).toThrow(RangeError);
  });
});
