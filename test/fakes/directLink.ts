/** A link straight to a wearable made of software, without radio: each operation takes its time on a stepped clock, one after the other. */
import type { VirtualCharacteristic, VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { BleLink, GattCharacteristic } from '../../src/model/ports.ts';
import type { SteppedTime } from './steppedTime.ts';

export const OPERATION_MS = 20;

export class DirectLink implements BleLink {
  readonly id: string;
  readonly mtu: number;
  readonly characteristics: readonly GattCharacteristic[];
  readonly closed: Promise<string>;
  /** Every write in the order in which it reached the wearable: `uuid hex`. */
  readonly written: string[] = [];
  readonly #peripheral: VirtualPeripheral;
  readonly #time: SteppedTime;
  #operations: Promise<unknown> = Promise.resolve();
  #count = 0;
  #isOpen = true;
  #resolveClosed: (reason: string) => void = () => undefined;

  constructor(peripheral: VirtualPeripheral, time: SteppedTime) {
    this.#peripheral = peripheral;
    this.#time = time;
    this.id = peripheral.address;
    this.mtu = peripheral.maxMtu;
    this.characteristics = peripheral.services.flatMap(({ uuid: serviceUuid, characteristics }) =>
      characteristics.map(({ uuid, properties }) => ({ serviceUuid, uuid, properties })),
    );
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    peripheral.onConnect({ mtu: () => this.mtu, drop: () => this.#end('dropped') });
  }

  /** Operations that have begun. */
  get count(): number {
    return this.#count;
  }

  read(uuid: string): Promise<Uint8Array> {
    return this.#operate(uuid, (characteristic) => {
      const value = characteristic.read?.();
      if (value === undefined || value.length === 0) throw refused('a value');
      return value;
    });
  }

  write(uuid: string, bytes: Uint8Array): Promise<void> {
    return this.#operate(uuid, (characteristic) => {
      this.written.push(`${uuid} ${Buffer.from(bytes).toString('hex')}`);
      characteristic.write?.(bytes);
    });
  }

  subscribe(uuid: string, listener: (bytes: Uint8Array, arrivalMs: number) => void): Promise<void> {
    return this.#operate(uuid, (characteristic) => {
      characteristic.onSubscribe?.((value) => {
        if (this.#isOpen) listener(value, this.#time.nowMs());
        return this.#isOpen;
      });
    });
  }

  async readRssiDbm(): Promise<number> {
    return this.#peripheral.rssiDbm();
  }

  async disconnect(): Promise<void> {
    this.#end('ended by us');
  }

  #operate<T>(uuid: string, work: (characteristic: VirtualCharacteristic) => T): Promise<T> {
    const turn = this.#operations.then(async () => {
      this.#count++;
      await new Promise<void>((resolve) => {
        this.#time.after(OPERATION_MS, resolve);
      });
      if (!this.#isOpen) throw new PlumblineError('radio/closed', 'expected an open link, found it closed');
      const found = this.#peripheral.services
        .flatMap(({ characteristics }) => characteristics)
        .find((characteristic) => characteristic.uuid === uuid);
      if (!found) throw refused(`the characteristic ${uuid}`);
      try {
        return work(found);
      } catch (error) {
        throw error instanceof PlumblineError ? error : refused('the wearable to accept it');
      }
    });
    this.#operations = turn.catch(() => undefined);
    return turn;
  }

  #end(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#peripheral.onDisconnect();
    this.#resolveClosed(reason);
  }
}

const refused = (expected: string): PlumblineError =>
  new PlumblineError('radio/refused', `expected ${expected}, found none`);
