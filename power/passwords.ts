import { CodedError, type Secret } from '../model/index.ts';

/** Secrets of power control, by the id of their record and the field in it. */
export interface PowerSecrets {
  get(id: string, field: string): Promise<Secret | undefined>;
  put(id: string, field: string, value: Secret): Promise<void>;
}

/** The field of a BMC's password, and of the one that takes its place while a rotation is under way. */
export const passwordField = 'password';
export const nextPasswordField = 'next-password';

/** Asked for at each command, so that a rotated password counts at once. The likelier one first. */
export type ReadPasswords = () => Promise<readonly [Secret, ...Secret[]]>;

/** @throws CodedError BMC_LOGIN_REFUSED when none is kept */
export function passwordsOf(secrets: Pick<PowerSecrets, 'get'>, id: string, name: string): ReadPasswords {
  return async () => {
    const password = await secret(secrets, id, passwordField, name);
    const next = await secrets.get(id, nextPasswordField);
    return next && next.reveal() !== password.reveal() ? [password, next] : [password];
  };
}

/** @throws CodedError BMC_LOGIN_REFUSED when it is not kept */
export async function secret(
  secrets: Pick<PowerSecrets, 'get'>,
  id: string,
  field: string,
  name: string,
): Promise<Secret> {
  const kept = await secrets.get(id, field);
  if (kept) return kept;
  const message = `No ${field} is kept for the power control of ${name}.`;
  throw new CodedError('BMC_LOGIN_REFUSED', message, { secret: id, field });
}
