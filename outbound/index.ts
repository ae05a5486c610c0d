export { connect, type Destination, type Lookup, type Reach, type Trust } from './connect.ts';
export { type Fault, fault, type FaultKind } from './fault.ts';
export { createOutbound, type Outbound, type OutboundRules, reachOf } from './guarded.ts';
export { type Ask, type HttpAnswer, open, type OpenAnswer, request } from './request.ts';
