/** Both libraries are pinned: an update that moves a private part which a repair reaches for fails here. */
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { createBenchPeripheral } from '../../firmware-mocks/benchPeripheral.ts';
import { createVirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import { loadNoble, noblePackage } from '../../src/ble/loadNoble.ts';
import { missingInternals } from '../../src/ble/nobleInternals.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import type { Noble, NoblePeripheral } from '../../src/ble/nobleShape.ts';
import { holdStart, startNoble } from '../../src/ble/nobleStart.ts';

const { dependencies, optionalDependencies } = createRequire(import.meta.url)('../../package.json') as Record<
  string,
  Record<string, string>
>;

describe.each(NOBLE_LIBRARIES)('what is reached for inside %s', (library) => {
  let stop: () => void = () => undefined;
  afterEach(() => stop());

  function started(): Noble {
    const noble = loadNoble({ library, hciSocket: createVirtualRadio([createBenchPeripheral()]).HciSocket });
    holdStart(noble);
    stop = startNoble(noble);
    return noble;
  }

  it('is there in the version that is pinned', () => {
    const { name, version } = noblePackage(library);
    expect({ ...dependencies, ...optionalDependencies }[name]).toBe(version);
    expect(missingInternals(started(), library)).toEqual([]);
  });

  it('is missed when it is gone', () => {
    const noble = started();
    delete noble._bindings._connectionQueue;
    if (noble._bindings._hci) noble._bindings._hci.flushAcl = undefined as never;
    expect(missingInternals(noble, library)).toEqual(['_bindings._connectionQueue', '_bindings._hci.flushAcl']);
  });

  it('has an MTU for each link, and a handle and a stream', async () => {
    const noble = started();
    const connected = new Promise<NoblePeripheral>((resolve) => {
      noble.once('discover', (peripheral: NoblePeripheral) => {
        noble.stopScanning();
        peripheral.once('connect', () => resolve(peripheral));
        peripheral.connect({ minInterval: 24, maxInterval: 40, latency: 0, timeout: 400 });
      });
    });
    noble.on('stateChange', (state: string) => {
      if (state === 'poweredOn') noble.startScanning([], true);
    });
    const { id } = await connected;
    const handle = noble._bindings._handles?.[id];
    expect(noble._bindings._gatts?.[id]?._mtu).toBe(23);
    expect(noble._bindings._handles?.[Number(handle)]).toBe(id);
    expect(Object.keys(noble._bindings._aclStreams ?? {})).toEqual([String(handle)]);
    expect(noble._bindings._hci?._aclConnections?.get(Number(handle))).toMatchObject({ pending: expect.any(Number) });
  });
});
