import type { Route } from '../route.ts';
import {
  applyLayer,
  commissionMachine,
  deployMachine,
  powerMachine,
  releaseMachine,
  removeLayer,
} from './ask.ts';
import { configureMachine } from './configure.ts';
import { listEvents } from './events.ts';
import { getSync, listImages, syncImages } from './images.ts';
import { getBoot, getInventory, getMachine, listMachines, listOperations } from './machines.ts';
import { getOpenApi } from './openapi.ts';
import { getOperation, getOperationLog } from './operations.ts';
import { planDeploy } from './plan.ts';
import { getHealth, getLiveness, listLayers } from './service.ts';
import { getSubnet, listSubnets, putSubnet } from './subnets.ts';

/** The whole surface. Each entry says where it is and who may use it. */
export const routes: readonly Route[] = [
  getLiveness,
  getOpenApi,
  getHealth,
  listMachines,
  getMachine,
  configureMachine,
  getInventory,
  listOperations,
  getBoot,
  commissionMachine,
  planDeploy,
  deployMachine,
  releaseMachine,
  powerMachine,
  applyLayer,
  removeLayer,
  getOperation,
  getOperationLog,
  listEvents,
  listImages,
  syncImages,
  getSync,
  listSubnets,
  getSubnet,
  putSubnet,
  listLayers,
];
