/** A peripheral for testing the radio itself: it does what is written to it, so that a test can steer it over the air. */
import type { VirtualCharacteristic, VirtualPeripheral } from './peripheral.ts';

export const BENCH_SERVICE = 'b3ac000081aa478a8efb3160cf7a3ccc';
const id = (short: string): string => BENCH_SERVICE.replace('b3ac0000', `b3ac${short}`);

/** Characteristics of the bench service. */
export const Bench = {
  /** Read and write: keeps what was written. */
  store: id('0001'),
  /** Read: 400 bytes, 0, 1, 2 … */
  long: id('0002'),
  /** Read: nothing at all. */
  empty: id('0003'),
  /** Write: the first byte is an order, see `BenchOrder`. */
  orders: id('0004'),
  /** Notify: answers to orders. */
  notify: id('0005'),
  /** Indicate: answers to orders. */
  indicate: id('0006'),
} as const;

export const BenchOrder = {
  /** `01 count size`: that many notifications of `size` bytes, the first two of which count up. */
  notify: 0x01,
  /** `02 count`: that many indications of two bytes. */
  indicate: 0x02,
  /** `03 reason`: the peripheral ends the link. */
  drop: 0x03,
  /** The process that runs the radio ends as if killed. */
  kill: 0x04,
} as const;

export interface BenchOptions {
  readonly address?: string;
  readonly name?: string;
  readonly maxMtu?: number;
  readonly rssiDbm?: number;
}

export function createBenchPeripheral({
  address = 'c0:ff:ee:00:00:01',
  name = 'Bench 1',
  maxMtu = 247,
  rssiDbm = -55,
}: BenchOptions = {}): VirtualPeripheral {
  let stored = Uint8Array.of(1, 2, 3);
  let notify: ((value: Uint8Array) => boolean) | undefined;
  let indicate: ((value: Uint8Array) => boolean) | undefined;
  let drop: ((reason?: number) => void) | undefined;
  const obey = (order: Uint8Array): void => {
    const [code, first = 0, second = 0] = order;
    if (code === BenchOrder.notify) sendCounted(notify, first, second);
    else if (code === BenchOrder.indicate) sendCounted(indicate, first, 2);
    else if (code === BenchOrder.drop) drop?.(first);
    else if (code === BenchOrder.kill) process.kill(process.pid, 'SIGKILL');
  };
  const characteristics: VirtualCharacteristic[] = [
    {
      uuid: Bench.store,
      properties: ['read', 'write', 'writeWithoutResponse'],
      read: () => stored,
      write: (value) => {
        stored = Uint8Array.from(value);
      },
    },
    { uuid: Bench.long, properties: ['read'], read: () => Uint8Array.from({ length: 400 }, (_, i) => i & 0xff) },
    { uuid: Bench.empty, properties: ['read'], read: () => new Uint8Array(0) },
    { uuid: Bench.orders, properties: ['write', 'writeWithoutResponse'], write: obey },
    {
      uuid: Bench.notify,
      properties: ['notify'],
      onSubscribe: (send) => {
        notify = send;
      },
      onUnsubscribe: () => {
        notify = undefined;
      },
    },
    {
      uuid: Bench.indicate,
      properties: ['indicate'],
      onSubscribe: (send) => {
        indicate = send;
      },
      onUnsubscribe: () => {
        indicate = undefined;
      },
    },
  ];
  return {
    address,
    addressType: 'random',
    name,
    advertisedServices: [BENCH_SERVICE],
    services: [
      { uuid: BENCH_SERVICE, characteristics },
      { uuid: '180f', characteristics: [{ uuid: '2a19', properties: ['read'], read: () => Uint8Array.of(87) }] },
    ],
    maxMtu,
    rssiDbm: () => rssiDbm,
    onConnect: (link) => {
      drop = (reason) => link.drop(reason);
    },
    onDisconnect: () => {
      drop = undefined;
    },
  };
}

function sendCounted(send: ((value: Uint8Array) => boolean) | undefined, count: number, sizeBytes: number): void {
  for (let i = 0; i < count; i++) {
    const value = new Uint8Array(Math.max(2, sizeBytes));
    value[0] = i & 0xff;
    value[1] = i >> 8;
    send?.(value);
  }
}
