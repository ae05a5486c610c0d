import type { InstallContext } from '../install/index.ts';
import type { DeployPlan, EphemeralSession, Subnet } from '../model/index.ts';
import { fipsKeyPair } from '../remote/index.ts';
import { secretsOf } from './deploy-secrets.ts';
import type { ActivityDependencies } from './deps.ts';

/** Where the image comes from in this boot of the machine, who may log in afterwards, and what nobody else may know. */
export async function installContext(
  { artefactUrl, ssh, store }: ActivityDependencies,
  plan: DeployPlan,
  operationId: string,
  session: EphemeralSession,
  subnet: Subnet,
): Promise<InstallContext> {
  const { sha256 } = plan.image.kind === 'root' ? plan.image.squashfs : plan.image.disk;
  const secrets = await secretsOf(store.secrets, operationId, plan.system);
  return {
    source:
      plan.image.kind === 'root' && session.squashfs === sha256
        ? { kind: 'running' }
        : { kind: 'fetch', url: artefactUrl(subnet.serverAddress, sha256) },
    intentId: operationId.replaceAll('/', '-'),
    controllerKey: ssh.publicLine,
    ...(plan.image.kind === 'disk' &&
      plan.image.layout === 'esxi' && { fipsKey: fipsKeyPair(ssh.privateKey).publicKey }),
    seed: { instanceId: operationId.replaceAll('/', '-') },
    ...(secrets && { secrets }),
  };
}
