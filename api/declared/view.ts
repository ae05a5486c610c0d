import {
  compareInventory,
  type DeclaredMachine,
  type Difference,
  isPlaceholderSerial,
  type MachineRecord,
  type MachineState,
  matchDeclared,
} from '../../model/index.ts';
import type { Store } from '../../store/types.ts';

export interface DeclaredView {
  readonly declared: DeclaredMachine;
  /** The machine that it is; absent while it has not arrived. */
  readonly seen?: {
    readonly machineId: string;
    readonly name: string;
    readonly state: MachineState;
    readonly site: string;
  };
  /** Why nobody can say which machine it is. */
  readonly conflict?: string;
  /** Absent until it was commissioned. */
  readonly differences?: readonly Difference[];
}

/** A declaration, the machine that it is if it came, and how that one differs. */
export async function viewDeclared(
  store: Store,
  declared: DeclaredMachine,
  all: readonly DeclaredMachine[],
): Promise<DeclaredView> {
  const [machine, ...more] = await fitting(store, declared);
  if (!machine) return { declared };
  if (more.length > 0) {
    const names = [machine, ...more].map(({ name }) => name).join(' and ');
    return { declared, conflict: `${names} both fit it` };
  }
  const match = matchDeclared(all, machine.identity);
  const { id, name, state, site } = machine;
  const seen = { machineId: id, name, state, site };
  if (match.kind === 'conflict') {
    return {
      declared,
      seen,
      conflict: `${name} stands where it was declared, but ${match.because}`,
    };
  }
  const found = await store.inventories.latest(id);
  const differences = found && [
    ...siteDifference(declared, machine),
    ...compareInventory(declared, found.inventory),
  ];
  return { declared, seen, ...(differences && { differences }) };
}

async function fitting(store: Store, { serial, macs }: DeclaredMachine): Promise<readonly MachineRecord[]> {
  const alike = await store.machines.resembling({ uuid: '', serial: serial ?? '', macs });
  return alike.filter(
    ({ identity }) =>
      identity.macs.some((mac) => macs.includes(mac)) ||
      (serial !== undefined && !isPlaceholderSerial(serial) && identity.serial === serial),
  );
}

/** A machine is served where it stands, whatever was written down. */
function siteDifference({ site }: DeclaredMachine, machine: MachineRecord): readonly Difference[] {
  if (site === undefined || site === machine.site) return [];
  return [{ field: 'site', expected: site, found: machine.site, severity: 'major' }];
}
