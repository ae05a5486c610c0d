import { setTimeout as delay } from 'node:timers/promises';
import type { ServerChannel } from 'ssh2';
import { type Answer, type Answering, type Asked, type Reply, stepOfJob } from '../answers/answer.ts';
import { recognise } from '../answers/recognise.ts';
import { lies } from '../faults/lies.ts';
import { type StepFault, stepFaultAt } from '../faults/steps.ts';
import type { Pace } from '../pace.ts';
import { readCommand } from './command.ts';
import { followJob, type JobCommand, type SimJob, startJob, tellJob } from './jobs.ts';

/** What a command may do to the machine that runs it. */
export interface Commanded extends Answering {
  readonly pace: Pace;
  readonly moreAnswers: readonly Answer[];
  /** Ends with the running system, also when the connection is gone before. */
  readonly life: AbortSignal;
  /** Somebody may have pulled a disk before the script of these names. */
  beforeScript(names: readonly string[]): void;
  strike(fault: StepFault): void;
  leaveFor(where: NonNullable<Reply['goes']>): void;
}

/** Answers one command of the controller, on its channel. */
export async function answerCommand(
  on: Commanded,
  text: string,
  input: Buffer,
  channel: ServerChannel,
  signal: AbortSignal,
): Promise<void> {
  const command = readCommand(text);
  if (command.kind === 'job') {
    // Whoever sent it may have died on the way: half a script is none.
    if (!on.system.jobs.has(command.name) && input.length !== command.scriptBytes) {
      channel.write(`${command.id} refused the script did not arrive whole\n`);
      return end(channel, 0);
    }
    const job = attach(on, command, input);
    await followJob(job, command, (chunk) => channel.write(chunk), signal);
    return end(channel, 0);
  }
  await delay(on.pace.commandMs, undefined, { signal });
  const reply = respond(on, { script: command.script, input });
  if (!reply) return;
  if (reply.stdout) channel.write(reply.stdout);
  if (reply.stderr) channel.stderr.write(reply.stderr);
  end(channel, reply.exitCode ?? 0);
  if (reply.goes) on.leaveFor(reply.goes);
}

function end(channel: ServerChannel, exitCode: number): void {
  channel.exit(exitCode);
  channel.end();
}

/** The job of this name; started now if there is none in this boot of the machine. */
function attach(on: Commanded, command: JobCommand, input: Buffer): SimJob {
  const known = on.system.jobs.get(command.name);
  if (known) return known;
  const job = startJob(command);
  on.system.jobs.set(command.name, job);
  const timer = setTimeout(() => tellJob(job, '', 'timeout killed TERM'), command.deadlineMs);
  on.life.addEventListener('abort', () => clearTimeout(timer), { once: true });
  const work = async (): Promise<void> => {
    await delay(on.pace.jobMs, undefined, { signal: on.life });
    const reply = respond(on, { script: input.toString(), input: Buffer.alloc(0), job: command.name });
    if (!reply) return;
    clearTimeout(timer);
    if (lies(on.faults, 'log-flood')) tellJob(job, Buffer.alloc(80 * 1024 ** 2, 'flood '));
    const code = reply.exitCode ?? 0;
    tellJob(job, reply.stdout ?? '', code === 0 ? 'success exited 0' : `exit-code exited ${code}`);
    if (reply.goes) on.leaveFor(reply.goes);
  };
  // Ends without a word when the machine dies under it.
  work().catch(() => undefined);
  return job;
}

/** What the script does and says. Undefined: the machine is gone, and says nothing more. */
function respond(on: Commanded, asked: Asked): Reply | undefined {
  const known = recognise(asked, on.moreAnswers);
  const names = [stepOfJob(asked.job), known?.name].filter((name) => name !== undefined);
  on.beforeScript(names);
  const before = stepFaultAt(on.faults, names, 'before');
  if (before) return struck(on, before);
  if (!known)
    on.effect({ kind: 'unrecognised', detail: `${asked.job ?? ''} ${asked.script}`.slice(0, 2_000) });
  const reply = known?.reply(on, asked) ?? {};
  const after = stepFaultAt(on.faults, names, 'after');
  return after ? struck(on, after) : reply;
}

function struck(on: Commanded, fault: StepFault): Reply | undefined {
  on.strike(fault);
  if (fault.kind === 'crash') return { stdout: 'a simulated crash\n', exitCode: fault.exitCode };
  return undefined;
}
