import { createHash } from 'node:crypto';
import type { PlannedRun, Script, ScriptTarget } from '../../model/index.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { findPart } from './find-part.ts';
import { installPackages } from './install-packages.ts';

export interface RunContext {
  readonly operationId: string;
  readonly machineName: string;
  /** Our own address in the network of the machine. */
  readonly controller: string;
  readonly gateway?: string;
  readonly packageProxy?: string;
  /** A file that the controller serves by HTTP, big enough to measure with. */
  readonly artefactUrl?: string;
}

/** Not in /run: scripts download things, and /run is a tenth of the memory. */
const root = '/var/lib/rackwright/scripts';

/** Where one run keeps what it writes; the same for every try. */
export function runFolder(operationId: string, step: string): string {
  return `${root}/${createHash('sha256').update(`${operationId}\n${step}`).digest('hex').slice(0, 24)}`;
}

/**
 * One run as a job. Its output is the output of the script, as it comes. What became of it is in two files of its
 * folder: `outcome` (`exit 3`, `skip why`, `fail why`) and `result.yaml`, which the script itself writes.
 */
export function runScriptJob(run: PlannedRun, script: Script, context: RunContext): Shell {
  const folder = runFolder(context.operationId, run.step);
  const { packages, missingPackages, destructive } = script.metadata;
  return lines(
    shell`export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
folder=${folder}
rm -rf "$folder"
mkdir -p ${root}
chmod 700 ${root}
mkdir -m 700 "$folder" "$folder/download"
printf %s ${script.content} >"$folder/script"
chmod 700 "$folder/script"
# finish WORD WHY: says what became of it and ends the job.
finish() { printf '%s\\n' "$*" >"$folder/outcome"; echo "$*"; exit 0; }`,
    ...Object.values(run.parts).map((part) => findPart(part, destructive)),
    packages.length > 0 ? installPackages(packages, missingPackages, context.packageProxy) : shell`:`,
    environment(folder, run, context),
    followed(run, argumentsOf(run, script)),
  );
}

function environment(folder: string, run: PlannedRun, context: RunContext): Shell {
  const { packageProxy = '', gateway = '', artefactUrl = '' } = context;
  return shell`export OUTPUT_STDOUT_PATH=${`${folder}/out`} OUTPUT_STDERR_PATH=${`${folder}/err`} OUTPUT_COMBINED_PATH=${`${folder}/combined`}
export RESULT_PATH=${`${folder}/result.yaml`} DOWNLOAD_PATH=${`${folder}/download`}
export RUNTIME=${run.timeoutSeconds} HAS_STARTED=False
export RW_MACHINE=${context.machineName} RW_CONTROLLER=${context.controller} RW_GATEWAY=${gateway} RW_ARTEFACT_URL=${artefactUrl} RW_PACKAGE_PROXY=${packageProxy}`;
}

/**
 * Both outputs are kept apart, together, and in the log of the job. What the script leaves running holds the pipes
 * open: it gets five seconds, then the end of the job takes it along.
 */
function followed(run: PlannedRun, words: Shell): Shell {
  return shell`mkfifo -m 600 "$folder/out.pipe" "$folder/err.pipe"
tee -a "$OUTPUT_STDOUT_PATH" "$OUTPUT_COMBINED_PATH" <"$folder/out.pipe" &
out=$!
tee -a "$OUTPUT_STDERR_PATH" "$OUTPUT_COMBINED_PATH" <"$folder/err.pipe" &
err=$!
cd "$folder"
code=0
nice -n 10 timeout -k 10 ${run.timeoutSeconds} "$folder/script" ${words} >"$folder/out.pipe" 2>"$folder/err.pipe" </dev/null || code=$?
printf 'exit %s\\n' "$code" >"$folder/outcome"
{ sleep 5; kill "$out" "$err"; } 2>/dev/null &
late=$!
wait "$out" "$err" || :
kill "$late" 2>/dev/null || :`;
}

/** Words first, then values: a value with spaces is one word, and none can become two (docs/security.md, rule 12). */
function argumentsOf(run: PlannedRun, script: Script): Shell {
  const words: Shell[] = [];
  for (const [name, { argumentFormat }] of Object.entries(script.metadata.parameters)) {
    const part = run.parts[name];
    const value = run.values[name];
    if (part === undefined && value === undefined) continue;
    for (const word of argumentFormat.split(/\s+/).filter((one) => one !== '')) {
      words.push(fillWord(word, (placeholder) => fill(placeholder, part, value)));
    }
  }
  return words.reduce((sum, word) => shell`${sum} ${word}`, shell``);
}

function fillWord(word: string, fillIn: (placeholder: string) => Shell): Shell {
  return word
    .split(/(\{[^{}]*\})/)
    .filter((piece) => piece !== '')
    .map((piece) => (piece.startsWith('{') ? fillIn(piece.slice(1, -1)) : shell`${piece}`))
    .reduce((sum, piece) => shell`${sum}${piece}`, shell``);
}

/** Names of this boot are in `$disk` and `$card`, which `findPart` has set; the rest is known. */
function fill(placeholder: string, part: ScriptTarget | undefined, value: string | undefined): Shell {
  if (part?.kind === 'disk') {
    switch (placeholder) {
      case 'model':
        return shell`${part.model}`;
      case 'serial':
        return shell`${part.serial}`;
      case 'name':
        return shell`"$disk"`;
      default:
        return shell`"/dev/$disk"`;
    }
  }
  if (part?.kind === 'nic') {
    switch (placeholder) {
      case 'mac':
      case 'mac_address':
        return shell`${part.mac}`;
      case 'vendor':
      case 'product':
        return shell`''`;
      default:
        return shell`"$card"`;
    }
  }
  return shell`${value ?? ''}`;
}
