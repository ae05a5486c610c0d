import type { InstallContext } from '../install/index.ts';
import type { DeployPlan, EphemeralSession, Subnet } from '../model/index.ts';
import type { ActivityDependencies } from './deps.ts';

/** Where the image comes from in this boot of the machine, and who may log in afterwards. */
export function installContext(
  { artefactUrl, ssh }: ActivityDependencies,
  plan: DeployPlan,
  operationId: string,
  session: EphemeralSession,
  subnet: Subnet,
): InstallContext {
  const { sha256 } = plan.image.squashfs;
  return {
    source:
      session.squashfs === sha256
        ? { kind: 'running' }
        : { kind: 'fetch', url: artefactUrl(subnet.serverAddress, sha256) },
    intentId: operationId.replaceAll('/', '-'),
    controllerKey: ssh.publicLine,
    seed: { instanceId: operationId.replaceAll('/', '-') },
  };
}
