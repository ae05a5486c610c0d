import { createHash } from 'node:crypto';
import { CodedError, type PlannedSystem, type SystemRequest, type SystemSecrets } from '../model/index.ts';
import type { SecretStore } from '../store/types.ts';

const FIELD = 'system';

/** From now on they are the operation's, and go with it. May run again: the second time they have moved already. */
export async function takeOverSecrets(
  secrets: SecretStore,
  operationId: string,
  { secretId }: SystemRequest,
): Promise<void> {
  if (secretId === undefined) return;
  const sealed = await secrets.get(secretId, FIELD);
  if (!sealed) return;
  await secrets.put(operationId, FIELD, sealed);
  await secrets.delete(secretId);
}

/**
 * What the plan of this operation needs, and only if it is what was consented to.
 * @throws CodedError PLAN_STALE when it is not, or is not there any more
 */
export async function secretsOf(
  secrets: SecretStore,
  operationId: string,
  { userData, users }: PlannedSystem,
): Promise<SystemSecrets | undefined> {
  if (!userData && users.every(({ password }) => !password)) return undefined;
  const sealed = await secrets.get(operationId, FIELD);
  const known: SystemSecrets = sealed ? (JSON.parse(sealed.reveal()) as SystemSecrets) : { passwords: {} };
  const wanted = [
    ...(userData ? [{ what: 'The user-data', sha256: userData.sha256, text: known.userData }] : []),
    ...users.flatMap(({ name, password }) =>
      password
        ? [
            {
              what: `The password of ${name}`,
              sha256: password.sha256,
              text: Object.hasOwn(known.passwords, name) ? known.passwords[name] : undefined,
            },
          ]
        : [],
    ),
  ];
  for (const { what, sha256, text } of wanted) {
    if (text === undefined)
      throw new CodedError('PLAN_STALE', `${what} is not kept any more: ask for the deployment again.`);
    if (createHash('sha256').update(text).digest('hex') !== sha256)
      throw new CodedError('PLAN_STALE', `${what} is not what the plan was made with.`);
  }
  return known;
}

/** When the operation has ended, whatever became of it. */
export async function forgetSecrets(secrets: SecretStore, operationId: string): Promise<void> {
  await secrets.delete(operationId);
}
