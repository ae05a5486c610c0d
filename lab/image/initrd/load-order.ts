/** modules.dep(5) as lines `path: dependency dependency …`, all relative to the modules directory. */
export function parseModulesDep(text: string): Map<string, readonly string[]> {
  const dependencies = new Map<string, readonly string[]>();
  for (const line of text.split('\n')) {
    const [path, rest] = line.split(':');
    if (path === undefined || rest === undefined) continue;
    dependencies.set(path, rest.split(' ').filter(Boolean));
  }
  return dependencies;
}

/** Paths in the order in which insmod takes them: what a module needs comes before it. */
export function loadOrder(
  dependencies: ReadonlyMap<string, readonly string[]>,
  builtin: ReadonlySet<string>,
  wanted: readonly string[],
): string[] {
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]));
  const order = new Set<string>();
  const add = (path: string) => {
    if (order.has(path)) return;
    // modules.dep names the whole closure, nearest first; walking it handles both closures and direct needs.
    for (const needed of dependencies.get(path) ?? []) add(needed);
    order.add(path);
  };
  for (const name of wanted) {
    const path = byName.get(name);
    if (path !== undefined) add(path);
    else if (!builtin.has(name)) throw new Error(`the kernel has no module "${name}"`);
  }
  return [...order];
}

/** The kernel takes - and _ in a module's name for the same. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}
