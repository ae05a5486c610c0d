import { parseImageName } from '../../model/index.ts';
import { type CommandSpec, isSet, text, texts } from '../command.ts';
import { usageError } from '../command-error.ts';
import { exitStatus } from '../exit-status.ts';
import { formatOf, signatureOf, sourceOf } from '../image-source.ts';
import { awaitImageTask } from '../image-task.ts';

const kindOf: Readonly<Record<string, string>> = {
  squashfs: 'root',
  tar: 'root',
  raw: 'disk',
  qcow2: 'disk',
};

export const command: CommandSpec = {
  description:
    'Make an image of your own file: the tree of a system (squashfs or tar), or a whole disk (raw or qcow2); tar, raw and qcow2 also as .gz, .xz or .zst. A file is sent to the service, an https URL is fetched by it. Until its hash, signature and content were checked there is no image.',
  flags: [
    {
      flags: '--format <format>',
      description: 'what it is, where its name does not say so',
      choices: ['squashfs', 'tar', 'raw', 'qcow2'],
    },
    {
      flags: '--compression <compression>',
      description: 'how it is packed, likewise',
      choices: ['none', 'gzip', 'xz', 'zstd'],
    },
    { flags: '--sha256 <digest>', description: 'what it must be; a URL needs it' },
    { flags: '--signature <file>', description: 'detached OpenPGP signature of the file' },
    { flags: '--keyring <file>', description: 'OpenPGP public keys that may have signed it' },
    { flags: '--unsigned', description: 'nobody signed it, and you trust it all the same' },
    { flags: '--arch <arch>', description: 'architecture', choices: ['amd64', 'arm64'], fallback: 'amd64' },
    { flags: '--title <text>', description: 'for people' },
    { flags: '--serial <serial>', description: 'its version, such as 20261122.1 (default: the time)' },
    {
      flags: '--firmware <mode>',
      description: 'of a disk: what starts it, bios or uefi (repeatable; default: both)',
      repeats: true,
    },
    { flags: '--no-cloud-init', description: 'of a disk: cloud-init is not in it' },
    { flags: '--default-user <name>', description: 'of a disk: who logs in' },
    {
      flags: '--layout <layout>',
      description:
        'of a disk with no root that can be mounted: what its first boot configures (docs/guide/appliances.md)',
      choices: ['ubuntu-core', 'esxi'],
    },
    {
      flags: '--kernel-package <name>',
      description: 'of a tree without a kernel: the package that brings one',
    },
    { flags: '--wait', description: 'until it is there, with progress (this is what happens anyway)' },
    { flags: '--detach', description: 'return as soon as it is at work' },
  ],
  examples: [
    'rackwright image import acme/1 appliance.qcow2 --signature appliance.qcow2.asc --keyring acme.asc --firmware uefi',
    'rackwright image import acme/2 disk.raw.xz --unsigned --no-cloud-init --default-user admin',
    'rackwright image import ubuntu-core/24 pc.img.xz --format raw --unsigned --layout ubuntu-core',
    'rackwright image import mine/12 root.tar.zst --unsigned --kernel-package linux-image-amd64',
    'rackwright image import acme/3 https://images.example.org/acme.qcow2 --sha256 5d41402abc4b2a76b9719d911017c592aa05d41402abc4b2a76b9719d911017c --unsigned',
  ],
  async run({ args, options, session }) {
    const [name = '', from = ''] = args;
    // Before gigabytes are sent for nothing.
    if (!parseImageName(name)) throw usageError(`${name} is no image name such as acme/1`);
    const named = formatOf(from);
    const format = text(options, 'format') ?? named.format;
    if (format === undefined) {
      throw usageError(
        `the name ${from} does not say what the file is`,
        'Say it: --format raw or --format qcow2',
      );
    }
    const kind = kindOf[format];
    const signed = await signatureOf(options);
    const source = await sourceOf(session, from, options);
    const layout = text(options, 'layout');
    if (layout !== undefined && kind !== 'disk')
      throw usageError(`--layout says what a whole disk holds, and ${from} is ${format}`);
    const firmware = texts(options, 'firmware');
    const optional = {
      title: text(options, 'title'),
      serial: text(options, 'serial'),
      ...(kind === 'disk'
        ? {
            firmware: firmware.length > 0 ? firmware : layout === 'ubuntu-core' ? ['uefi'] : ['bios', 'uefi'],
            cloudInit: options['cloudInit'] !== false && layout !== 'esxi',
            defaultUser: text(options, 'defaultUser'),
            layout,
          }
        : { kernelPackage: text(options, 'kernelPackage') }),
    };
    const { id } = await session.api.send<{ id: string }>('POST', '/v1/images/import', {
      kind,
      name,
      format,
      compression: text(options, 'compression') ?? named.compression,
      arch: text(options, 'arch'),
      source,
      ...signed,
      ...optional,
    });
    const path = `/v1/images/import/${id}`;
    if (isSet(options, 'detach')) {
      session.say(`At work. Look: rackwright api GET ${path}`);
      return exitStatus.done;
    }
    return awaitImageTask(session, path);
  },
};
