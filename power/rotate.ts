import { CodedError, type Secret } from '../model/index.ts';

/** Where the two passwords are kept. Equal, or no next one: no rotation is under way. */
export interface KeptPasswords {
  current(): Promise<Secret | undefined>;
  next(): Promise<Secret | undefined>;
  keepCurrent(password: Secret): Promise<void>;
  keepNext(password: Secret): Promise<void>;
}

export interface Rotation {
  readonly kept: KeptPasswords;
  readonly make: (length: 16 | 20) => Secret;
  /** Puts it onto the BMC. */
  readonly write: (password: Secret) => Promise<void>;
  /** Out-of-band, with this password and no other. @throws when it is refused */
  readonly verify: (password: Secret) => Promise<unknown>;
}

/**
 * Keep the new one, write it, verify it, and only then let go of the old (docs/security.md, rule 17). Killed between
 * any two steps, one of the two kept passwords opens the BMC; begun again, it goes on with the same new one.
 * @throws CodedError BMC_LOGIN_REFUSED when no password is kept that could be replaced
 */
export async function rotateBmcPassword({ kept, make, write, verify }: Rotation): Promise<void> {
  const current = await kept.current();
  if (!current) throw new CodedError('BMC_LOGIN_REFUSED', 'No password is kept that could be replaced.');
  const begun = await kept.next();
  // As long as the one that this BMC took before.
  const fresh = () => make(current.reveal().length > 16 ? 20 : 16);
  const next = begun && begun.reveal() !== current.reveal() ? begun : fresh();
  await kept.keepNext(next);
  await write(next);
  await verify(next);
  await kept.keepCurrent(next);
}
