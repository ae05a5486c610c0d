import { createHash } from 'node:crypto';
import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { refreshPackageLists } from '../parts/packages.ts';
import { nginxFiles, PAGES } from './nginx-files.ts';
import { PAGE_FOLDER } from './page.ts';
import type { NginxContext } from './parameters.ts';

const NAME = 'rackwright-nginx';
const LOCAL_IMAGE = 'rackwright-nginx:distribution';
const DRAFT = '/var/lib/rackwright/nginx-image';
const LABEL = 'rackwright.nginx';

export function containerCheck(context: NginxContext): Shell {
  return runs(context);
}

export function containerApply(context: NginxContext, writePage: LayerStep): readonly LayerStep[] {
  const { image } = context.parameters;
  return [
    writePage,
    ...(image === undefined
      ? [refreshPackageLists(context.packageProxy), makeImage(context)]
      : [pull(image)]),
    run(context),
  ];
}

function pull(image: string): LayerStep {
  return {
    name: 'pull the image',
    does: `Pull ${image}.`,
    done: shell`docker image inspect ${image} >/dev/null 2>&1`,
    script: shell`docker pull ${image}`,
    deadlineMs: 900_000,
  };
}

function makeImage({ packageProxy }: NginxContext): LayerStep {
  const make = nginxFiles(packageProxy, DRAFT);
  const recipe = digest(nginxFiles(undefined, DRAFT).text);
  const changes = [
    '--change',
    `LABEL ${LABEL}=${recipe}`,
    '--change',
    'EXPOSE 80',
    '--change',
    'CMD ["/usr/sbin/nginx", "-g", "daemon off;"]',
  ];
  return {
    name: 'make the image',
    does: "Make an image of the distribution's nginx and what it is linked to, without installing it.",
    done: shell`[ "$(docker image inspect --format ${`{{index .Config.Labels "${LABEL}"}}`} ${LOCAL_IMAGE} 2>/dev/null)" = ${recipe} ]`,
    script: lines(
      make,
      shell`tar -C ${DRAFT}/root -c . | docker import ${changes} - ${LOCAL_IMAGE}`,
      shell`rm -rf ${DRAFT}`,
    ),
    deadlineMs: 300_000,
  };
}

/** What the container was made with is its label, and a container that was made with something else is made anew. */
function runs({ parameters: { port, image } }: NginxContext): Shell {
  const format = `{{index .Config.Labels "${LABEL}-run"}} {{.State.Running}} {{.Image}}`;
  return shell`[ "$(docker inspect --type container --format ${format} ${NAME} 2>/dev/null)" = ${`${runDigest(port, image)} true `}"$(docker image inspect --format '{{.Id}}' ${image ?? LOCAL_IMAGE} 2>/dev/null)" ]`;
}

function runDigest(port: number, image: string | undefined): string {
  return digest(JSON.stringify([port, image ?? LOCAL_IMAGE]));
}

function run(context: NginxContext): LayerStep {
  const { port, image } = context.parameters;
  return {
    name: 'run the container',
    does: `Serve the page on port ${port}, now and after every start of the machine.`,
    done: runs(context),
    script: lines(
      shell`if docker inspect --type container ${NAME} >/dev/null 2>&1; then docker rm --force ${NAME}; fi`,
      shell`docker run --detach --name ${NAME} --restart always --stop-signal SIGQUIT --label ${`${LABEL}-run=${runDigest(port, image)}`} --publish ${`${port}:80`} --volume ${`${PAGE_FOLDER}:${PAGES}:ro`} ${image ?? LOCAL_IMAGE}`,
    ),
    deadlineMs: 120_000,
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A pulled image stays: somebody else may use it, and it was named by who asked. */
export const containerRemove: readonly LayerStep[] = [
  {
    name: 'remove the container',
    does: 'Stop and remove the container, and the image that was made here.',
    done: shell`! command -v docker >/dev/null || { ! docker inspect --type container ${NAME} >/dev/null 2>&1 && ! docker image inspect ${LOCAL_IMAGE} >/dev/null 2>&1; }`,
    script: lines(
      shell`if docker inspect --type container ${NAME} >/dev/null 2>&1; then docker rm --force ${NAME}; fi`,
      shell`if docker image inspect ${LOCAL_IMAGE} >/dev/null 2>&1; then docker rmi --force ${LOCAL_IMAGE}; fi`,
      shell`rm -rf ${DRAFT}`,
    ),
    deadlineMs: 120_000,
  },
];
