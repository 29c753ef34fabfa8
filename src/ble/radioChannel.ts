/** One radio process and the wire to it: requests and their answers, a heartbeat, and how it ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PlumblineError } from '../model/errors.ts';
import {
  errorFromData,
  type FromChild,
  type RadioRequest,
  type RadioSettings,
  type ReplyValue,
  type ToChild,
} from './radioProtocol.ts';

/** Beats without an answer before a process that still exists counts as dead. */
const MAX_MISSED_BEATS = 5;
/** The process's own cap for ending its links is one second. */
const STOP_LIMIT_MS = 1500;
const KEPT_OUTPUT_CHARS = 2000;

export interface RadioChannelOptions {
  readonly childEntry: URL;
  readonly settings: RadioSettings;
  readonly heartbeatMs: number;
  /** Everything but answers. */
  readonly onMessage: (message: FromChild) => void;
  /** The process ended, for whatever reason; called once. */
  readonly onEnd: (how: string) => void;
}

interface PendingCall {
  readonly request: RadioRequest;
  readonly resolve: (value: ReplyValue) => void;
  readonly reject: (error: PlumblineError) => void;
}

export class RadioChannel {
  readonly #options: RadioChannelOptions;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, PendingCall>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #ended: Promise<void>;
  #nextCall = 1;
  /** From here on a silent process is a hung one; while it starts there is another limit. */
  #isReady = false;
  #missedBeats = 0;
  #open = true;
  #output = '';

  constructor(options: RadioChannelOptions) {
    this.#options = options;
    this.#child = fork(fileURLToPath(options.childEntry), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.#output = (this.#output + text.toString('utf8')).slice(-KEPT_OUTPUT_CHARS);
      });
    }
    this.#child.on('message', (message) => this.#onMessage(message as FromChild));
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#end(how);
        resolve();
      };
      this.#child.on('error', (error) => end(error.message));
      this.#child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`));
    });
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs);
    this.#heartbeat.unref();
    this.#post({ type: 'start', settings: options.settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last that the process printed: where native code says why it aborted. */
  get output(): string {
    return this.#output.trim();
  }

  /**
   * `onReply` runs before any later message of the process is looked at.
   * @throws PlumblineError what the process answered, or `radio/closed` or `radio/child-died` when it ended.
   */
  call<T>(request: RadioRequest, onReply: (value: ReplyValue) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!this.#open) {
        reject(endedError(request, 'it has ended'));
        return;
      }
      const call = this.#nextCall++;
      this.#calls.set(call, { request, resolve: (value) => resolve(onReply(value)), reject });
      this.#post({ type: 'call', call, request });
    });
  }

  /** Lets the process end its links and itself; kills it when that takes too long. */
  async stop(): Promise<void> {
    if (!this.#open) return;
    this.#post({ type: 'stop' });
    const timer = setTimeout(() => this.kill(), STOP_LIMIT_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #post(message: ToChild): void {
    if (!this.#open || !this.#child.connected) return;
    // A channel that closes under us is followed by the exit event, which settles everything.
    this.#child.send(message, () => undefined);
  }

  #beat(): void {
    if (!this.#isReady) return;
    this.#missedBeats++;
    if (this.#missedBeats > MAX_MISSED_BEATS) this.kill();
    else this.#post({ type: 'ping' });
  }

  #onMessage(message: FromChild): void {
    if (!this.#open) return;
    this.#missedBeats = 0;
    if (message.type === 'ready') this.#isReady = true;
    if (message.type === 'reply') this.#take(message.call)?.resolve(message.value);
    else if (message.type === 'refusal') this.#take(message.call)?.reject(errorFromData(message.error));
    else if (message.type !== 'pong') this.#options.onMessage(message);
  }

  #take(call: number): PendingCall | undefined {
    const pending = this.#calls.get(call);
    this.#calls.delete(call);
    return pending;
  }

  #end(how: string): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#heartbeat);
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { request, reject } of calls) reject(endedError(request, how));
    this.#options.onEnd(how);
  }
}

function endedError(request: RadioRequest, how: string): PlumblineError {
  const ofAdapter = request.op === 'startScan' || request.op === 'stopScan';
  return new PlumblineError(
    ofAdapter ? 'radio/child-died' : 'radio/closed',
    `expected a running radio process, found it ended (${how})`,
    { context: { op: request.op } },
  );
}
