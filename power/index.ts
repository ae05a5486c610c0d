export { type BmcAccess, parseBmcHost } from './address.ts';
export { type Adoption, makeBmcPassword, type RunInBand } from './adopt.ts';
export {
  type HostInterface,
  type PowerDriver,
  type PoweredMachine,
  type PowerOptions,
  type PowerOutcome,
  type PowerTiming,
  usualTiming,
} from './driver.ts';
export { codedFault } from './http/fault.ts';
export {
  bmcUsername,
  type BmcUser,
  discoverBmc,
  type InBandBmc,
  type InBandCommand,
  makeBmcUser,
  parseInBandBmc,
  userSlot,
} from './in-band.ts';
export { isLibvirtUri } from './libvirt.ts';
export type { PowerSecrets } from './passwords.ts';
export {
  nextPoll,
  type PolledMachine,
  type PollHealth,
  type PowerPolling,
  startPowerPolling,
} from './poll.ts';
export { createPower, type PowerDependencies, type PowerDrivers } from './power.ts';
export { type BmcQueue, type BmcQueueOptions, createBmcQueue } from './queue.ts';
export { type KeptPasswords, type Rotation, rotateBmcPassword } from './rotate.ts';
