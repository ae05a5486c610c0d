import type { BmcQuirk } from '../faults/bmc.ts';
import type { Hardware } from '../hardware.ts';
import { quirkOf, servedResetTypes } from './quirks.ts';

/** The documents of the Redfish data model (DSP0268) that power and boot need. */

export interface BmcState {
  etag: number;
  override: { readonly target: string; readonly enabled: 'Once' | 'Continuous' } | undefined;
  media: string | undefined;
  /** Whether the machine itself may speak to it. */
  hostInterface: boolean;
}

export const HOST_INTERFACE_PATH = '/redfish/v1/Managers/1/HostInterfaces/1';

export const SYSTEM_PATH = '/redfish/v1/Systems/1';

export type ShownPower = 'On' | 'Off' | 'PoweringOn' | 'PoweringOff';

export function root(hasSessions: boolean): object {
  return {
    '@odata.id': '/redfish/v1',
    '@odata.type': '#ServiceRoot.v1_15_0.ServiceRoot',
    RedfishVersion: '1.15.0',
    Systems: link('/redfish/v1/Systems'),
    Managers: link('/redfish/v1/Managers'),
    ...(hasSessions && {
      SessionService: link('/redfish/v1/SessionService'),
      Links: { Sessions: link('/redfish/v1/SessionService/Sessions') },
    }),
  };
}

export function sessionService(): object {
  return {
    '@odata.id': '/redfish/v1/SessionService',
    ServiceEnabled: true,
    SessionTimeout: 1800,
    Sessions: link('/redfish/v1/SessionService/Sessions'),
  };
}

export function members(path: string, paths: readonly string[]): object {
  return { '@odata.id': path, 'Members@odata.count': paths.length, Members: paths.map(link) };
}

export function system(
  hardware: Hardware,
  state: BmcState & { readonly power: ShownPower },
  quirks: readonly BmcQuirk[],
): object {
  const { override } = state;
  return {
    '@odata.id': SYSTEM_PATH,
    '@odata.etag': `W/"${state.etag}"`,
    '@odata.type': '#ComputerSystem.v1_20_0.ComputerSystem',
    Id: '1',
    Name: hardware.name,
    SystemType: 'Physical',
    UUID: hardware.uuid,
    SerialNumber: hardware.serial,
    Manufacturer: hardware.vendor,
    Model: hardware.product,
    PowerState: state.power,
    Boot: {
      BootSourceOverrideEnabled: override?.enabled ?? 'Disabled',
      BootSourceOverrideTarget: override?.target ?? 'None',
      BootSourceOverrideMode: hardware.firmware === 'uefi' ? 'UEFI' : 'Legacy',
      'BootSourceOverrideTarget@Redfish.AllowableValues': ['None', 'Pxe', 'Hdd', 'Cd'],
      'BootSourceOverrideEnabled@Redfish.AllowableValues': quirkOf(quirks, 'no-boot-once')
        ? ['Disabled', 'Continuous']
        : ['Disabled', 'Once', 'Continuous'],
    },
    Actions: {
      '#ComputerSystem.Reset': {
        target: `${SYSTEM_PATH}/Actions/ComputerSystem.Reset`,
        ...(!quirkOf(quirks, 'no-allowable-values') && {
          'ResetType@Redfish.AllowableValues': servedResetTypes(quirks),
        }),
      },
    },
    Links: { ManagedBy: [link('/redfish/v1/Managers/1')] },
  };
}

export function manager(): object {
  return {
    '@odata.id': '/redfish/v1/Managers/1',
    Id: '1',
    ManagerType: 'BMC',
    FirmwareVersion: '1.0-sim',
    VirtualMedia: link('/redfish/v1/Managers/1/VirtualMedia'),
    HostInterfaces: link('/redfish/v1/Managers/1/HostInterfaces'),
  };
}

export function hostInterface(isEnabled: boolean): object {
  return {
    '@odata.id': HOST_INTERFACE_PATH,
    Id: '1',
    HostInterfaceType: 'NetworkHostInterface',
    InterfaceEnabled: isEnabled,
  };
}

export function virtualMedia(image: string | undefined): object {
  const path = '/redfish/v1/Managers/1/VirtualMedia/CD';
  return {
    '@odata.id': path,
    Id: 'CD',
    MediaTypes: ['CD', 'DVD'],
    Image: image ?? null,
    Inserted: image !== undefined,
    Actions: {
      '#VirtualMedia.InsertMedia': { target: `${path}/Actions/VirtualMedia.InsertMedia` },
      '#VirtualMedia.EjectMedia': { target: `${path}/Actions/VirtualMedia.EjectMedia` },
    },
  };
}

function link(path: string): { readonly '@odata.id': string } {
  return { '@odata.id': path };
}
