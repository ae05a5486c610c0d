import type { StandIn } from './stand-in.ts';

/** What docker/Dockerfile makes, without the program itself: the checkout is mounted at /opt/rackwright. */
export const rackwright: StandIn = {
  name: 'rackwright:0.1.0',
  lines: [
    'RUN ln -s /opt/rackwright/cli/rackwright /usr/local/bin/rackwright' +
      ' && groupadd --gid 10001 rackwright' +
      ' && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/rackwright rackwright' +
      ' && install -d -m 0700 -o rackwright -g rackwright /var/lib/rackwright /var/lib/rackwright/images' +
      ' && mkdir /opt/rackwright',
    'USER rackwright',
    'WORKDIR /opt/rackwright',
    'ENV RW_DATA_DIR=/var/lib/rackwright RW_TOKEN_FILE=/run/secrets/rackwright/token',
    'ENTRYPOINT ["rackwright"]',
    'CMD ["up"]',
  ],
  files: {},
};
