import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import { loadNoble } from '../../src/ble/loadNoble.ts';
import type { Noble, NoblePeripheral } from '../../src/ble/nobleShape.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import { holdStart, startNoble } from '../../src/ble/nobleStart.ts';
import { PeerMemory } from '../../src/ble/peerMemory.ts';

const ADVERTISEMENT = 0;
const SCAN_RESPONSE = 4;
const addressOf = (i: number): string =>
  `d0:00:00:${[i >> 16, i >> 8, i].map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join(':')}`;

describe.each(NOBLE_LIBRARIES)('what %s remembers of passers-by', (library) => {
  let noble: Noble;
  let memory: PeerMemory;
  let stop: () => void;
  const inUse = new Set<string>();

  beforeEach(() => {
    vi.useFakeTimers();
    noble = loadNoble({ library, hciSocket: createVirtualRadio([]).HciSocket });
    holdStart(noble);
    stop = startNoble(noble);
    noble._bindings.emit('stateChange', 'poweredOn');
    noble.startScanning([], true);
    memory = new PeerMemory(noble, (id) => inUse.has(id));
    noble.on('discover', (peripheral: NoblePeripheral) => memory.remember(peripheral));
  });
  afterEach(() => {
    memory.close();
    stop();
    inUse.clear();
    vi.useRealTimers();
  });

  const advertise = (address: string, ...types: readonly number[]): void => {
    for (const type of types) {
      noble._bindings._hci?.emit('leAdvertisingReport', 0, type, address, 'random', Buffer.alloc(0), -60);
    }
  };
  const sizes = (): number[] =>
    [noble._peripherals, noble._services, noble._bindings._addresses, noble._bindings._gap?._discoveries].map(
      (table) => (table instanceof Map ? table.size : Object.keys(table ?? {}).length),
    );

  it('stays bounded with 100 000 changing addresses, and keeps the wearable in use', () => {
    advertise(addressOf(0), ADVERTISEMENT, SCAN_RESPONSE);
    inUse.add(addressOf(0).replaceAll(':', ''));
    for (let i = 1; i < 100_000; i++) advertise(addressOf(i), ADVERTISEMENT, SCAN_RESPONSE);
    expect(sizes()).toEqual([256, 256, 256, 256]);
    expect(memory.get(addressOf(0).replaceAll(':', ''))?.address).toBe(addressOf(0));
  });

  it('forgets everybody when the adapter was off', () => {
    for (let i = 0; i < 100; i++) advertise(addressOf(i), ADVERTISEMENT, SCAN_RESPONSE);
    expect(sizes()).toEqual([100, 100, 100, 100]);
    memory.forgetAll();
    expect([memory.size, ...sizes()]).toEqual([0, 0, 0, 0, 0]);
  });

  it('keeps who is heard again and again', () => {
    for (let i = 1; i < 2000; i++) {
      advertise(addressOf(0), ADVERTISEMENT, SCAN_RESPONSE);
      advertise(addressOf(i), ADVERTISEMENT, SCAN_RESPONSE);
    }
    expect(memory.get(addressOf(0).replaceAll(':', ''))).toBeDefined();
  });

  it('forgets addresses that were heard once and never reported', () => {
    for (let i = 0; i < 5000; i++) advertise(addressOf(i), ADVERTISEMENT);
    expect(sizes()[3]).toBe(5000);
    vi.advanceTimersByTime(5000);
    expect(sizes()[3]).toBe(0);
  });
});
