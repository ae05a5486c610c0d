/**
 * The one table of errors. API status, CLI text, workflow failure types and the docs all derive from it.
 * `cause` and `next` are said to an operator at three in the morning: no jargon that `rackwright --help` does not use.
 *
 * `retry`: `later` = the same step may well succeed if tried again; `never` = it cannot without a change;
 * `hands` = somebody has to look at the machine or at the site.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly retry: 'later' | 'never' | 'hands';
  readonly cause: string;
  readonly next: readonly string[];
}

export const errorTable = {
  REQUEST_INVALID: {
    status: 400,
    retry: 'never',
    cause: 'A field of the request has a value that cannot be used.',
    next: ['Correct the field that the message names. Nothing was changed.'],
  },
  LOGIN_REQUIRED: {
    status: 401,
    retry: 'never',
    cause: 'The request carries no bearer token, or one that this service did not make.',
    next: [
      'Give the token that `rackwright up` wrote at its first start: --token-file FILE or RW_TOKEN_FILE.',
    ],
  },
  API_UNREACHABLE: {
    status: 503,
    retry: 'later',
    cause: 'Nothing answers where the command expects the service.',
    next: ['Start it: rackwright up', 'Or name the right one: --data-dir DIR'],
  },
  NOT_FOUND: {
    status: 404,
    retry: 'never',
    cause: 'Nothing has that name or id.',
    next: ['See what there is: rackwright machine list, rackwright image list, rackwright subnet list'],
  },
  NAME_AMBIGUOUS: {
    status: 409,
    retry: 'never',
    cause: 'More than one machine fits that name.',
    next: ['Give the id instead: rackwright machine list -o wide'],
  },
  STATE_CONFLICT: {
    status: 409,
    retry: 'never',
    cause: 'The machine is in a state in which this may not be asked.',
    next: ['See what it is doing and what may be asked next: rackwright machine show NAME'],
  },
  MEMORY_TAINTED: {
    status: 409,
    retry: 'never',
    cause:
      'Programs of an image have run in the system that the machine runs from memory. Nothing secret is sent there any more.',
    next: ['Ask for the operation again: the machine is then started anew.'],
  },
  CONSOLE_KEY_DIFFERS: {
    status: 502,
    retry: 'hands',
    cause:
      'The machine says another SSH host key on its console than the one that came over the network. Nothing was sent to it.',
    next: [
      'Take it that somebody answers in its place: look who else is in the network of the rack.',
      'Look at the console yourself: it repeats the key every few seconds.',
    ],
  },
  CONSOLE_SILENT: {
    status: 504,
    retry: 'later',
    cause:
      "The machine's console, read through its BMC, did not tell the SSH host key of the system in memory.",
    next: [
      'Serial over LAN has to be on, at the port and speed of the kernel argument console=.',
      'Without a console that can be read, set the subnet to --pin network.',
    ],
  },
  PLAN_STALE: {
    status: 409,
    retry: 'never',
    cause: 'What would be done now differs from the plan that was shown.',
    next: ['Look at the new plan: rackwright machine deploy NAME --plan'],
  },
  TEMPORAL_INSECURE: {
    status: 500,
    retry: 'never',
    cause: 'The way to the Temporal server is open to whoever is on that network.',
    next: [
      'Give certificates: --temporal-tls-ca FILE --temporal-tls-cert FILE --temporal-tls-key FILE',
      'If nobody else can reach that network, say so: --temporal-plain',
    ],
  },
  TEMPORAL_KEY_WRONG: {
    status: 500,
    retry: 'never',
    cause:
      'What Temporal keeps was sealed with another key than the one that this process has, or was changed since.',
    next: ['Every process of one installation needs the same key file: --keys-dir DIR'],
  },
  KEYS_MISSING: {
    status: 500,
    retry: 'never',
    cause: 'A key that all processes of the installation share is not where it should be.',
    next: [
      'Give every process the same directory: --keys-dir DIR, with key, token and ssh/id_ed25519 in it.',
    ],
  },
  STORE_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    cause: 'The database does not answer.',
    next: ['Boot answers go on from memory. Look at the database: rackwright doctor'],
  },
  TEMPORAL_UNAVAILABLE: {
    status: 503,
    retry: 'later',
    cause: 'The Temporal server does not answer; no operation can be started and running ones wait.',
    next: ['Look at it: rackwright doctor'],
  },
  MACHINE_IDENTITY_CONFLICT: {
    status: 409,
    retry: 'hands',
    cause:
      'A machine said hello with hardware identity that belongs, in part, to another machine that is known.',
    next: [
      'Two boards with one UUID or MAC: correct it in the firmware set-up of the newcomer.',
      'The same machine with another network card: release the old record first, then power it on again.',
    ],
  },
  BOOT_TOKEN_REFUSED: {
    status: 403,
    retry: 'never',
    cause: 'A hello carried a token that is unknown, used, expired, or was given to another machine.',
    next: ['Power the machine on again through Rackwright: rackwright machine power NAME cycle'],
  },
  BOOT_NO_DHCP: {
    status: 504,
    retry: 'hands',
    cause: 'The machine was powered on, and no DHCP request of it was seen.',
    next: [
      'Is its boot order network first, and is PXE on for that network card?',
      'Is its switch port in the rack network (VLAN, link up)?',
      'Check the services: rackwright doctor',
    ],
  },
  BOOT_STALLED: {
    status: 504,
    retry: 'later',
    cause: 'The machine began to boot over the network and then fell silent.',
    next: ['See which sign of life came last: rackwright machine why NAME', 'Look at its console.'],
  },
  BMC_UNREACHABLE: {
    status: 504,
    retry: 'later',
    cause: 'The BMC does not answer.',
    next: ['Is its address right and reachable from the rack service? rackwright doctor --machine NAME'],
  },
  BMC_LOGIN_REFUSED: {
    status: 502,
    retry: 'never',
    cause: 'The BMC refuses the user name or the password.',
    next: ['Set the right ones: rackwright machine set NAME --bmc-user USER --bmc-password-file FILE'],
  },
  BMC_CIPHER_REFUSED: {
    status: 502,
    retry: 'never',
    cause: 'The BMC does not offer the cipher suite that is asked of it.',
    next: ['Name the one it offers: rackwright machine set NAME --bmc-cipher-suite 3'],
  },
  BMC_COMMAND_FAILED: {
    status: 502,
    retry: 'later',
    cause: 'The BMC answered, but did not do what it was asked.',
    next: ['Try again; if it stays, reset the BMC.'],
  },
  BMC_CERTIFICATE_REFUSED: {
    status: 502,
    retry: 'hands',
    cause:
      'The BMC or power service shows a certificate that is neither signed by a trusted authority nor the pinned one. Nothing was sent to it.',
    next: [
      'Compare the SHA-256 fingerprint that the message names with the one that the device shows.',
      'If it is right, pin it: rackwright machine set NAME --power-parameter certificate=FINGERPRINT',
    ],
  },
  POWER_UNSUPPORTED: {
    status: 409,
    retry: 'never',
    cause: 'The power control of this machine cannot do that.',
    next: ['See what each driver can do: rackwright power drivers'],
  },
  OUTBOUND_REFUSED: {
    status: 403,
    retry: 'never',
    cause:
      'The service may not call that address: it is not on the Internet and not on the list of allowed networks.',
    next: ['If it is meant to be called, start the service with its network: --allow-outbound 10.0.0.0/8'],
  },
  TOOL_MISSING: {
    status: 500,
    retry: 'hands',
    cause: 'A program that Rackwright calls is not installed where it runs.',
    next: ['Install it; rackwright doctor says which package it is in.'],
  },
  POWER_MANUAL: {
    status: 409,
    retry: 'hands',
    cause: 'This machine has no power control; somebody has to press its button.',
    next: ['Press it: the operation goes on by itself when the machine shows up.'],
  },
  SSH_UNREACHABLE: {
    status: 504,
    retry: 'later',
    cause: 'SSH on the machine does not answer.',
    next: ['See the last sign of life: rackwright machine why NAME'],
  },
  SSH_HOST_KEY_CHANGED: {
    status: 502,
    retry: 'hands',
    cause: 'The machine shows another SSH host key than the one that was pinned. Nothing was sent to it.',
    next: [
      'Another machine may answer at this address: look for an address used twice.',
      'If the machine was reinstalled by hand, commission it again.',
      'If it is an adopted one, adopt it once more under its name, with the keys that it has now.',
    ],
  },
  SSH_LOGIN_REFUSED: {
    status: 502,
    retry: 'never',
    cause: 'The machine does not accept our SSH key.',
    next: [
      'Put our line into its /root/.ssh/authorized_keys: rackwright machine adopt --show-key',
      'One that Rackwright deployed may also be booted through it again.',
    ],
  },
  REMOTE_COMMAND_FAILED: {
    status: 502,
    retry: 'hands',
    cause: 'A command on the machine ended with an error.',
    next: ['Read its output: rackwright machine logs NAME'],
  },
  REMOTE_OUTPUT_REFUSED: {
    status: 502,
    retry: 'never',
    cause: 'A machine sent more, or deeper nested, output than it may.',
    next: ['Look at the machine: its tools or its firmware do not behave as they should.'],
  },
  STEP_DEADLINE: {
    status: 504,
    retry: 'hands',
    cause: 'A step took longer than it may.',
    next: ['See its log and the last sign of life: rackwright machine why NAME'],
  },
  STEP_INTERRUPTED: {
    status: 500,
    retry: 'hands',
    cause: 'The machine was restarted while a step that must not run twice was at work on it.',
    next: ['Deploy it again: that is a new intent. rackwright machine deploy NAME'],
  },
  INVENTORY_INVALID: {
    status: 502,
    retry: 'never',
    cause: 'What the machine reports about its hardware cannot be understood.',
    next: ['Read the output of the commissioning scripts: rackwright machine logs NAME'],
  },
  SCRIPT_NOT_FOUND: {
    status: 404,
    retry: 'never',
    cause: 'There is no script or test of that name.',
    next: ['See which there are: rackwright script list'],
  },
  TEST_FAILED: {
    status: 409,
    retry: 'hands',
    cause: 'A script or a test says that something is wrong with the machine.',
    next: [
      'See which part, and why: rackwright machine results NAME',
      'Read what it printed: rackwright machine logs NAME',
    ],
  },
  STREAM_UNREACHABLE: {
    status: 502,
    retry: 'later',
    cause: 'The image stream does not answer.',
    next: [
      'Is the URL right and reachable from here?',
      'Try again: what is already here is not fetched twice.',
    ],
  },
  STREAM_SIGNATURE_INVALID: {
    status: 502,
    retry: 'never',
    cause: 'The index of the image stream is not signed by a key that is trusted for it.',
    next: [
      'Name the right key ring: rackwright image sync URL --keyring FILE',
      'What was there before still serves.',
    ],
  },
  STREAM_INVALID: {
    status: 502,
    retry: 'never',
    cause: 'The image stream says something that the format does not allow, or is older than what is here.',
    next: ['Ask who runs the stream. What was there before still serves.'],
  },
  INSTALLER_LACKS_TOOL: {
    status: 409,
    retry: 'never',
    cause:
      'The system that runs from memory has no program or kernel module that the storage layout needs. Nothing was touched.',
    next: ['Choose another layout, or give the subnet an ephemeral image that has it.'],
  },
  IMAGE_HASH_MISMATCH: {
    status: 502,
    retry: 'never',
    cause: 'A file of an image has another size or SHA-256 than the signed index says.',
    next: ['Try again; if it stays, the mirror is damaged. What was there before still serves.'],
  },
  IMAGE_NOT_FOUND: {
    status: 404,
    retry: 'never',
    cause: 'No image of that name is here.',
    next: ['See which are: rackwright image list', 'Fetch it: rackwright image sync URL'],
  },
  IMAGE_IN_USE: {
    status: 409,
    retry: 'never',
    cause: 'Something still needs this image.',
    next: ['See who: rackwright image list -o wide', 'Release or redeploy those first.'],
  },
  IMAGE_REFUSED: {
    status: 422,
    retry: 'never',
    cause: 'The file is not what it was said to be, or holds something that no image may hold.',
    next: ['Look at what the message names. Nothing was kept of it.'],
  },
  IMAGE_SIGNATURE_INVALID: {
    status: 422,
    retry: 'never',
    cause: 'The file is not signed by a key of the given key ring.',
    next: [
      'Give the signature of this very file, and the key ring that holds its key.',
      'If you made the image yourself and trust it: --unsigned',
    ],
  },
  DISK_FULL: {
    status: 507,
    retry: 'hands',
    cause: 'There is no room left on the disk.',
    next: ['Make room, then ask again.'],
  },
  DISK_NOT_SUITABLE: {
    status: 409,
    retry: 'never',
    cause: 'No disk of the machine can take this image and layout.',
    next: ['See its disks: rackwright machine show NAME -o json'],
  },
  DISK_CHANGED: {
    status: 409,
    retry: 'hands',
    cause:
      'The disk that the plan names is not there, or there is more than one that fits it. Nothing was written.',
    next: ['Commission the machine again, then deploy it.'],
  },
  ERASE_UNSUPPORTED: {
    status: 409,
    retry: 'never',
    cause: 'A disk cannot be erased in the way that was asked. Nothing was written to any disk.',
    next: [
      'See what the message says would work.',
      'Take what works for such disks: rackwright machine release NAME --erase secure --fallback full',
    ],
  },
  ERASE_FAILED: {
    status: 502,
    retry: 'hands',
    cause:
      'A disk was not shown to be erased. The machine may hold what its last user left, and stays out of use.',
    next: [
      'See which disk and why: rackwright machine evidence NAME',
      'Replace that disk, or release the machine again with another level of erasure.',
    ],
  },
  EVIDENCE_REQUIRED: {
    status: 409,
    retry: 'never',
    cause: 'This service lets no machine go without evidence that its disks were erased.',
    next: ['Ask for an erasure: rackwright machine release NAME --erase quick'],
  },
  DECLARED_MISMATCH: {
    status: 409,
    retry: 'hands',
    cause: 'The machine is not what was declared, and its declaration says that this blocks it.',
    next: [
      'Compare: rackwright machine declared NAME',
      'Correct the declaration and import it again, or the machine, then commission it.',
    ],
  },
  DECLARED_AMBIGUOUS: {
    status: 409,
    retry: 'hands',
    cause: 'A machine said hello that fits more than one declaration, or one only in part.',
    next: ['Correct the serials and MACs of the declarations that the message names, and import them again.'],
  },
  INTENT_USED: {
    status: 409,
    retry: 'never',
    cause: 'The permission to write to the disk was used before, in another boot of the machine.',
    next: ['Deploy it again: that is a new intent.'],
  },
  ADDRESS_EXHAUSTED: {
    status: 409,
    retry: 'never',
    cause: 'The subnet has no free address left in that range.',
    next: ['See its ranges: rackwright subnet show NAME', 'Widen the range or release machines.'],
  },
  ADDRESS_TAKEN: {
    status: 409,
    retry: 'never',
    cause: 'The address was given to another machine.',
    next: ['Choose another one, or release that machine: rackwright machine show NAME'],
  },
  LAYER_NOT_FOUND: {
    status: 404,
    retry: 'never',
    cause: 'There is no layer of that name.',
    next: ['See which there are: rackwright layer list'],
  },
  LAYER_UNSUPPORTED: {
    status: 409,
    retry: 'never',
    cause: 'The layer does not support the system of this machine.',
    next: ['See what it supports: rackwright layer list'],
  },
  LAYER_CONFLICT: {
    status: 409,
    retry: 'never',
    cause: 'Two layers cannot be on one machine. Nothing was changed.',
    next: ['Take the other one away first: rackwright layer remove LAYER NAME', 'Or use another machine.'],
  },
  LAYER_UNMET: {
    status: 409,
    retry: 'never',
    cause: 'A parameter names something that is not on the machine, or cannot be used. Nothing was changed.',
    next: [
      'Read in the message what there is, and name that.',
      'See the parameters: rackwright layer show LAYER',
    ],
  },
  LAYER_CIRCLE: {
    status: 500,
    retry: 'never',
    cause: 'Layers require each other in a circle: a fault in their definition.',
    next: ['Report it with the message.'],
  },
  LAYER_ROLES: {
    status: 400,
    retry: 'never',
    cause: 'The layer is made of machines with roles, and the machines given do not fill them.',
    next: [
      'See its roles: rackwright layer show LAYER',
      'Write them like controller=r1-u1 compute=r1-u2,r1-u3',
    ],
  },
  LAYER_SECRET_MISSING: {
    status: 400,
    retry: 'never',
    cause: 'The layer needs a secret that only you can know.',
    next: [
      'Give it from a file: --secret-file NAME=FILE',
      'See which there are: rackwright layer show LAYER',
    ],
  },
  LAYER_NEEDED: {
    status: 409,
    retry: 'never',
    cause: 'Another layer on this machine needs it. Nothing was changed.',
    next: ['Take the other one away first: rackwright layer remove LAYER NAME'],
  },
  LAYER_NOT_LAID: {
    status: 409,
    retry: 'never',
    cause: 'The layer is not on this machine.',
    next: ['See what is: rackwright layer status'],
  },
  MACHINE_TOO_SMALL: {
    status: 409,
    retry: 'never',
    cause: 'The machine has too little memory or room for the layer. Nothing was changed.',
    next: ['Use a bigger machine, or make room.'],
  },
  MIRROR_UNREACHABLE: {
    status: 502,
    retry: 'later',
    cause: 'The machine does not reach what the layer is downloaded from. Nothing was changed.',
    next: [
      'Without a way out, name a mirror: --param mirror=http://HOST',
      'Or give the subnet a package proxy.',
    ],
  },
  KEY_DIFFERS: {
    status: 409,
    retry: 'never',
    cause:
      'The key of a package archive is not the one that is known. Somebody may be between. Nothing was changed.',
    next: [
      'Look at the mirror that the message names.',
      'A new key of the vendor comes with a new version of the layer.',
    ],
  },
  DOWNLOAD_DIFFERS: {
    status: 409,
    retry: 'never',
    cause:
      'What was downloaded is not what was pinned. Somebody may be between, or the mirror has another version.',
    next: ['Look at the mirror that the message names.'],
  },
  VIRTUALISATION_MISSING: {
    status: 409,
    retry: 'never',
    cause:
      'The processor of this machine has no hardware virtualisation that could be used. Nothing was changed.',
    next: ['Use another machine.', 'Or run guests by emulation, which is slow: --param emulation=true'],
  },
  VIRTUALISATION_OFF: {
    status: 409,
    retry: 'hands',
    cause:
      'The processor has hardware virtualisation, and the firmware has it switched off. Nothing was changed.',
    next: ['Switch it on in the firmware setup (VT-x or SVM), and start the machine anew.'],
  },
  RESTART_FAILED: {
    status: 502,
    retry: 'hands',
    cause: 'The machine was started anew for a layer and does not run what it was to run.',
    next: ['Look at its console.', 'Read what was done: rackwright layer logs LAYER NAME'],
  },
  RESTART_OVERDUE: {
    status: 504,
    retry: 'hands',
    cause: 'The machine was started anew for a layer, and was not seen since.',
    next: [
      'Look at its console.',
      'When it answers again, lay the layer once more: what is done is skipped.',
    ],
  },
  LAYER_CHANGED: {
    status: 409,
    retry: 'never',
    cause: 'The layer was changed after it was planned; nothing of the changed one was run.',
    next: ['Read what it would do now, and ask again: rackwright layer apply LAYER NAME --plan'],
  },
  LAYER_STEP_UNSETTLED: {
    status: 503,
    retry: 'later',
    cause:
      'A step of the layer failed for a reason that may pass: a network, a mirror, a lock, a machine that went down. It was tried again until its time was over.',
    next: [
      'Read what it wrote: rackwright layer logs LAYER NAME',
      'When the cause is mended, ask again: it goes on where it stopped.',
    ],
  },
  LAYER_STEP_FAILED: {
    status: 502,
    retry: 'never',
    cause:
      'A step of the layer failed in a way that trying again does not mend. The steps before it are done.',
    next: [
      'Read what it wrote: rackwright layer logs LAYER NAME',
      'When the cause is mended, ask again: it goes on where it stopped.',
    ],
  },
  LAYER_VERIFY_FAILED: {
    status: 502,
    retry: 'never',
    cause: 'The layer was laid, but does not do what its users need.',
    next: ['Read what was tried: rackwright layer logs LAYER NAME'],
  },
  ABORTED: {
    status: 409,
    retry: 'never',
    cause: 'The operation was stopped by an operator.',
    next: ['Ask for it again when you are ready.'],
  },
  INTERNAL: {
    status: 500,
    retry: 'later',
    cause: 'Rackwright itself did something wrong.',
    next: ['Please report it with the trace id and the log.'],
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
