import type { Subnet } from '../../model/index.ts';
import { type CommandSpec, text, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { subnetPage } from '../pages/subnet-view.ts';

export const command: CommandSpec = {
  description: 'Say how a subnet is served. Asking again with the same name replaces what was said.',
  flags: [
    { flags: '--cidr <network>', description: 'such as 10.78.0.0/24', required: true },
    { flags: '--server-address <address>', description: 'our own address in it', required: true },
    { flags: '--dynamic <first-last>', description: 'addresses that DHCP gives', required: true },
    { flags: '--static <first-last>', description: 'addresses for deployed machines', required: true },
    {
      flags: '--image <name>',
      description: 'what machines boot into memory, such as debian/12',
      required: true,
    },
    { flags: '--gateway <address>', description: 'way out of the subnet' },
    { flags: '--dns <address>', description: 'name server', repeats: true },
    {
      flags: '--discovery <policy>',
      description: 'boot unknown machines?',
      choices: ['on', 'declared-only', 'off'],
      fallback: 'on',
    },
    {
      flags: '--pin <by>',
      description: 'what vouches for SSH host keys; console: BMCs that carry one',
      choices: ['network', 'console'],
      fallback: 'network',
    },
    { flags: '--package-proxy <url>', description: 'HTTP proxy to the package archives' },
  ],
  examples: [
    'rackwright subnet add rack1 --cidr 10.78.0.0/24 --server-address 10.78.0.1 --dynamic 10.78.0.100-10.78.0.199 --static 10.78.0.10-10.78.0.99 --image debian/12',
    'rackwright subnet add rack1 --cidr 10.78.0.0/24 --server-address 10.78.0.1 --dynamic 10.78.0.100-10.78.0.199 --static 10.78.0.10-10.78.0.99 --image debian/12 --gateway 10.78.0.254 --dns 10.78.0.254 --discovery off',
  ],
  async run({ args, options, session }) {
    const gateway = text(options, 'gateway');
    const packageProxy = text(options, 'packageProxy');
    const body = {
      cidr: text(options, 'cidr'),
      serverAddress: text(options, 'serverAddress'),
      dynamic: rangeFrom('--dynamic', text(options, 'dynamic') as string),
      static: rangeFrom('--static', text(options, 'static') as string),
      ephemeralImage: text(options, 'image'),
      dns: texts(options, 'dns'),
      discovery: text(options, 'discovery'),
      pin: text(options, 'pin'),
      ...(gateway !== undefined && { gateway }),
      ...(packageProxy !== undefined && { packageProxy }),
    };
    const path = `/v1/subnets/${encodeURIComponent(args[0] as string)}`;
    await session.print([await session.api.send<Subnet>('PUT', path, body)], subnetPage, true);
    return 0;
  },
};

function rangeFrom(flag: string, given: string) {
  const [first, last, ...more] = given.split('-');
  if (!first || !last || more.length > 0) throw usageError(`${flag} ${given} is no range: write FIRST-LAST`);
  return { first, last };
}
