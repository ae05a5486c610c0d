import { shell } from '../../remote/index.ts';
import type { Layer } from '../layer.ts';
import { ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { serveWeb, servesWeb } from './apache.ts';
import { demands } from './demands.ts';
import { type Parameters, parameters } from './parameters.ts';
import { type Context, releaseOf } from './places.ts';
import { noteBefore, removal } from './remove.ts';
import { layScale, scaleIsLaid, scalePackages } from './scale.ts';
import { layServer, serverIsLaid, serverPackages } from './server.ts';
import { verifications } from './verify.ts';

export const owncloud: Layer<Parameters> = {
  name: 'owncloud',
  version: '1',
  summary: 'ownCloud over HTTPS: the server where it fits the system, or Infinite Scale.',
  parameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],
  /** They serve ports 80 and 443, too. */
  conflicts: ['nginx', 'cozy'],
  secrets: [
    { name: 'admin', does: 'the password that the administrator of ownCloud begins with', from: 'generated' },
    { name: 'database', does: 'the password of the database user owncloud', from: 'generated' },
  ],
  demands,
  check: (context) => {
    const isLaid = releaseOf(context).edition === 'server' ? serverIsLaid(context) : scaleIsLaid(context);
    return shell`${isInstalled(...packagesOf(context))} && ${servesWeb(context)} && ${isLaid}`;
  },
  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    noteBefore,
    ownPackages('owncloud', packagesOf(context), context),
    ...serveWeb(context),
    ...(releaseOf(context).edition === 'server' ? layServer(context) : layScale(context)),
  ],
  verify: verifications,
  remove: () => removal,
};

function packagesOf(context: Context): readonly string[] {
  const packages = releaseOf(context).edition === 'server' ? serverPackages : scalePackages;
  return context.parameters.certificate === 'acme' ? [...packages, 'certbot'] : packages;
}
