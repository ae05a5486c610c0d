import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { BASE_IMAGE, type StandIn } from './stand-in.ts';

/** Builds it in the engine at this socket. Quick when the engine has built the same before. */
export async function buildStandIn(socket: string, standIn: StandIn): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'rw-image-'));
  try {
    for (const [name, from] of Object.entries(standIn.files)) {
      const target = join(context, name);
      if ('text' in from) await writeFile(target, from.text);
      else await cp(from.path, target, { recursive: true });
      await chmod(target, 0o755);
    }
    await writeFile(join(context, 'Dockerfile'), [`FROM ${BASE_IMAGE}`, ...standIn.lines, ''].join('\n'));
    // The classic builder needs no plugin beside the engine.
    const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: '0' };
    await execa('docker', ['build', '--quiet', '--tag', standIn.name, context], { env });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
