/** What goes wrong on the air and in the adapter beside the traps of the specification page, through noble's own code. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Bench, BenchOrder, createBenchPeripheral } from '../../firmware-mocks/benchPeripheral.ts';
import type { VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
import { DEFAULT_LIMITS } from '../../src/ble/limits.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import { eventually, radioBench } from './radioBench.ts';
import { BENCH_ADDRESS, connectTo, hear, memoryLogger, refusalOf, SECOND_ADDRESS } from './radioFixtures.ts';

const WRITE_NOT_PERMITTED = 0x03;
/** LE Data Packet Length Extension and LE Extended Advertising. */
const MODERN_ADAPTER = (1 << 5) | (1 << 12);

describe.each(NOBLE_LIBRARIES)('NobleCentral over %s, when something goes wrong', (library) => {
  const bench = radioBench(library);

  it('says 0x3e when the connection could not be established, and connects later', async () => {
    const { radio, central } = await bench.start();
    const { id } = await hear(central);
    radio.setPeerFaults(BENCH_ADDRESS, { failsToEstablish: true });
    expect(await refusalOf(central.connect(id))).toMatchObject({ message: expect.stringContaining('0x3e') });
    radio.setPeerFaults(BENCH_ADDRESS, {});
    expect((await central.connect(id)).mtu).toBe(247);
  });

  it('reports a refused connection request with its status', async () => {
    const { radio, central } = await bench.start();
    const { id } = await hear(central);
    radio.setAdapterFaults({ connectRefusedStatus: 0x0c });
    expect(await refusalOf(central.connect(id))).toMatchObject({
      code: 'radio/refused',
      message: expect.stringContaining('0xc'),
    });
    radio.setAdapterFaults({});
    expect((await central.connect(id)).mtu).toBe(247);
  });

  it('puts fragments of 27 bytes together, both ways', async () => {
    const { central } = await bench.start({ controller: { aclFragmentBytes: 27 } });
    const link = await connectTo(central);
    const bytes = Uint8Array.from({ length: 240 }, (_, i) => i);
    await link.write(Bench.store, bytes);
    expect(Uint8Array.from(await link.read(Bench.store))).toEqual(bytes);
  });

  it('hears and connects through an adapter with LE Extended Advertising', async () => {
    const { radio, central } = await bench.start({ controller: { leFeatures: MODERN_ADAPTER } });
    const link = await connectTo(central);
    expect((await link.read(Bench.long)).length).toBe(400);
    expect(radio.lastConnectionParameters?.supervisionTimeout).toBe(400);
    await link.disconnect();
    expect((await connectTo(central)).mtu).toBe(247);
  });

  it('refuses a long write when the peer does, and keeps the link', async () => {
    const { radio, central } = await bench.start();
    radio.setPeerFaults(BENCH_ADDRESS, { writeErrors: { [Bench.store]: WRITE_NOT_PERMITTED } });
    const link = await connectTo(central);
    const { code, message } = await refusalOf(link.write(Bench.store, new Uint8Array(300)));
    expect([code, message]).toEqual(['radio/refused', expect.stringContaining('0x03')]);
    expect((await link.read('2a19'))[0]).toBe(87);
  });

  it('serves two listeners of one characteristic', async () => {
    const { central } = await bench.start();
    const link = await connectTo(central);
    const heard = [0, 0];
    await link.subscribe(Bench.notify, () => heard[0]++);
    await link.subscribe(Bench.notify, () => heard[1]++);
    await link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 3, 4));
    await eventually(() => heard).toEqual([3, 3]);
  });

  it('gives subscriptions back before it disconnects, and does not wait long for a peer that is mute', async () => {
    const peripheral = createBenchPeripheral();
    const log: string[] = [];
    const watched: VirtualPeripheral = {
      ...peripheral,
      services: peripheral.services.map((service) => ({
        ...service,
        characteristics: service.characteristics.map((characteristic) => ({
          ...characteristic,
          onUnsubscribe: () => log.push(`unsubscribed, connected: ${radio.connectedAddresses.length}`),
        })),
      })),
    };
    const { radio, central } = await bench.start({ peripherals: [watched], limits: { operationMs: 6000 } });
    const link = await connectTo(central);
    await link.subscribe(Bench.notify, () => undefined);
    await link.disconnect();
    expect(log).toEqual(['unsubscribed, connected: 1']);
    const mute = await connectTo(central);
    await mute.subscribe(Bench.notify, () => undefined);
    radio.setPeerFaults(BENCH_ADDRESS, { mute: true });
    const askedMs = performance.now();
    await mute.disconnect();
    expect(performance.now() - askedMs).toBeLessThan(3000);
  });

  it('does not repeat a connection whose reset of the adapter was lost', async () => {
    const { radio, central } = await bench.start({ limits: { connectMs: 500, scanCommandMs: 500 } });
    const { id } = await hear(central);
    radio.setAdapterFaults({ losesReset: true });
    const first = await Promise.allSettled([central.connect(id)]);
    // Only stoprocent resets the adapter before it connects.
    if (first[0].status === 'fulfilled') await first[0].value.disconnect();
    else expect(first[0].reason).toMatchObject({ code: 'radio/timeout' });
    expect(first[0].status).toBe(library === 'stoprocent' ? 'rejected' : 'fulfilled');
    radio.setAdapterFaults({});
    expect((await connectTo(central)).mtu).toBe(247);
  });

  it('runs several adapters in one process without mixing them up', async () => {
    const first = await bench.start();
    const second = await bench.start({ benches: [{ address: SECOND_ADDRESS, name: 'Bench 2' }] });
    const heard: string[] = [];
    first.central.onAdvertisement(({ address }) => heard.push(address));
    await Promise.all([hear(first.central), hear(second.central, SECOND_ADDRESS)]);
    expect(new Set(heard)).toEqual(new Set([BENCH_ADDRESS]));
  });

  it('says radio/unavailable where there is no adapter', async () => {
    const central = new NobleCentral({ nowMs: () => 0, logger: memoryLogger(), library, hciDevice: 97 });
    const { code, message } = await refusalOf(central.start());
    expect(code).toBe('radio/unavailable');
    expect(message).toContain('hci97');
  });

  it('says which permission is missing where the adapter may not be opened', async () => {
    const { radio } = bench.create();
    class ForbiddenSocket extends radio.HciSocket {
      override bindRaw(): number {
        throw new Error('EPERM, Operation not permitted');
      }
    }
    const { central } = bench.create({ central: { hciSocket: ForbiddenSocket } });
    const { code, message } = await refusalOf(central.start());
    expect([code, message]).toEqual(['radio/unavailable', expect.stringContaining('setcap cap_net_raw')]);
    expect(central.state).not.toBe('poweredOn');
  });

  it('says radio/unavailable, and what to install, where its package is not installed', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'plumbline-'));
    const compiled = new URL('../../dist/src/', import.meta.url);
    for (const folder of ['ble', 'model']) {
      cpSync(new URL(folder, compiled), join(elsewhere, folder), { recursive: true });
    }
    const script = `
      import { loadNoble } from ${JSON.stringify(pathToFileURL(join(elsewhere, 'ble/loadNoble.js')).href)};
      try { loadNoble({ library: '${library}' }); } catch ({ code, message }) { console.log(code, message); }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toContain('radio/unavailable');
    expect(stdout).toContain(`run npm install @${library}/noble`);
    rmSync(elsewhere, { recursive: true });
  });
});

describe('the time limits', () => {
  it('are those of the specification when nothing else is said', () => {
    expect(DEFAULT_LIMITS).toMatchObject({ connectMs: 15_000, operationMs: 5000, discoveryMs: 30_000 });
  });
});
