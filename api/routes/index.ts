import type { Route } from '../route.ts';
import { adoptMachine, getSshKey } from './adopt.ts';
import { commissionMachine, deployMachine, powerMachine, releaseMachine } from './ask.ts';
import { abortMachine, exitRescue, markMachine, rescueMachine, testMachine } from './care.ts';
import { configureMachine } from './configure.ts';
import { forgetDeclared, getDeclared, importDeclared, listDeclared } from './declared.ts';
import { listEvents } from './events.ts';
import {
  collectImages,
  getImport,
  getSync,
  importImage,
  listImages,
  removeImage,
  syncImages,
  uploadImage,
} from './images.ts';
import { getBoot, getInventory, getMachine, listMachines, listOperations } from './machines.ts';
import { listEvidence } from './evidence.ts';
import { getOpenApi } from './openapi.ts';
import { getOperation, getOperationLog } from './operations.ts';
import { planDeploy } from './plan.ts';
import { listPowerDrivers } from './power.ts';
import {
  applyLayer,
  getLayer,
  getLaying,
  layOnMachines,
  listLayers,
  planLayer,
  removeLayer,
} from './layers.ts';
import { getHealth, getLiveness } from './service.ts';
import { getFile } from './files.ts';
import { addScript, getScript, listResults, listScripts, removeScript } from './scripts.ts';
import { listSites } from './sites.ts';
import { getSubnet, listSubnets, putSubnet } from './subnets.ts';

/** The whole surface. Each entry says where it is and who may use it. */
export const routes: readonly Route[] = [
  getLiveness,
  getOpenApi,
  getHealth,
  listMachines,
  adoptMachine,
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
  testMachine,
  rescueMachine,
  exitRescue,
  markMachine,
  abortMachine,
  planLayer,
  applyLayer,
  removeLayer,
  listLayers,
  getLayer,
  layOnMachines,
  getLaying,
  listEvidence,
  listResults,
  listScripts,
  getScript,
  addScript,
  removeScript,
  listDeclared,
  getDeclared,
  importDeclared,
  forgetDeclared,
  getOperation,
  getOperationLog,
  listEvents,
  listImages,
  syncImages,
  getSync,
  uploadImage,
  importImage,
  getImport,
  collectImages,
  removeImage,
  listSubnets,
  getSubnet,
  putSubnet,
  listPowerDrivers,
  listSites,
  getSshKey,
  getFile,
];
