import { createHash, randomUUID } from 'node:crypto';
import { Secret, type SystemRequest, type SystemSecrets } from '../model/index.ts';
import type { SecretStore } from '../store/types.ts';
import { defined } from './defined.ts';
import type { SystemBody } from './schemas/system.ts';
import { readUserData } from './user-data.ts';

export interface SplitSystem {
  /** May be in a history; has no `secretId` yet. */
  readonly request: SystemRequest;
  readonly secrets?: SystemSecrets;
}

/**
 * Takes out what must not be in a workflow's history: the user-data and the hashes of passwords. The request keeps
 * their digests, so that the plan says which ones were consented to.
 * @throws CodedError REQUEST_INVALID, field `system.userData`
 */
export function splitSystem(body: SystemBody): SplitSystem {
  const { userData, users, ...rest } = body;
  const passwords = Object.fromEntries(
    (users ?? []).flatMap(({ name, passwordHash }) =>
      passwordHash === undefined ? [] : [[name, passwordHash]],
    ),
  );
  const request = {
    ...defined(rest),
    ...(userData !== undefined && { userData: readUserData(userData) }),
    ...(users && {
      users: users.map(({ passwordHash, ...user }) => ({
        ...defined(user),
        ...(passwordHash !== undefined && { password: { sha256: digest(passwordHash) } }),
      })),
    }),
  };
  if (userData === undefined && Object.keys(passwords).length === 0) return { request };
  return { request, secrets: { ...(userData !== undefined && { userData }), passwords } };
}

/**
 * Keeps the secrets sealed, and asks with a request that names them. When nobody takes the request, they go again.
 * @see docs/reference/deploy.md, "Secrets"
 */
export async function withKeptSecrets<Answer>(
  store: SecretStore,
  { request, secrets }: SplitSystem,
  ask: (request: SystemRequest) => Promise<Answer>,
): Promise<Answer> {
  if (!secrets) return ask(request);
  const secretId = `deploy/${randomUUID()}`;
  await store.put(secretId, 'system', new Secret(JSON.stringify(secrets)));
  try {
    return await ask({ ...request, secretId });
  } catch (error) {
    await store.delete(secretId);
    throw error;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
