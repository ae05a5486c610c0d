import type {
  HardwareType,
  Inventory,
  PlannedRun,
  Script,
  ScriptOutline,
  ScriptParameter,
  ScriptPurpose,
  ScriptTarget,
  TestRequest,
} from '../../model/index.ts';
import { type ChosenPart, chooseCards, chooseDisks } from './choose-parts.ts';
import { fitsHardware } from './for-hardware.ts';
import { longestSeconds } from './metadata.ts';
import { invalid, type Selected, selectScripts } from './select.ts';
import { stepNames } from './step-names.ts';

/** More at once help nobody: they share one machine and one connection. */
const mostAtOnce = 16;
const mostRuns = 1000;
/** For finding the parts, and for reading what was written at the end. */
const marginSeconds = 60;
const packageSeconds = 900;

type Draft = Omit<PlannedRun, 'step' | 'group'>;

/**
 * Everything that an operation will run, in what version, on which part. Pure: decided once, then kept.
 * @throws CodedError SCRIPT_NOT_FOUND, REQUEST_INVALID with the field at fault
 */
export function outlineScripts(
  known: readonly Script[],
  purpose: ScriptPurpose,
  request: TestRequest,
  inventory: Inventory,
): ScriptOutline {
  const selected = selectScripts(known, purpose, request);
  demandKnownParameters(request, selected);
  const ordered = selected
    .filter(({ script, isNamed }) => isNamed || fitsHardware(script.metadata.forHardware, inventory))
    .toSorted((a, b) => compare(a.script, b.script));
  const nextStep = stepNames();
  const runs: PlannedRun[] = [];
  let group = 0;
  let inGroup = 0;
  let before: Script | undefined;
  for (const { script } of ordered) {
    for (const draft of draftsOf(script, request, inventory)) {
      const together = mayRunBeside(before, script) && inGroup < mostAtOnce;
      if (!together) {
        group += 1;
        inGroup = 0;
      }
      inGroup += 1;
      before = script;
      runs.push({ ...draft, step: nextStep(script.metadata.name, draft.target), group });
    }
  }
  if (runs.length > mostRuns)
    throw invalid('scripts', `that would be ${runs.length} runs; at most ${mostRuns}`);
  return { format: 'script-outline:1', purpose, runs };
}

const hardwareOrder: readonly HardwareType[] = ['cpu', 'memory', 'storage', 'network', 'gpu', 'node'];
const parallelOrder = ['disabled', 'instance', 'any'];

/** First what needs the machine for itself, then what runs beside its own kind, then the rest: MAAS's order. */
function compare({ metadata: a }: Script, { metadata: b }: Script): number {
  return (
    parallelOrder.indexOf(a.parallel) - parallelOrder.indexOf(b.parallel) ||
    hardwareOrder.indexOf(a.hardware) - hardwareOrder.indexOf(b.hardware) ||
    (a.name < b.name ? -1 : 1)
  );
}

function mayRunBeside(before: Script | undefined, next: Script): boolean {
  if (!before || before.metadata.parallel !== next.metadata.parallel) return false;
  switch (next.metadata.parallel) {
    case 'disabled':
      return false;
    case 'instance':
      return before.sha256 === next.sha256;
    case 'any':
      return true;
  }
}

function draftsOf(script: Script, request: TestRequest, inventory: Inventory): Draft[] {
  const { metadata, sha256 } = script;
  const given = parametersFor(script, request);
  const values: Record<string, string> = {};
  let timeoutSeconds = metadata.timeoutSeconds === 0 ? longestSeconds : metadata.timeoutSeconds;
  let combinations: { parts: Record<string, ScriptTarget>; skip?: string }[] = [{ parts: {} }];
  for (const [name, parameter] of Object.entries(metadata.parameters)) {
    const field = `parameters.${name}`;
    const value = given.get(name) ?? parameter.default;
    if (parameter.kind === 'storage' || parameter.kind === 'interface') {
      const chosen = choose(field, parameter, value ?? 'all', inventory, script);
      combinations = combinations.flatMap((one) =>
        chosen.map(({ part, skip }) => {
          const why = one.skip ?? skip;
          return { parts: part ? { ...one.parts, [name]: part } : one.parts, ...(why && { skip: why }) };
        }),
      );
    } else if (parameter.kind === 'runtime') {
      const seconds = runtime(field, parameter, value, metadata.timeoutSeconds);
      if (seconds === undefined) continue;
      values[name] = String(seconds);
      // It says itself how long it runs; what it does at the end takes a while.
      timeoutSeconds = Math.min(Math.max(metadata.timeoutSeconds, seconds + marginSeconds), longestSeconds);
    } else if (value !== undefined && value !== '') {
      values[name] = plain(field, parameter, value);
    } else if (parameter.required) {
      throw invalid(field, `${metadata.name} needs a value for it`);
    }
  }
  if (!fitsHardware(metadata.forHardware, inventory))
    combinations = [
      { parts: {}, skip: `it is for ${metadata.forHardware.join(' or ')}, which this machine has not` },
    ];
  const deadlineSeconds =
    timeoutSeconds + 2 * marginSeconds + (metadata.packages.length > 0 ? packageSeconds : 0);
  return combinations.map(({ parts, skip }) => {
    const target = Object.values(parts)[0] ?? wholeTarget(metadata.hardware);
    return {
      script: metadata.name,
      sha256,
      timeoutSeconds,
      deadlineMs: deadlineSeconds * 1000,
      values,
      parts,
      ...(target && { target }),
      ...(skip && { skip }),
    };
  });
}

function choose(
  field: string,
  { kind, required }: ScriptParameter,
  value: string,
  inventory: Inventory,
  script: Script,
): readonly (Partial<ChosenPart> & { readonly skip?: string })[] {
  const isDisk = kind === 'storage';
  const chosen = isDisk ? chooseDisks(field, value, inventory, script) : chooseCards(field, value, inventory);
  if (chosen.length > 0) return chosen;
  return required ? [{ skip: `the machine has no ${isDisk ? 'disk' : 'network card'} for it` }] : [{}];
}

function runtime(
  field: string,
  { min = 0, max = longestSeconds, required }: ScriptParameter,
  value: string | undefined,
  timeoutSeconds: number,
): number | undefined {
  const text = value ?? (timeoutSeconds > 0 ? String(timeoutSeconds) : '');
  if (text === '' && !required) return undefined;
  const seconds = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= min && seconds <= max) return seconds;
  throw invalid(field, `must be seconds from ${min} to ${max}`);
}

/** It becomes a word of a command line: never an option of its own (docs/security.md, rule 13). */
function plain(field: string, { kind }: ScriptParameter, value: string): string {
  if (Buffer.byteLength(value) > 2048 || /[\p{Cc}]/u.test(value))
    throw invalid(field, 'must be one line of text');
  if (value.startsWith('-')) throw invalid(field, 'must not begin with -');
  if (
    kind === 'url' &&
    !value.split(',').every((url) => /^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(url.trim()))
  )
    throw invalid(field, 'is no address such as http://example.org/');
  return value;
}

function wholeTarget(hardware: HardwareType): ScriptTarget | undefined {
  return hardware === 'cpu' || hardware === 'memory' ? { kind: hardware } : undefined;
}

/** `storage=…` is for all scripts that have it, `disk-read.storage=…` for one. */
function parametersFor(script: Script, { parameters }: TestRequest): ReadonlyMap<string, string> {
  const prefix = `${script.metadata.name}.`;
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(parameters)) if (!key.includes('.')) found.set(key, value);
  for (const [key, value] of Object.entries(parameters))
    if (key.startsWith(prefix)) found.set(key.slice(prefix.length), value);
  return found;
}

export function demandKnownParameters({ parameters }: TestRequest, selected: readonly Selected[]): void {
  for (const key of Object.keys(parameters)) {
    const isKnown = selected.some(({ script: { metadata } }) =>
      Object.keys(metadata.parameters).some((name) => key === name || key === `${metadata.name}.${name}`),
    );
    if (!isKnown) throw invalid(`parameters.${key.slice(0, 80)}`, 'none of the scripts has such a parameter');
  }
}
