import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import type { ScriptResult, Verdict } from '../../model/index.ts';
import { type Shell, shell } from '../../remote/index.ts';
import { depthOf } from '../parse-json.ts';
import { cleanText, limits } from '../limits.ts';
import { parseYaml } from './find-header.ts';

export const maxResultBytes = 256 * 1024;
const mark = '\n@@rackwright result\n';

export type Outcome = Pick<ScriptResult, 'verdict' | 'exitCode' | 'reason' | 'values'>;

/** Prints both files of a run, the second cut a byte beyond its limit. */
export function outcomeCommand(folder: string): Shell {
  return shell`cat ${`${folder}/outcome`} 2>/dev/null || echo none
printf %s ${mark}
[ ! -f ${`${folder}/result.yaml`} ] || head -c ${maxResultBytes + 1} ${`${folder}/result.yaml`}`;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const resultFile = z
  .object({
    status: z.enum(['passed', 'degraded', 'failed', 'skipped']).optional(),
    reason: z.string().optional(),
    results: z.record(z.string(), z.union([scalar, z.array(scalar)])).optional(),
  })
  .nullable();

/**
 * What became of a run. The script's own word counts more than its exit status, except that it has not passed when it
 * ended with an error: a half-written success is none.
 *
 * @param printed  what `outcomeCommand` printed
 * @param tail  the end of the log, which says more than a number
 */
export function readOutcome(printed: string, tail: string, timeoutSeconds: number): Outcome {
  const at = printed.indexOf(mark);
  const [, word, rest = ''] = /^(exit|skip|fail|run) ?(.*)/.exec(printed.slice(0, Math.max(at, 0))) ?? [];
  if (word === 'skip') return { verdict: 'skipped', reason: shorten(rest), values: {} };
  if (word !== 'exit' || !/^\d{1,3}$/.test(rest))
    return {
      verdict: 'failed',
      reason: shorten(word === 'fail' ? rest : `it could not be run: ${last(tail)}`),
      values: {},
    };
  const exitCode = Number(rest);
  let said: z.infer<typeof resultFile>;
  try {
    said = parseResult(printed.slice(at + mark.length));
  } catch (error) {
    const reason = shorten(`its result file cannot be used: ${(error as Error).message}`);
    return { verdict: 'failed', exitCode, reason, values: {} };
  }
  const verdict = verdictOf(said?.status, exitCode);
  const values = clean(said?.results ?? {});
  if (verdict === 'passed') return { verdict, exitCode, values };
  const reason = said?.reason ?? exitReason(exitCode, tail, timeoutSeconds);
  return { verdict, exitCode, reason: shorten(reason), values };
}

function verdictOf(status: Verdict | undefined, exitCode: number): Verdict {
  if (exitCode === 0) return status ?? 'passed';
  return status === 'skipped' ? 'skipped' : 'failed';
}

function exitReason(exitCode: number, tail: string, timeoutSeconds: number): string {
  const said = last(tail);
  // timeout(1): 124 after its TERM, 137 when that did not help, or when somebody else killed it.
  if (exitCode === 124) return `it was stopped: it may run for ${timeoutSeconds} s; last it said: ${said}`;
  if (exitCode === 137) return `it was killed (it may run for ${timeoutSeconds} s): ${said}`;
  return exitCode === 0 ? said : `it ended with status ${exitCode}: ${said}`;
}

function parseResult(text: string): z.infer<typeof resultFile> {
  if (Buffer.byteLength(text) > maxResultBytes) throw new Error(`it is longer than ${maxResultBytes} bytes`);
  if (!isUtf8(Buffer.from(text)) || text.includes('\ufffd')) throw new Error('it is no UTF-8');
  if (depthOf(text) > limits.jsonDepth || /^ {100}/m.test(text)) throw new Error('it is nested too deep');
  const parsed = resultFile.safeParse(text.trim() === '' ? null : parseYaml(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'has another form'}`);
}

const mostValues = 256;

function clean(values: Readonly<Record<string, z.infer<typeof scalar> | readonly z.infer<typeof scalar>[]>>) {
  const one = (value: z.infer<typeof scalar>) => (typeof value === 'string' ? shorten(value) : value);
  return Object.fromEntries(
    Object.entries(values)
      .slice(0, mostValues)
      .map(([name, value]) => [
        shorten(name),
        typeof value === 'object' ? value.slice(0, mostValues).map(one) : one(value),
      ]),
  );
}

/** A script may say as much as it likes; what is shown beside its name is a line. */
function shorten(text: string): string {
  return cleanText('result', text.slice(0, 300));
}

function last(tail: string): string {
  return tail.trim().split('\n').at(-1)?.slice(0, 200) || 'it said nothing';
}
