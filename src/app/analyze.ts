/** `plumbline analyze`: recordings in parallel, one folder of results each. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, PlumblineError } from '../model/errors.ts';
import { RECORDING_ENDINGS, recordingFormatOf, recordingStemOf } from './recording/recordingName.ts';
import { analyzeRecording, type AnalyzeOptions, type AnalyzeSummary } from './analyzeRecording.ts';

export interface AnalyzeCommand extends AnalyzeOptions {
  readonly paths: readonly string[];
  readonly outDir: string;
  readonly jobs: number | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

interface Task {
  readonly path: string;
  readonly folder: string;
}

export type TaskResult = { readonly summary: AnalyzeSummary } | { readonly error: string };

/** @returns the exit code: 0 all analysed, 1 at least one recording failed. @throws PlumblineError `usage` */
export async function analyze(command: AnalyzeCommand): Promise<number> {
  const tasks = tasksOf(command);
  makeFolder(command.outDir);
  const progress = new Progress(tasks.length);
  let failures = 0;
  await runTasks(tasks, command, (task, result) => {
    progress.clear();
    if ('error' in result) {
      failures++;
      process.stderr.write(`${basename(task.path)}: ${result.error}\n`);
    } else if (command.json) process.stdout.write(`${JSON.stringify(result.summary)}\n`);
    progress.step();
  });
  progress.clear();
  return failures > 0 ? 1 : 0;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new PlumblineError('usage', `--out: expected a folder that can be made, found ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function tasksOf(command: AnalyzeCommand): Task[] {
  const files = command.paths.flatMap(recordingsAt);
  const tasks = files.map((path) => ({
    path,
    folder: join(command.outDir, recordingStemOf(path)),
  }));
  for (const [i, { path, folder }] of tasks.entries()) {
    const first = tasks.findIndex((other) => other.folder === folder);
    if (first === i) continue;
    const found = `found two called ${basename(folder)}: ${tasks[first].path} and ${path}`;
    throw new PlumblineError('usage', `expected recordings with different names, ${found}`);
  }
  const existing = tasks.find((task) => existsSync(task.folder));
  if (existing && !command.force) {
    throw new PlumblineError('usage', `expected no output yet, found ${existing.folder} (--force overwrites)`);
  }
  return tasks;
}

function recordingsAt(path: string): string[] {
  if (!existsSync(path))
    throw new PlumblineError('usage', `expected a recording or a folder, found nothing at ${path}`);
  if (!statSync(path).isDirectory()) {
    if (recordingFormatOf(path) !== undefined) return [path];
    throw new PlumblineError('usage', `expected a recording ${RECORDING_ENDINGS}, found ${path}`);
  }
  const files = readdirSync(path)
    .filter((name) => recordingFormatOf(name) !== undefined)
    .sort();
  if (files.length === 0) {
    throw new PlumblineError('usage', `expected recordings (${RECORDING_ENDINGS}) in ${path}, found none`);
  }
  return files.map((name) => join(path, name));
}

async function runTasks(
  tasks: readonly Task[],
  command: AnalyzeCommand,
  onResult: (task: Task, result: TaskResult) => void,
): Promise<void> {
  const jobs = Math.min(tasks.length, command.jobs ?? availableParallelism());
  const options = { orientation: command.orientation, angles: command.angles };
  let next = 0;
  if (jobs <= 1) {
    for (const task of tasks) onResult(task, await runTask(task, options));
    return;
  }
  const lane = async (): Promise<void> => {
    const worker = new AnalysisWorker();
    while (next < tasks.length) {
      const task = tasks[next++];
      onResult(task, await worker.run(task, options));
    }
    await worker.stop();
  };
  await Promise.all(Array.from({ length: jobs }, lane));
}

export async function runTask(task: Task, options: AnalyzeOptions): Promise<TaskResult> {
  try {
    return { summary: await analyzeRecording(task.path, task.folder, options) };
  } catch (error) {
    return { error: messageOf(error).replaceAll('\n', ' ') };
  }
}

/** A worker thread that is started again when a recording took it down. */
class AnalysisWorker {
  #worker: Worker | undefined;

  run(task: Task, options: AnalyzeOptions): Promise<TaskResult> {
    const worker = (this.#worker ??= new Worker(new URL('./analyzeWorker.js', import.meta.url)));
    return new Promise((resolve) => {
      // One by one: removeAllListeners would also cut the worker's own wiring.
      const done = (result: TaskResult): void => {
        worker.off('message', done);
        worker.off('error', failed);
        worker.off('exit', ended);
        resolve(result);
      };
      const died = (found: string): void => {
        this.#worker = undefined;
        done({ error: `expected an answer from the worker thread, found ${found}` });
      };
      const failed = (error: unknown): void => died(messageOf(error));
      const ended = (code: number): void => died(`exit code ${code}`);
      worker.on('message', done);
      worker.on('error', failed);
      worker.on('exit', ended);
      worker.postMessage({ task, options });
    });
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }
}

/** A bar on stderr, only on a terminal. */
class Progress {
  readonly #total: number;
  readonly #visible = process.stderr.isTTY;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  step(): void {
    this.#done++;
    if (!this.#visible) return;
    const filled = Math.round((30 * this.#done) / this.#total);
    process.stderr.write(`\r[${'#'.repeat(filled).padEnd(30, '.')}] ${this.#done}/${this.#total}`);
  }

  clear(): void {
    if (this.#visible) process.stderr.write('\r\u001b[K');
  }
}
