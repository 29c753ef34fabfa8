/** One connection through noble, made to keep the promises of `BleLink`: every operation ends, and says how. */
import type { EventEmitter } from 'node:events';
import { PlumblineError } from '../model/errors.ts';
import type { BleLink, GattCharacteristic } from '../model/ports.ts';
import { attErrorWords, reasonWords } from './hciReason.ts';
import type { RadioLimits } from './limits.ts';
import { LinkQueue } from './linkQueue.ts';
import { DEFAULT_MTU } from './nobleRepairs.ts';
import type { NobleCharacteristic, NoblePeripheral, NobleService } from './nobleShape.ts';

type NotificationListener = (bytes: Uint8Array, arrivalMs: number) => void;
type OperationKind = 'discover' | 'read' | 'write' | 'subscribe' | 'rssi';

const AttRequest = { readByType: 0x08, read: 0x0a, write: 0x12, prepareWrite: 0x16, executeWrite: 0x18 } as const;
/** Which refused requests end which operation; a refused part of a long read only ends the value. */
const REFUSED_BY: Readonly<Record<OperationKind, readonly number[]>> = {
  discover: [],
  read: [AttRequest.read],
  write: [AttRequest.write, AttRequest.prepareWrite, AttRequest.executeWrite],
  subscribe: [AttRequest.readByType, AttRequest.write],
  rssi: [],
};
/** noble answers these by pairing and then repeats the request. */
const PAIRING_ERRORS: readonly number[] = [0x05, 0x08, 0x0f];
/** noble gives 16-bit ids without leading zeros. */
const fullUuid = (uuid: string): string => (uuid.length < 4 ? uuid.padStart(4, '0') : uuid.toLowerCase());

export interface NobleLinkOptions {
  readonly peripheral: NoblePeripheral;
  readonly limits: RadioLimits;
  readonly nowMs: () => number;
}

export class NobleLink implements BleLink {
  readonly id: string;
  /** Set by the central once it is known, before anybody else sees the link. */
  mtu = DEFAULT_MTU;
  readonly closed: Promise<string>;
  readonly #peripheral: NoblePeripheral;
  readonly #limits: RadioLimits;
  readonly #nowMs: () => number;
  readonly #queue: LinkQueue<OperationKind>;
  readonly #found: { readonly description: GattCharacteristic; readonly noble: NobleCharacteristic }[] = [];
  readonly #listeners = new Map<NobleCharacteristic, NotificationListener[]>();
  readonly #subscribed = new Set<NobleCharacteristic>();
  #resolveClosed: (reason: string) => void = () => undefined;
  #closedReason: string | undefined;
  #hciReason: number | undefined;
  /** Why we are about to end the link, when it is not because somebody asked. */
  #fault: string | undefined;

  constructor({ peripheral, limits, nowMs }: NobleLinkOptions) {
    this.id = peripheral.id;
    this.#peripheral = peripheral;
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#queue = new LinkQueue((error) => this.#tearDown(error.message));
  }

  get characteristics(): readonly GattCharacteristic[] {
    return this.#found.map(({ description }) => description);
  }

  /** Undefined until the peer has answered the MTU exchange. */
  get offeredMtu(): number | undefined {
    return this.#peripheral.mtu ?? undefined;
  }

  /** With which HCI reason the adapter said that the link ended (Vol 1, Part F); undefined when it said nothing. */
  get hciReason(): number | undefined {
    return this.#hciReason;
  }

  get isOpen(): boolean {
    return this.#closedReason === undefined;
  }

  /** Finds all services and characteristics; called once, right after the connection. */
  discover(): Promise<void> {
    return this.#queue.run('discover', 'the list of services', this.#limits.discoveryMs, async (signal) => {
      const services = await this.#answer<NobleService[]>(signal, this.#peripheral, 'servicesDiscover', () =>
        this.#peripheral.discoverServices([]),
      );
      for (const service of services) {
        const characteristics = await this.#answer<NobleCharacteristic[]>(
          signal,
          service,
          'characteristicsDiscover',
          () => service.discoverCharacteristics([]),
        );
        for (const characteristic of characteristics) this.#add(service, characteristic);
      }
      if (this.#found.length === 0) {
        throw new PlumblineError('radio/refused', 'expected at least one characteristic, found none');
      }
    });
  }

  async read(uuid: string): Promise<Uint8Array> {
    const characteristic = this.#characteristic(uuid, ['read']);
    const bytes = await this.#run('read', `the value of ${uuid}`, async (signal) => {
      const isValue = (_value: Buffer, isNotification: unknown): boolean => isNotification !== true;
      return this.#answer<Buffer>(signal, characteristic, 'data', () => characteristic.read(), isValue);
    });
    if (bytes.length === 0) {
      throw new PlumblineError('radio/refused', `expected a value of ${uuid}, found an empty one`);
    }
    return Uint8Array.from(bytes);
  }

  async write(uuid: string, bytes: Uint8Array, { withoutResponse = false } = {}): Promise<void> {
    const characteristic = this.#characteristic(uuid, [withoutResponse ? 'writeWithoutResponse' : 'write']);
    const longestBytes = withoutResponse ? this.mtu - 3 : 512;
    if (bytes.length > longestBytes) {
      throw new PlumblineError(
        'radio/refused',
        `expected at most ${longestBytes} bytes for ${uuid}, found ${bytes.length}`,
      );
    }
    // noble reads the data with Buffer's own methods, whatever its types say.
    const data = Buffer.from(bytes);
    await this.#run('write', `a write to ${uuid}`, (signal) =>
      this.#answer<unknown>(signal, characteristic, 'write', () => characteristic.write(data, withoutResponse)),
    );
  }

  async subscribe(uuid: string, listener: NotificationListener): Promise<void> {
    const characteristic = this.#characteristic(uuid, ['notify', 'indicate']);
    const listeners = this.#listeners.get(characteristic) ?? [];
    listeners.push(listener);
    this.#listeners.set(characteristic, listeners);
    try {
      await this.#run('subscribe', `a subscription to ${uuid}`, async (signal) => {
        // stoprocent has no answer for a subscription that it already has.
        if (this.#subscribed.has(characteristic)) return;
        await this.#answer<boolean>(signal, characteristic, 'notify', () => characteristic.subscribe());
        this.#subscribed.add(characteristic);
      });
    } catch (error) {
      listeners.splice(listeners.indexOf(listener), 1);
      throw error;
    }
  }

  readRssiDbm(): Promise<number> {
    return this.#run('rssi', 'the signal strength', (signal) =>
      this.#answer<number>(signal, this.#peripheral, 'rssiUpdate', () => this.#peripheral.updateRssi()),
    );
  }

  async disconnect(): Promise<void> {
    if (!this.isOpen) return;
    if (this.#fault === undefined) await this.#unsubscribeAll();
    if (this.isOpen) this.#requestEnd();
    await this.closed;
  }

  /** The link is gone. Only the first reason counts. */
  close(reason: string, hciReason?: number): void {
    if (!this.isOpen) return;
    this.#closedReason = this.#fault ?? reason;
    this.#hciReason = hciReason;
    this.#listeners.clear();
    this.#queue.close(this.#closedReason);
    this.#resolveClosed(this.#closedReason);
  }

  /** An error response came in; noble itself says nothing about it. */
  refused(requestOpcode: number | undefined, attError: number): void {
    const kind = this.#queue.current;
    if (kind === undefined) return;
    const error = new PlumblineError(
      'radio/refused',
      `expected the wearable to accept a ${kind}, found ${attErrorWords(attError)}`,
      { context: { attError } },
    );
    if (requestOpcode === undefined) {
      this.#queue.refuse(error);
      this.#tearDown('pairing failed; pair the wearable once with bluetoothctl');
      return;
    }
    if (PAIRING_ERRORS.includes(attError) || !REFUSED_BY[kind].includes(requestOpcode)) return;
    this.#queue.refuse(error);
    // The rest of a long write is still queued inside noble, and its answers would be taken for those of later writes.
    if (requestOpcode === AttRequest.prepareWrite) this.#tearDown('a long write was refused');
  }

  #run<T>(kind: OperationKind, what: string, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#queue.run(kind, what, this.#limits.operationMs, operation);
  }

  /** A peer that remembers its subscriptions would go on sending at the next connection. Whoever does not answer is left. */
  async #unsubscribeAll(): Promise<void> {
    const ends = [...this.#subscribed].map((characteristic) =>
      this.#run('subscribe', 'the end of a subscription', (signal) =>
        this.#answer<boolean>(signal, characteristic, 'notify', () => characteristic.unsubscribe()),
      ),
    );
    this.#subscribed.clear();
    if (ends.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#limits.unsubscribeMs);
    });
    await Promise.race([Promise.allSettled(ends), limit]);
    clearTimeout(timer);
  }

  #tearDown(reason: string): void {
    if (!this.isOpen) return;
    this.#fault = reason;
    this.#requestEnd();
  }

  #requestEnd(): void {
    const { state } = this.#peripheral;
    if (state === 'connected') this.#peripheral.disconnect();
    // The adapter may never confirm; whoever waits for the end must not wait for ever.
    const timer = setTimeout(() => this.close(reasonWords(0x16)), this.#limits.disconnectMs);
    void this.closed.then(() => clearTimeout(timer));
  }

  #add(service: NobleService, noble: NobleCharacteristic): void {
    const description = {
      serviceUuid: fullUuid(service.uuid),
      uuid: fullUuid(noble.uuid),
      properties: [...noble.properties],
    };
    // noble keeps one characteristic of each id in a service, the last; the others would never answer.
    const same = this.#found.findIndex(
      ({ description: { serviceUuid, uuid } }) => serviceUuid === description.serviceUuid && uuid === description.uuid,
    );
    if (same === -1) this.#found.push({ description, noble });
    else this.#found[same] = { description, noble };
    noble.on('data', (data: Buffer, isNotification: boolean) => {
      if (!isNotification) return;
      const arrivalMs = this.#nowMs();
      for (const listener of this.#listeners.get(noble) ?? []) listener(data, arrivalMs);
    });
  }

  /** @throws PlumblineError `radio/refused` when it is absent or cannot do any of `properties`. */
  #characteristic(uuid: string, properties: readonly string[]): NobleCharacteristic {
    const found = this.#found.find(({ description }) => description.uuid === uuid);
    if (!found) {
      throw new PlumblineError('radio/refused', `expected the characteristic ${uuid}, found no such characteristic`);
    }
    if (!properties.some((property) => found.description.properties.includes(property))) {
      throw new PlumblineError(
        'radio/refused',
        `expected ${uuid} to offer ${properties.join(' or ')}, found ${found.description.properties.join(', ')}`,
      );
    }
    return found.noble;
  }

  /** Begins something and takes the first accepted event as its answer; listens no longer than somebody waits. */
  #answer<T>(
    signal: AbortSignal,
    emitter: EventEmitter,
    event: string,
    begin: () => void,
    accept: (value: T, second: unknown) => boolean = () => true,
  ): Promise<T> {
    return new Promise<T>((resolve) => {
      const onEvent = (value: T, second: unknown): void => {
        if (accept(value, second)) resolve(value);
      };
      emitter.on(event, onEvent);
      signal.addEventListener('abort', () => emitter.removeListener(event, onEvent), { once: true });
      begin();
    });
  }
}
