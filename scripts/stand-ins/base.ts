import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { execa } from 'execa';
import { hostAptDateOptions, hostAptSources, renderDeb822 } from '../../lab/apt-sources.ts';
import { BASE_IMAGE, BASE_PACKAGES } from './stand-in.ts';

const WITHOUT = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*'];

/** A small root of the distribution that everything else is built on, made once and kept as a file. */
export async function baseImage(
  socket: string,
  cache: string,
  report: (line: string) => void,
): Promise<void> {
  const packages = BASE_PACKAGES.join(',');
  const tag = `${BASE_IMAGE}-${createHash('sha256').update(packages).digest('hex').slice(0, 8)}`;
  const env = { DOCKER_HOST: `unix://${socket}` };
  const known = await execa('docker', ['image', 'inspect', tag], { env, reject: false });
  if (known.exitCode !== 0) {
    const archive = join(cache, `${tag.replace(':', '-')}.tar`);
    if (!(await exists(archive))) {
      report('A root for the containers, from the packages of the distribution (about 2 minutes, once)');
      await mkdir(cache, { recursive: true });
      const draft = `${archive}.draft.tar`;
      await rm(draft, { force: true });
      const codename = parseEnv(await readFile('/etc/os-release', 'utf8')).VERSION_CODENAME ?? '';
      const sources = join(cache, 'containers.sources');
      await writeFile(sources, renderDeb822(await hostAptSources(codename)));
      const excludes = WITHOUT.map((path) => `--dpkgopt=path-exclude=${path}`);
      const dates = (await hostAptDateOptions()).map((option) => `--aptopt=${option.replace(/;$/, '')}`);
      const options = ['--mode=root', '--variant=minbase', `--include=${packages}`, ...excludes];
      await execa('mmdebstrap', [...options, ...dates, codename, draft, sources], { stderr: 'ignore' });
      await rename(draft, archive);
    }
    await execa('docker', ['import', archive, tag], { env });
  }
  await execa('docker', ['tag', tag, BASE_IMAGE], { env });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
