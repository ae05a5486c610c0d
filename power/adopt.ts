import { randomInt } from 'node:crypto';
import { CodedError, codeOf, type Inventory, type PowerParameters, Secret } from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import {
  bmcPasswordLength,
  bmcUsername,
  discoverBmc,
  type InBandCommand,
  makeBmcUser,
  parseInBandBmc,
  userSlot,
} from './in-band.ts';

/** Runs words as one command on the machine, as root: `(words, options) => host.run(shell\`${words}\`, options)`. */
export type RunInBand = (
  words: InBandCommand['words'],
  options: { readonly input?: string; readonly timeoutMs: number },
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

export interface Adoption {
  readonly bmc: NonNullable<Inventory['bmc']>;
  readonly power: Extract<PowerParameters, { driver: 'ipmi' }>;
}

export interface Adopting {
  readonly run: RunInBand;
  readonly password: Secret;
  /** Under which the password is kept; it has to be there before this begins, so that nobody is locked out. */
  readonly secretId: string;
  /** An out-of-band query. */
  readonly prove: (power: Adoption['power']) => Promise<unknown>;
}

/** Through emulated or slow KCS each of some forty exchanges takes up to a second. */
const inBandTimeoutMs = 180_000;
const lanPort = 623;

/**
 * Finds the machine's BMC from inside, makes a user of ours on it, and proves it over the LAN. Again is harmless: the
 * user is found by its name and gets the same password. Undefined: there is no BMC.
 */
export async function adoptBmc({ run, password, secretId, prove }: Adopting): Promise<Adoption | undefined> {
  const ask = ({ words, input }: InBandCommand) =>
    run(words, { timeoutMs: inBandTimeoutMs, ...(input !== undefined && { input }) });

  const bmc = parseInBandBmc((await ask(discoverBmc())).stdout);
  if (!bmc) return undefined;
  const id = userSlot(bmc.users);
  if (id === undefined) throw failed(bmc.address, 'it has no free user');
  const made = await ask(makeBmcUser(bmc, id, password));
  if (made.exitCode !== 0) throw failed(bmc.address, 'it does not take our user');

  const username = bmcUsername;
  for (const cipherSuite of bmc.cipherSuites) {
    const power = {
      driver: 'ipmi',
      address: bmc.address,
      port: lanPort,
      username,
      passwordSecret: secretId,
      cipherSuite,
    } as const;
    try {
      await prove(power);
      const { address, mac, firmware } = bmc;
      return { bmc: { kind: 'ipmi', address, mac: mac ?? '', firmware }, power };
    } catch (error) {
      if (codeOf(error) !== 'BMC_CIPHER_REFUSED') throw error;
    }
  }
  const message = `The BMC at ${bmc.address} offers neither cipher suite 17 nor 3.`;
  throw new CodedError('BMC_CIPHER_REFUSED', message, { host: bmc.address });
}

/** For a user of our own: 16 of 62 characters are 95 bits. */
export function makeBmcPassword(): Secret {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const pick = () => alphabet[randomInt(alphabet.length)];
  return new Secret(Array.from({ length: bmcPasswordLength }, pick).join(''));
}

function failed(address: Ipv4, why: string): CodedError {
  return new CodedError('BMC_COMMAND_FAILED', `The BMC at ${address}, asked from inside: ${why}.`, {
    host: address,
  });
}
