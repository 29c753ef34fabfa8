/** Carries out the steps that a device's script yields, on one link. */
import type { GattReply, GattScript, GattStep } from '../../devices/define.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { BleLink, Clock } from '../../model/ports.ts';
import { pause, type Timers } from './timers.ts';

export type NotificationListener = (uuid: string, bytes: Uint8Array, arrivalMs: number) => void;

interface Waiter {
  readonly replyUuid: string;
  readonly isReply: (bytes: Uint8Array) => boolean;
  readonly resolve: (reply: { bytes: Uint8Array; arrivalMs: number }) => void;
  readonly reject: (error: PlumblineError) => void;
}

const NO_BYTES = new Uint8Array();

const abandoned = (): PlumblineError =>
  new PlumblineError('radio/closed', 'expected to go on, found that the wearable is being let go of');

function expectGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw abandoned();
}

export class GattScriptRunner {
  readonly #link: BleLink;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onNotification: NotificationListener;
  readonly #subscribed = new Set<string>();
  #waiter: Waiter | undefined;
  #closed: PlumblineError | undefined;
  /** Requests one after the other: a control point answers "busy" to a second one. Scripts may still interleave. */
  #requests: Promise<unknown> = Promise.resolve();
  /** Aborted when the scripts under way are abandoned. */
  #era = new AbortController();

  constructor(link: BleLink, clock: Clock, timers: Timers, onNotification: NotificationListener) {
    this.#link = link;
    this.#clock = clock;
    this.#timers = timers;
    this.#onNotification = onNotification;
    void this.#rejectOnClose();
  }

  async #rejectOnClose(): Promise<void> {
    const reason = await this.#link.closed;
    this.#closed = new PlumblineError('radio/closed', `expected an answer, found the link closed: ${reason}`);
    this.#waiter?.reject(this.#closed);
  }

  /** @throws what the script throws; a step's error is thrown into the script first, which may know a way on. */
  async run<T>(script: GattScript<T>): Promise<T> {
    const { signal } = this.#era;
    let next = script.next();
    while (!next.done) {
      let reply: GattReply;
      try {
        reply = await this.#carryOut(next.value, signal);
      } catch (error) {
        expectGoingOn(signal);
        next = script.throw(error);
        continue;
      }
      expectGoingOn(signal);
      next = script.next(reply);
    }
    return next.value;
  }

  /**
   * The scripts under way begin no further step: what a stop script says next is the last word. Their waits end at once, a step
   * that is on the air ends by itself; `run` then rejects. Scripts that are run from now on are not concerned.
   */
  abandon(): void {
    this.#era.abort();
    this.#era = new AbortController();
    this.#waiter?.reject(abandoned());
  }

  async #carryOut(step: GattStep, signal: AbortSignal): Promise<GattReply> {
    if (step.op === 'request') return this.#inTurn(step, signal);
    const sentMs = this.#clock.nowMs();
    const bytes = await this.#exchange(step, signal);
    return { bytes, sentMs, receivedMs: this.#clock.nowMs() };
  }

  async #exchange(step: Exclude<GattStep, { op: 'request' }>, signal: AbortSignal): Promise<Uint8Array> {
    if (step.op === 'read') {
      this.#expectCharacteristic(step.uuid);
      return this.#link.read(step.uuid);
    }
    if (step.op === 'write') {
      this.#expectCharacteristic(step.uuid);
      await this.#link.write(step.uuid, step.bytes, step.withoutResponse ? { withoutResponse: true } : {});
    } else if (step.op === 'subscribe') await this.#subscribe(step.uuid);
    else await pause(this.#timers, step.ms, signal);
    return NO_BYTES;
  }

  #inTurn(step: Extract<GattStep, { op: 'request' }>, signal: AbortSignal): Promise<GattReply> {
    const turn = this.#requests.then(() => {
      expectGoingOn(signal);
      return this.#request(step);
    });
    this.#requests = turn.catch(() => undefined);
    return turn;
  }

  /** Once per link: a stream that is started again keeps its subscriptions. */
  async #subscribe(uuid: string): Promise<void> {
    this.#expectCharacteristic(uuid);
    if (this.#subscribed.has(uuid)) return;
    await this.#link.subscribe(uuid, (bytes, arrivalMs) => {
      const waiter = this.#waiter;
      if (waiter?.replyUuid === uuid && waiter.isReply(bytes)) waiter.resolve({ bytes, arrivalMs });
      this.#onNotification(uuid, bytes, arrivalMs);
    });
    this.#subscribed.add(uuid);
  }

  async #request(step: Extract<GattStep, { op: 'request' }>): Promise<GattReply> {
    this.#expectCharacteristic(step.uuid);
    if (this.#closed) throw this.#closed;
    let cancel = (): void => undefined;
    const answered = new Promise<{ bytes: Uint8Array; arrivalMs: number }>((resolve, reject) => {
      this.#waiter = { replyUuid: step.replyUuid, isReply: step.isReply, resolve, reject };
      cancel = this.#timers.after(step.timeoutMs, () =>
        reject(new PlumblineError('radio/timeout', `expected an answer within ${step.timeoutMs} ms, found none`)),
      );
    });
    const sentMs = this.#clock.nowMs();
    try {
      // The answer may come before the write is confirmed.
      const [, { bytes, arrivalMs }] = await Promise.all([this.#link.write(step.uuid, step.bytes), answered]);
      return { bytes, sentMs, receivedMs: arrivalMs };
    } finally {
      cancel();
      this.#waiter = undefined;
    }
  }

  #expectCharacteristic(uuid: string): void {
    if (this.#link.characteristics.some((characteristic) => characteristic.uuid === uuid)) return;
    throw new PlumblineError('radio/refused', `expected characteristic ${uuid}, found none of that id on the device`);
  }
}
