export { type BmcAccess, parseBmcHost } from './address.ts';
export { type Adoption, makeBmcPassword, type RunInBand } from './adopt.ts';
export type { PowerAbilities, PowerDriver, PoweredMachine, PowerOptions, PowerOutcome } from './driver.ts';
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
export type { IpmiTiming } from './ipmi.ts';
export { createPower, type PowerDependencies, type PowerDrivers } from './power.ts';
export { type BmcQueue, type BmcQueueOptions, createBmcQueue } from './queue.ts';
