import { randomInt } from 'node:crypto';
import { CodedError, codeOf, type Inventory, type PowerParameters, Secret } from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import type { BmcAccess } from './address.ts';
import {
  bmcPasswordLengths,
  bmcUsername,
  discoverBmc,
  type InBandBmc,
  type InBandCommand,
  makeBmcUser,
  parseInBandBmc,
  userSlot,
} from './in-band.ts';
import { nextPasswordField, passwordField, type PowerSecrets } from './passwords.ts';
import { rotateBmcPassword } from './rotate.ts';

/** Runs words as one command on the machine, as root: `(words, options) => host.run(shell\`${words}\`, options)`. */
export type RunInBand = (
  words: InBandCommand['words'],
  options: { readonly input?: string; readonly timeoutMs: number },
) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;

export interface Adoption {
  readonly bmc: NonNullable<Inventory['bmc']>;
  readonly power: Extract<PowerParameters, { driver: 'ipmi' }>;
  /** What somebody should put right on this BMC, as sentences. */
  readonly findings: readonly string[];
}

export interface Adopting {
  readonly run: RunInBand;
  /** Made by `makeBmcPassword`, or the one that is kept. */
  readonly password: Secret;
  /** Under which the password is kept; it is put there before it is used, so that nobody is locked out. */
  readonly secretId: string;
  readonly secrets: PowerSecrets;
  /** An out-of-band query, with this password and no other. */
  readonly prove: (power: Adoption['power'], password: Secret) => Promise<unknown>;
  /** Does it let in who has no right password? */
  readonly testCipherZero: (access: BmcAccess) => Promise<boolean>;
}

/** Through emulated or slow KCS each of some forty exchanges takes up to a second. */
const inBandTimeoutMs = 180_000;
const lanPort = 623;

/**
 * Finds the machine's BMC from inside, makes a user of ours on it, and proves it over the LAN. Again is harmless: the
 * user is found by its name and gets the same password. Undefined: there is no BMC.
 */
export async function adoptBmc(adopting: Adopting): Promise<Adoption | undefined> {
  const bmc = await findInBand(adopting.run);
  if (!bmc) return undefined;
  const { power } = await makeOurUser(bmc, adopting);
  const { address, mac, firmware } = bmc;
  const { cipherSuite, port, username } = power;
  const isOpen =
    bmc.offersCipherZero || (await adopting.testCipherZero({ host: address, port, username, cipherSuite }));
  const findings = isOpen
    ? [
        `The BMC at ${address} offers cipher suite 0: who knows a user name needs no password (CVE-2013-4782). Switch it off on the BMC.`,
      ]
    : [];
  return { bmc: { kind: 'ipmi', address, mac: mac ?? '', firmware }, power, findings };
}

/** 20 characters where the BMC takes them, otherwise the first 16 of them. What is kept is what was proven. */
async function makeOurUser(bmc: InBandBmc, adopting: Adopting): Promise<{ power: Adoption['power'] }> {
  const { password, secretId, secrets } = adopting;
  const whole = password.reveal();
  const lengths = bmcPasswordLengths.filter((length) => length <= whole.length);
  for (const length of lengths.length > 0 ? lengths : [whole.length]) {
    const tried = new Secret(whole.slice(0, length));
    const isLast = length <= 16;
    await secrets.put(secretId, passwordField, tried);
    const made = await writeInBand(adopting.run, bmc, tried);
    if (!made) {
      if (isLast) throw failed(bmc.address, 'it does not take our user');
      continue;
    }
    try {
      return { power: await proveUser(bmc, tried, adopting) };
    } catch (error) {
      // Taken, and cut off or mangled on the way in.
      if (isLast || codeOf(error) !== 'BMC_LOGIN_REFUSED') throw error;
    }
  }
  throw failed(bmc.address, 'it does not take our user');
}

async function proveUser(bmc: InBandBmc, password: Secret, { secretId, prove }: Adopting) {
  for (const cipherSuite of bmc.cipherSuites) {
    const power = {
      driver: 'ipmi',
      address: bmc.address,
      port: lanPort,
      username: bmcUsername,
      passwordSecret: secretId,
      cipherSuite,
    } as const;
    try {
      await prove(power, password);
      return power;
    } catch (error) {
      if (codeOf(error) !== 'BMC_CIPHER_REFUSED') throw error;
    }
  }
  const message = `The BMC at ${bmc.address} offers neither cipher suite 17 nor 3.`;
  throw new CodedError('BMC_CIPHER_REFUSED', message, { host: bmc.address });
}

/**
 * A new password for our user, from inside the machine. Killed at any point and begun again it goes on where it was,
 * and until it is through both passwords are tried by every driver.
 * @returns whether there is a BMC with a user of ours
 */
export async function rotateInBand(
  rotating: Pick<Adopting, 'run' | 'secretId' | 'secrets' | 'prove'> & {
    readonly power: Adoption['power'];
  },
): Promise<boolean> {
  const { run, secretId, secrets, prove, power } = rotating;
  const bmc = await findInBand(run);
  if (!bmc?.users.some((user) => user.name === bmcUsername)) return false;
  await rotateBmcPassword({
    kept: {
      current: () => secrets.get(secretId, passwordField),
      next: () => secrets.get(secretId, nextPasswordField),
      keepCurrent: (password) => secrets.put(secretId, passwordField, password),
      keepNext: (password) => secrets.put(secretId, nextPasswordField, password),
    },
    make: makeBmcPassword,
    async write(password) {
      if (!(await writeInBand(run, bmc, password)))
        throw failed(bmc.address, 'it does not take a new password');
    },
    verify: (password) => prove(power, password),
  });
  return true;
}

/** For a user of our own: 20 of 62 characters are 119 bits, 16 are 95. */
export function makeBmcPassword(length: (typeof bmcPasswordLengths)[number] = bmcPasswordLengths[0]): Secret {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const pick = () => alphabet[randomInt(alphabet.length)];
  return new Secret(Array.from({ length }, pick).join(''));
}

function asker(run: RunInBand) {
  return ({ words, input }: InBandCommand) =>
    run(words, { timeoutMs: inBandTimeoutMs, ...(input !== undefined && { input }) });
}

async function findInBand(run: RunInBand): Promise<InBandBmc | undefined> {
  return parseInBandBmc((await asker(run)(discoverBmc())).stdout);
}

async function writeInBand(run: RunInBand, bmc: InBandBmc, password: Secret): Promise<boolean> {
  const id = userSlot(bmc.users);
  if (id === undefined) throw failed(bmc.address, 'it has no free user');
  return (await asker(run)(makeBmcUser(bmc, id, password))).exitCode === 0;
}

function failed(address: Ipv4, why: string): CodedError {
  return new CodedError('BMC_COMMAND_FAILED', `The BMC at ${address}, asked from inside: ${why}.`, {
    host: address,
  });
}
