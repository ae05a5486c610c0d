import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { forgetSecrets, secretsOf, takeOverSecrets } from '../../activities/deploy-secrets.ts';
import { type PlannedSystem, Secret } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import { ownStore } from '../store/fixtures/own-store.ts';

const userData = '#!/bin/sh\n: hunter2\n';
const sha256 = createHash('sha256').update(userData).digest('hex');
const system: PlannedSystem = {
  hostname: 'node-1',
  users: [],
  rootLogin: false,
  packages: [],
  userData: { kind: 'script', size: userData.length, sha256 },
};

let store: Store;
ownStore((made) => {
  store = made;
});

test('an operation takes its secrets over, also when it is told twice, and they end with it', async () => {
  const { secrets } = store;
  await secrets.put('deploy/1', 'system', new Secret(JSON.stringify({ userData, passwords: {} })));
  for (let round = 0; round < 2; round += 1) await takeOverSecrets(secrets, 'op-1', { secretId: 'deploy/1' });
  expect(await secrets.get('deploy/1', 'system')).toBeUndefined();
  expect(await secretsOf(secrets, 'op-1', system)).toEqual({ userData, passwords: {} });

  const other = { ...system, userData: { kind: 'script', size: 1, sha256: 'a'.repeat(64) } } as const;
  await expect(secretsOf(secrets, 'op-1', other)).rejects.toMatchObject({ code: 'PLAN_STALE' });
  await expect(secretsOf(secrets, 'op-2', system)).rejects.toMatchObject({ code: 'PLAN_STALE' });
  // Whoever has none may have any name.
  const users = [{ name: 'constructor', sshKeys: [], password: { sha256 } }];
  await expect(secretsOf(secrets, 'op-1', { ...system, users })).rejects.toMatchObject({
    code: 'PLAN_STALE',
  });

  await forgetSecrets(secrets, 'op-1');
  expect(await secrets.get('op-1', 'system')).toBeUndefined();
});
