/** What every `BleCentral` promises, whatever it is made of. */
import { afterEach, describe, expect, it } from 'vitest';
import { BENCH_SERVICE, Bench, BenchOrder } from '../../firmware-mocks/benchPeripheral.ts';
import type { BenchRadioSpec } from '../../firmware-mocks/benchRadio.ts';
import type { BleCentral } from '../../src/model/ports.ts';
import { BENCH_ADDRESS, connectTo, hear, nextAdvertisement, refusalOf, SECOND_ADDRESS } from '../ble/radioFixtures.ts';

const ONE: BenchRadioSpec = { peripherals: [{}] };
const TWO: BenchRadioSpec = { peripherals: [{}, { address: SECOND_ADDRESS, name: 'Bench 2', maxMtu: 23 }] };
const BYTES = Uint8Array.from({ length: 200 }, (_, i) => 255 - i);

export function bleCentralContract(name: string, create: (spec: BenchRadioSpec) => BleCentral): void {
  describe(`BleCentral contract: ${name}`, () => {
    const running: BleCentral[] = [];
    const started = async (spec: BenchRadioSpec): Promise<BleCentral> => {
      const central = create(spec);
      running.push(central);
      await central.start();
      return central;
    };
    afterEach(async () => {
      await Promise.all(running.splice(0).map((central) => central.stop()));
    });

    it('is powered on once started, and unknown once stopped', async () => {
      const central = create(ONE);
      const states: string[] = [];
      central.onStateChange((state) => states.push(state));
      await central.start();
      expect(central.state).toBe('poweredOn');
      await central.stop();
      expect(central.state).toBe('unknown');
      expect(states).toEqual(['poweredOn', 'unknown']);
    });

    it('says radio/unavailable, and what to do, when the adapter is off', async () => {
      const central = create({ ...ONE, adapterFaults: { off: true } });
      const { code, message } = await refusalOf(central.start());
      expect(code).toBe('radio/unavailable');
      expect(message).toContain('rfkill unblock bluetooth');
      await central.stop();
    });

    it('reports name, services, address and signal strength of who advertises', async () => {
      const central = await started(ONE);
      const heard = await hear(central);
      expect(heard).toMatchObject({ address: BENCH_ADDRESS, name: 'Bench 1', rssiDbm: -55, companyId: undefined });
      expect(heard.serviceUuids).toContain(BENCH_SERVICE);
    });

    it('hears nobody after the scan was stopped', async () => {
      const central = await started(ONE);
      await hear(central);
      await central.stopScan();
      let heard = 0;
      central.onAdvertisement(() => heard++);
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(heard).toBe(0);
    });

    it('rejects starting a scan that the adapter refuses', async () => {
      const central = await started({ ...ONE, adapterFaults: { scanRefusedStatus: 0x0c } });
      const { code, message } = await refusalOf(central.startScan());
      expect(code).toBe('radio/refused');
      expect(message).toContain('0x0c');
    });

    it('connects, negotiates the MTU and finds all characteristics with padded ids', async () => {
      const central = await started(ONE);
      const link = await connectTo(central);
      expect(link.mtu).toBe(247);
      const uuids = link.characteristics.map(({ uuid }) => uuid);
      expect(uuids).toEqual(expect.arrayContaining([...Object.values(Bench), '2a19', '2a00']));
      const battery = link.characteristics.find(({ uuid }) => uuid === '2a19');
      expect(battery).toEqual({ serviceUuid: '180f', uuid: '2a19', properties: ['read'] });
    });

    it('goes on scanning after a connection', async () => {
      const central = await started(TWO);
      await connectTo(central);
      expect((await nextAdvertisement(central, SECOND_ADDRESS)).name).toBe('Bench 2');
    });

    it('reads back what was written, with and without response, also longer than the MTU', async () => {
      const central = await started(TWO);
      for (const address of [BENCH_ADDRESS, SECOND_ADDRESS]) {
        const link = await connectTo(central, address);
        await link.write(Bench.store, BYTES);
        expect(Uint8Array.from(await link.read(Bench.store))).toEqual(BYTES);
        await link.write(Bench.store, Uint8Array.of(7, 8), { withoutResponse: true });
        expect(Uint8Array.from(await link.read(Bench.store))).toEqual(Uint8Array.of(7, 8));
      }
    });

    it('reads a value longer than the MTU in full', async () => {
      const central = await started({ peripherals: [{ maxMtu: 517 }] });
      const link = await connectTo(central);
      expect(link.mtu).toBe(256);
      const value = await link.read(Bench.long);
      expect(value.length).toBe(400);
      expect(value[399]).toBe(399 & 0xff);
    });

    it('refuses an empty value, an unknown characteristic and one that cannot do it', async () => {
      const link = await connectTo(await started(ONE));
      for (const ask of [
        () => link.read(Bench.empty),
        () => link.read('ffff'),
        () => link.subscribe(Bench.store, () => undefined),
        () => link.write(Bench.long, Uint8Array.of(1)),
        () => link.write(Bench.store, new Uint8Array(link.mtu - 2), { withoutResponse: true }),
      ]) {
        expect((await refusalOf(ask())).code).toBe('radio/refused');
      }
      expect((await link.read(Bench.store)).length).toBe(3);
    });

    it('delivers every notification in order, stamped with a time that does not go back', async () => {
      const link = await connectTo(await started(ONE));
      const counters: number[] = [];
      const times: number[] = [];
      const all = new Promise<void>((resolve) => {
        void link.subscribe(Bench.notify, (bytes, arrivalMs) => {
          counters.push(bytes[0] ?? -1);
          times.push(arrivalMs);
          if (counters.length === 200) resolve();
        });
      });
      await link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 200, 240));
      await all;
      expect(counters).toEqual(Array.from({ length: 200 }, (_, i) => i));
      expect(times.every((t, i) => i === 0 || t >= (times[i - 1] ?? 0) - 2)).toBe(true);
      expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(5000);
    });

    it('confirms indications, so that the next one comes', async () => {
      const link = await connectTo(await started(ONE));
      const counters: number[] = [];
      const all = new Promise<void>((resolve) => {
        void link.subscribe(Bench.indicate, (bytes) => {
          counters.push(bytes[0] ?? -1);
          if (counters.length === 5) resolve();
        });
      });
      await link.write(Bench.orders, Uint8Array.of(BenchOrder.indicate, 5));
      await all;
      expect(counters).toEqual([0, 1, 2, 3, 4]);
    });

    it('serialises operations that were asked for at once', async () => {
      const link = await connectTo(await started(ONE));
      const values = await Promise.all(Array.from({ length: 30 }, () => link.read('2a19')));
      expect(values.every((value) => value[0] === 87)).toBe(true);
    });

    it('reads the signal strength', async () => {
      const link = await connectTo(await started(ONE));
      expect(await link.readRssiDbm()).toBe(-55);
    });

    it('holds several links at once', async () => {
      const central = await started(TWO);
      const ids = [(await hear(central)).id, (await nextAdvertisement(central, SECOND_ADDRESS)).id];
      const links = await Promise.all(ids.map((id) => central.connect(id)));
      expect(links.map(({ mtu }) => mtu)).toEqual([247, 23]);
      const names = await Promise.all(links.map((link) => link.read('2a00')));
      expect(names.map((bytes) => Buffer.from(bytes).toString())).toEqual(['Bench 1', 'Bench 2']);
    });

    it('closes with a reason in words when asked to, and can connect again', async () => {
      const central = await started(ONE);
      const link = await connectTo(central);
      await link.disconnect();
      expect(await link.closed).toContain('0x16');
      expect((await refusalOf(link.read(Bench.store))).code).toBe('radio/closed');
      const again = await connectTo(central);
      expect((await again.read(Bench.store)).length).toBeGreaterThan(0);
    });

    it('closes with a reason in words when the wearable ends the link, and rejects what was under way', async () => {
      const link = await connectTo(await started(ONE));
      // The order to drop is answered by the end of the link.
      const order = link.write(Bench.orders, Uint8Array.of(BenchOrder.drop, 0x13));
      const refusals = await Promise.all([order, link.read(Bench.store)].map(refusalOf));
      expect(refusals.map(({ code }) => code)).toEqual(['radio/closed', 'radio/closed']);
      expect(await link.closed).toContain('0x13');
    });

    it('gives up a connection to a device that has vanished, and then connects to another', async () => {
      const central = await started({ ...TWO, peerFaults: { [BENCH_ADDRESS]: { refusesConnection: true } } });
      const gone = (await hear(central)).id;
      const here = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
      const [first, second] = await Promise.allSettled([central.connect(gone), central.connect(here)]);
      expect(first).toMatchObject({ status: 'rejected', reason: { code: 'radio/timeout' } });
      expect(second.status).toBe('fulfilled');
    });

    it('rejects a connection to an id that was never heard', async () => {
      const central = await started(ONE);
      expect((await refusalOf(central.connect('0123456789ab'))).code).toBe('radio/refused');
    });

    it('ends all links within two seconds when stopped', async () => {
      const central = await started(TWO);
      const links = [await connectTo(central), await connectTo(central, SECOND_ADDRESS)];
      const startedMs = performance.now();
      await central.stop();
      expect(performance.now() - startedMs).toBeLessThan(2000);
      for (const link of links) expect(await link.closed).toBeTruthy();
      expect((await refusalOf(central.connect(links[0]?.id ?? ''))).code).toBe('radio/closed');
    });
  });
}
