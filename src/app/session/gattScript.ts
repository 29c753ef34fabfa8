/** Carries out the steps that a device's script yields, on one link. */
import type { GattReply, GattScript, GattStep } from '../../devices/define.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { BleLink, Clock } from '../../model/ports.ts';
import type { Timers } from './timers.ts';

export type NotificationListener = (uuid: string, bytes: Uint8Array, arrivalMs: number) => void;

interface Waiter {
  readonly replyUuid: string;
  readonly isReply: (bytes: Uint8Array) => boolean;
  readonly resolve: (reply: { bytes: Uint8Array; arrivalMs: number }) => void;
  readonly reject: (error: PlumblineError) => void;
}

const NO_BYTES = new Uint8Array();

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
    let next = script.next();
    while (!next.done) {
      let reply: GattReply;
      try {
        reply = await this.#carryOut(next.value);
      } catch (error) {
        next = script.throw(error);
        continue;
      }
      next = script.next(reply);
    }
    return next.value;
  }

  async #carryOut(step: GattStep): Promise<GattReply> {
    if (step.op === 'request') return this.#inTurn(step);
    const sentMs = this.#clock.nowMs();
    const bytes = await this.#exchange(step);
    return { bytes, sentMs, receivedMs: this.#clock.nowMs() };
  }

  async #exchange(step: Exclude<GattStep, { op: 'request' }>): Promise<Uint8Array> {
    if (step.op === 'read') {
      this.#expectCharacteristic(step.uuid);
      return this.#link.read(step.uuid);
    }
    if (step.op === 'write') {
      this.#expectCharacteristic(step.uuid);
      await this.#link.write(step.uuid, step.bytes, step.withoutResponse ? { withoutResponse: true } : {});
    } else if (step.op === 'subscribe') await this.#subscribe(step.uuid);
    else {
      await new Promise<void>((resolve) => {
        this.#timers.after(step.ms, resolve);
      });
    }
    return NO_BYTES;
  }

  #inTurn(step: Extract<GattStep, { op: 'request' }>): Promise<GattReply> {
    const turn = this.#requests.then(() => this.#request(step));
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
