/** Keeps a wanted scan going: off while a connection is made, on again after it, and restarted when it has died silently. */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Logger } from '../model/ports.ts';
import type { RadioLimits } from './limits.ts';
import { forgetScan } from './nobleRepairs.ts';
import type { Noble } from './nobleShape.ts';
import { ScanCommands } from './scanCommands.ts';

const WATCH_INTERVAL_MS = 1000;
/** Restarts without hearing anybody before the whole radio is considered dead; twice as many for each that was replaced in vain. */
const RESTARTS_UNTIL_DEAD = 3;
const MOST_DOUBLINGS = 5;

const restartsAfter = (countInVain: number): number => RESTARTS_UNTIL_DEAD * 2 ** Math.min(countInVain, MOST_DOUBLINGS);

export interface NobleScanOptions {
  readonly noble: Noble;
  readonly limits: RadioLimits;
  readonly logger: Logger;
  /** How many radios in a row were replaced because they heard nobody; absent: none. Each is given twice as long as the one before. */
  readonly deafReplacements?: number | undefined;
  /** Nobody was heard for too long: scanning is restarted. */
  readonly onRestart: () => void;
  /** Scanning was restarted several times and still nobody is heard, or it has been refused for as long. */
  readonly onDead: () => void;
}

export class NobleScan {
  readonly #options: NobleScanOptions;
  readonly #watch: NodeJS.Timeout;
  #scanCommands: ScanCommands | undefined;
  #wanted = false;
  #pauses = 0;
  #adapterOn = true;
  #running = false;
  #lastHeardMs = 0;
  #deafReplacements: number;
  #silenceLogged = false;
  #silentRestarts = 0;
  #failed = false;
  /** Since when the adapter has refused to scan, or not answered. */
  #refusedSinceMs: number | undefined;
  #commands: Promise<unknown> = Promise.resolve();

  constructor(options: NobleScanOptions) {
    this.#options = options;
    this.#deafReplacements = options.deafReplacements ?? 0;
    const intervalMs = Math.min(WATCH_INTERVAL_MS, options.limits.scanSilenceMs / 4);
    this.#watch = setInterval(() => this.#check(), intervalMs);
    this.#watch.unref();
  }

  /** noble has started: its own scan commands are counted from here on. */
  attach(): void {
    const hci = this.#options.noble._bindings._hci;
    this.#scanCommands = hci ? new ScanCommands(hci) : undefined;
  }

  /** @throws PlumblineError `radio/refused` when the adapter does not start to scan; it is then not wanted any more. */
  async start(): Promise<void> {
    this.#wanted = true;
    try {
      await this.#apply();
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#apply();
  }

  async pause(): Promise<void> {
    this.#pauses++;
    await this.#apply();
  }

  resume(): void {
    this.#pauses--;
    void this.#applyInBackground();
  }

  /** The adapter came up again: it has forgotten that it was scanning. */
  restore(): void {
    this.#adapterOn = true;
    this.#running = false;
    void this.#applyInBackground();
  }

  /** The adapter went down. */
  lost(): void {
    this.#adapterOn = false;
    this.#running = false;
    this.#scanCommands?.forget();
  }

  heard(): void {
    this.#lastHeardMs = performance.now();
    this.#deafReplacements = 0;
    this.#silenceLogged = false;
    this.#silentRestarts = 0;
  }

  close(): void {
    this.#wanted = false;
    clearInterval(this.#watch);
  }

  get #wants(): boolean {
    return this.#wanted && this.#adapterOn && this.#pauses === 0;
  }

  #check(): void {
    if (!this.#wants) return;
    if (!this.#running) {
      void this.#applyInBackground();
      return;
    }
    const silentMs = performance.now() - this.#lastHeardMs;
    if (silentMs < this.#options.limits.scanSilenceMs) return;
    this.#silentRestarts++;
    this.#options.onRestart();
    if (!this.#silenceLogged) this.#options.logger.warn('radio.scan-silent', { silentMs: Math.round(silentMs) });
    this.#silenceLogged = true;
    this.#running = false;
    if (this.#silentRestarts >= this.#restartsUntilDead) {
      this.#silentRestarts = 0;
      this.#options.onDead();
    }
    void this.#applyInBackground();
  }

  get #restartsUntilDead(): number {
    return restartsAfter(this.#deafReplacements);
  }

  /** Never rejects; what failed is tried again by the watch. */
  async #applyInBackground(): Promise<void> {
    try {
      await this.#apply();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#options.logger.warn('radio.scan-refused', { found: messageOf(error) });
      this.#failed = true;
    }
  }

  /** Commands one after the other; each looks anew at what is wanted. */
  #apply(): Promise<void> {
    const next = this.#commands.then(() => this.#applyNow());
    this.#commands = next.catch(() => undefined);
    return next;
  }

  async #applyNow(): Promise<void> {
    const { noble } = this.#options;
    if (this.#wants === this.#running) return;
    try {
      if (this.#running) {
        this.#running = false;
        await this.#command(() => noble.stopScanning());
      } else {
        await this.#turnOn();
        this.#running = true;
      }
    } finally {
      if (!this.#running) forgetScan(noble._bindings);
    }
  }

  async #turnOn(): Promise<void> {
    try {
      await this.#askForScan();
      this.#refusedSinceMs = undefined;
    } catch (error) {
      this.#onRefused();
      throw error;
    }
  }

  /** Whoever wants the scan asks again and again. An adapter that has not scanned for so long will not do so by itself. */
  #onRefused(): void {
    const nowMs = performance.now();
    this.#refusedSinceMs ??= nowMs;
    const longestMs = this.#options.limits.scanSilenceMs * this.#restartsUntilDead;
    if (nowMs - this.#refusedSinceMs < longestMs) return;
    this.#refusedSinceMs = undefined;
    this.#options.onDead();
  }

  async #askForScan(): Promise<void> {
    const { noble } = this.#options;
    this.#lastHeardMs = performance.now();
    forgetScan(noble._bindings);
    // noble first disables, then enables the scan, and reports success after the first of the two (trap 15).
    const status = await this.#command(() => noble.startScanning([], true));
    if (status === 0) return;
    const code = `0x${status.toString(16).padStart(2, '0')}`;
    throw new PlumblineError(
      'radio/refused',
      `expected the adapter to scan, found HCI status ${code}; is another program scanning?`,
      { context: { status } },
    );
  }

  async #command(send: () => void): Promise<number> {
    if (this.#scanCommands) return this.#scanCommands.run(send, this.#options.limits.scanCommandMs);
    send();
    return 0;
  }
}
