import {
  CodedError,
  type Script,
  type ScriptPurpose,
  type ScriptType,
  type TestRequest,
} from '../../model/index.ts';

export const typeFor: Readonly<Record<ScriptPurpose, ScriptType>> = {
  commission: 'commissioning',
  test: 'testing',
  release: 'release',
  deploy: 'deployment',
};

export interface Selected {
  readonly script: Script;
  /** Somebody asked for it by its name: it is not left out silently. */
  readonly isNamed: boolean;
}

/**
 * Which scripts an operation runs, from all that there are.
 * @throws CodedError SCRIPT_NOT_FOUND, or REQUEST_INVALID with the field `scripts`, `tags` or `destructive`
 */
export function selectScripts(
  known: readonly Script[],
  purpose: ScriptPurpose,
  request: TestRequest,
): readonly Selected[] {
  const named = request.scripts.map((name) => find(known, name, purpose));
  const tags = request.tags ?? [];
  for (const tag of tags) {
    if (!known.some((script) => script.metadata.tags.includes(tag)))
      throw invalid('tags', `no script has the tag ${tag}`);
  }
  const saysNothing = named.length === 0 && tags.length === 0;
  const others = known.filter(({ metadata }) => {
    if (saysNothing) return runsUnasked(metadata, purpose);
    return metadata.type === typeFor[purpose] && tags.some((tag) => metadata.tags.includes(tag));
  });
  const selected = new Map<string, Selected>();
  for (const script of others) selected.set(script.metadata.name, { script, isNamed: false });
  for (const script of named) selected.set(script.metadata.name, { script, isNamed: true });
  const refused = [...selected.values()].find(
    ({ script }) => script.metadata.destructive && !request.destructive,
  );
  if (refused)
    throw invalid(
      'destructive',
      `${refused.script.metadata.name} overwrites disks: ask for destructive tests to run it`,
    );
  return [...selected.values()];
}

/**
 * As MAAS does: commissioning runs every commissioning script but those tagged `noauto`, and tests that are tagged
 * `commissioning`. A test that was not chosen is one of those tagged `default`; nothing destructive runs unasked.
 */
function runsUnasked({ type, tags, destructive }: Script['metadata'], purpose: ScriptPurpose): boolean {
  if (destructive || tags.includes('noauto')) return false;
  if (purpose === 'test') return type === 'testing' && tags.includes('default');
  if (type === typeFor[purpose]) return true;
  return purpose === 'commission' && type === 'testing' && tags.includes('commissioning');
}

function find(known: readonly Script[], name: string, purpose: ScriptPurpose): Script {
  const script = known.find(({ metadata }) => metadata.name === name);
  if (!script) throw new CodedError('SCRIPT_NOT_FOUND', `There is no script ${name}.`, { field: 'scripts' });
  const { type } = script.metadata;
  if (type === typeFor[purpose] || (purpose === 'commission' && type === 'testing')) return script;
  throw invalid('scripts', `${name} is of type ${type}, and this is for ${typeFor[purpose]} scripts`);
}

export function invalid(field: string, what: string): CodedError {
  return new CodedError('REQUEST_INVALID', `${field}: ${what}`, { field });
}
