import { lines, type Shell, shell } from '../../remote/index.ts';
import type { Ipv4 } from '../../net/index.ts';
import type { Verification } from '../layer.ts';
import { unpackPackages } from '../parts/unpacked.ts';

/** Of all images and containers that are made here: they are found by it, and removed. */
const LABEL = 'rackwright.verify=docker';
const DRAFT = '/var/lib/rackwright/verify-docker';

/**
 * Everything from the distribution's packages, as no registry of the Internet has to be reached: an image of one
 * program, and a registry that runs as long as this does.
 */
export function dockerVerification(packageProxy: string | undefined, address: Ipv4): Verification {
  return {
    kind: 'command',
    name: 'images and containers',
    script: lines(
      cleanUp,
      shell`trap clean_up EXIT`,
      shell`clean_up`,
      baseImage(packageProxy),
      buildAndRun(address),
      outAndIn,
      throughRegistry(packageProxy),
      stopAndRemove,
    ),
  };
}

const cleanUp = shell`clean_up() {
  docker ps -aq --filter label=${LABEL} | xargs -r docker rm -f >/dev/null
  # An image goes after those that are made from it.
  for round in 1 2 3 4 5; do
    images=$(docker images -aq --filter label=${LABEL})
    [ -n "$images" ] || break
    echo "$images" | xargs docker rmi -f >/dev/null 2>&1 || [ "$round" -lt 5 ]
  done
  rm -rf ${DRAFT}
}
must_be() { [ "$1" = "$2" ] || { echo "it is: $1"; echo "it should be: $2"; exit 1; }; }
wait_for() {
  left=100
  until "$@" >${DRAFT}/said 2>&1; do
    left=$((left - 1))
    [ $left -gt 0 ] || { echo "this did not come to be in 20 s: $*"; tail -n 3 ${DRAFT}/said; exit 1; }
    sleep 0.2
  done
}`;

function baseImage(packageProxy: string | undefined): Shell {
  return lines(
    shell`echo 'an image from a tar file'`,
    unpackPackages(packageProxy, `${DRAFT}/tools`, ['busybox-static']),
    shell`mkdir -p ${DRAFT}/root/bin ${DRAFT}/root/tmp ${DRAFT}/root/www ${DRAFT}/root/etc`,
    shell`busybox=$(find ${DRAFT}/tools -name busybox -type f -perm -100 | head -n 1)`,
    shell`cp "$busybox" ${DRAFT}/root/bin/busybox`,
    shell`for name in sh cat httpd wget sleep; do ln -s busybox "${DRAFT}/root/bin/$name"; done`,
    shell`tar -C ${DRAFT}/root -c . | docker import --change ${`LABEL ${LABEL}`} - rackwright-verify:base`,
  );
}

function buildAndRun(address: Ipv4): Shell {
  const dockerfile = [
    'FROM rackwright-verify:base',
    'COPY page.html /www/index.html',
    'RUN cat /www/index.html > /www/copied',
    'EXPOSE 80',
    'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]',
    '',
  ].join('\n');
  return lines(
    shell`echo 'an image from a Dockerfile'`,
    shell`mkdir -p ${DRAFT}/build`,
    shell`printf %s ${dockerfile} >${DRAFT}/build/Dockerfile`,
    shell`echo 'served from a container' >${DRAFT}/build/page.html`,
    shell`docker build --quiet --tag rackwright-verify:built ${DRAFT}/build`,
    shell`echo 'a container with a port'`,
    shell`docker run --detach --name rackwright-verify --publish 80 rackwright-verify:built`,
    shell`port=$(docker port rackwright-verify 80 | sed -n 's/^0\\.0\\.0\\.0://p')`,
    shell`wait_for "$busybox" wget -q -O - ${`http://${address}`}:"$port"/copied`,
    shell`must_be "$(cat ${DRAFT}/said)" 'served from a container'`,
    shell`echo 'a command in it'`,
    shell`docker exec rackwright-verify sh -c 'echo changed >/www/changed'`,
    shell`must_be "$(docker exec rackwright-verify cat /www/changed)" changed`,
  );
}

const outAndIn = lines(
  shell`echo 'what was changed, kept as an image'`,
  shell`docker commit rackwright-verify rackwright-verify:kept`,
  shell`must_be "$(docker run --rm rackwright-verify:kept cat /www/changed)" changed`,
  shell`echo 'its files, out to a tar file and in again'`,
  shell`docker export rackwright-verify >${DRAFT}/files.tar`,
  shell`docker import --change ${`LABEL ${LABEL}`} ${DRAFT}/files.tar rackwright-verify:imported`,
  shell`must_be "$(docker run --rm rackwright-verify:imported cat /www/changed)" changed`,
);

/** The engine takes 127.0.0.0/8 without TLS. Ubuntu and Debian have the registry; where one has it not, that is said. */
function throughRegistry(packageProxy: string | undefined): Shell {
  const configuration = [
    'version: 0.1',
    `storage: {filesystem: {rootdirectory: ${DRAFT}/store}}`,
    'http: {addr: "127.0.0.1:0"}',
    '',
  ].join('\n');
  return shell`if ! apt-cache show docker-registry >/dev/null 2>&1; then
  echo 'NOT SHOWN: push and pull, as this system has no package docker-registry'
else
  echo 'a registry'
  ${unpackPackages(packageProxy, `${DRAFT}/registry`, ['docker-registry'])}
  printf %s ${configuration} >${DRAFT}/registry.yml
  ${DRAFT}/registry/usr/bin/docker-registry serve ${DRAFT}/registry.yml >${DRAFT}/registry.log 2>&1 &
  registry=$!
  wait_for grep -o 'listening on 127.0.0.1:[0-9]*' ${DRAFT}/registry.log
  there=$(sed 's/^listening on //' ${DRAFT}/said)
  echo 'pushed, forgotten, and pulled'
  docker tag rackwright-verify:kept "$there/kept:1"
  docker push "$there/kept:1"
  docker rmi "$there/kept:1" rackwright-verify:kept
  docker pull "$there/kept:1"
  must_be "$(docker run --rm "$there/kept:1" cat /www/changed)" changed
  must_be "$("$busybox" wget -q -O - "http://$there/v2/_catalog")" '{"repositories":["kept"]}'
  kill $registry
fi`;
}

const stopAndRemove = lines(
  shell`echo 'stopped and removed'`,
  shell`docker stop --time 1 rackwright-verify`,
  shell`docker rm rackwright-verify`,
  shell`must_be "$(docker ps -aq --filter label=${LABEL})" ''`,
);
