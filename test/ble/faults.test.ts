/** What goes wrong on the air and in the adapter, through noble's own code: every row of the trap table that we can meet. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, BenchOrder, type BenchOptions, createBenchPeripheral } from '../../firmware-mocks/benchPeripheral.ts';
import { createVirtualRadio, type VirtualRadio } from '../../firmware-mocks/createVirtualRadio.ts';
import { DEFAULT_LIMITS, type RadioLimits } from '../../src/ble/limits.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import {
  BENCH_ADDRESS,
  connectTo,
  hear,
  memoryLogger,
  nextAdvertisement,
  refusalOf,
  SECOND_ADDRESS,
  SHORT_LIMITS,
} from './radioFixtures.ts';

const AUTHENTICATION = 0x05;
const READ_NOT_PERMITTED = 0x02;
const WRITE_NOT_PERMITTED = 0x03;

describe('NobleCentral, when something goes wrong', () => {
  const centrals: NobleCentral[] = [];
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => {
    unhandled.push(reason);
  };
  let logger = memoryLogger();

  beforeEach(() => {
    logger = memoryLogger();
    process.on('unhandledRejection', onUnhandled);
  });
  afterEach(async () => {
    await Promise.all(centrals.splice(0).map((central) => central.stop()));
    await new Promise((resolve) => setImmediate(resolve));
    process.removeListener('unhandledRejection', onUnhandled);
    expect(unhandled.splice(0)).toEqual([]);
  });

  async function setUp(
    benches: readonly BenchOptions[] = [{}],
    limits: Partial<RadioLimits> = {},
    aclFragmentBytes = 251,
  ): Promise<{ radio: VirtualRadio; central: NobleCentral }> {
    const radio = createVirtualRadio(benches.map(createBenchPeripheral), { aclFragmentBytes });
    const central = new NobleCentral({
      nowMs: () => Date.now(),
      logger,
      hciSocket: radio.HciSocket,
      limits: { ...SHORT_LIMITS, ...limits },
    });
    centrals.push(central);
    await central.start();
    return { radio, central };
  }

  describe('on the link', () => {
    it('rejects a read at once when the link drops under it', async () => {
      const { radio, central } = await setUp();
      const link = await connectTo(central);
      radio.setPeerFaults(BENCH_ADDRESS, { mute: true });
      const read = refusalOf(link.read(Bench.store));
      const startedMs = performance.now();
      radio.drop(BENCH_ADDRESS);
      expect((await read).code).toBe('radio/closed');
      expect(performance.now() - startedMs).toBeLessThan(200);
      expect(await link.closed).toContain('0x08');
    });

    it('gives up on a peer that stops answering, tears the link down, and reaches it again later', async () => {
      const { radio, central } = await setUp([{}], { operationMs: 200 });
      const link = await connectTo(central);
      radio.setPeerFaults(BENCH_ADDRESS, { mute: true });
      const [first, second] = await Promise.all([link.read(Bench.store), link.read('2a19')].map(refusalOf));
      expect(first?.code).toBe('radio/timeout');
      expect(second?.code).toBe('radio/closed');
      expect(await link.closed).toContain('found no answer');
      radio.setPeerFaults(BENCH_ADDRESS, {});
      const again = await connectTo(central);
      expect((await again.read('2a19'))[0]).toBe(87);
    });

    it('gives up on a peer that never answers the discovery, without holding back the next', async () => {
      const { radio, central } = await setUp([{}, { address: SECOND_ADDRESS }], { discoveryMs: 400 });
      radio.setPeerFaults(BENCH_ADDRESS, { mute: true });
      const mute = (await hear(central)).id;
      const other = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
      const [first, second] = await Promise.allSettled([central.connect(mute), central.connect(other)]);
      expect(first).toMatchObject({ status: 'rejected', reason: { code: 'radio/timeout' } });
      expect(second.status).toBe('fulfilled');
      expect(radio.connectedAddresses).toEqual([SECOND_ADDRESS]);
    });

    it('rejects a discovery at once when the link drops under it', async () => {
      const { radio, central } = await setUp();
      const { id } = await hear(central);
      radio.setPeerFaults(BENCH_ADDRESS, { mute: true });
      const connecting = refusalOf(central.connect(id));
      await expect.poll(() => radio.drop(BENCH_ADDRESS, 0x13)).toBe(true);
      expect(await connecting).toMatchObject({ code: 'radio/closed', message: expect.stringContaining('0x13') });
    });

    it('says 0x3e when the connection could not be established, and connects later', async () => {
      const { radio, central } = await setUp();
      const { id } = await hear(central);
      radio.setPeerFaults(BENCH_ADDRESS, { failsToEstablish: true });
      expect(await refusalOf(central.connect(id))).toMatchObject({ message: expect.stringContaining('0x3e') });
      radio.setPeerFaults(BENCH_ADDRESS, {});
      expect((await central.connect(id)).mtu).toBe(247);
    });

    it('works with 23 bytes when the peer refuses the MTU exchange with Invalid PDU', async () => {
      const { radio, central } = await setUp();
      radio.setPeerFaults(BENCH_ADDRESS, { refuseMtu: true });
      const link = await connectTo(central);
      expect(link.mtu).toBe(23);
      expect((await link.read(Bench.long)).length).toBe(400);
    });

    it('does not carry the MTU of an earlier connection over', async () => {
      const { radio, central } = await setUp();
      const link = await connectTo(central);
      expect(link.mtu).toBe(247);
      await link.disconnect();
      radio.setPeerFaults(BENCH_ADDRESS, { refuseMtu: true });
      expect((await connectTo(central)).mtu).toBe(23);
    });

    it('limits the MTU to what noble announced, when the peer offers 517', async () => {
      const { central } = await setUp([{ maxMtu: 517 }]);
      const link = await connectTo(central);
      expect(link.mtu).toBe(256);
      expect((await link.read(Bench.long)).length).toBe(400);
      const bytes = Uint8Array.from({ length: 300 }, (_, i) => i & 0xff);
      await link.write(Bench.store, bytes);
      expect(Uint8Array.from(await link.read(Bench.store))).toEqual(bytes);
    });

    it('puts fragments of 27 bytes together, both ways', async () => {
      const { central } = await setUp([{}], {}, 27);
      const link = await connectTo(central);
      const bytes = Uint8Array.from({ length: 240 }, (_, i) => i);
      await link.write(Bench.store, bytes);
      expect(Uint8Array.from(await link.read(Bench.store))).toEqual(bytes);
    });

    it('keeps the link when the peer refuses a read, a write or a subscription, and says what it said', async () => {
      const { radio, central } = await setUp();
      radio.setPeerFaults(BENCH_ADDRESS, {
        readErrors: { [Bench.store]: READ_NOT_PERMITTED },
        writeErrors: { [Bench.orders]: WRITE_NOT_PERMITTED },
        configurationReadErrors: { [Bench.notify]: READ_NOT_PERMITTED },
        configurationWriteErrors: { [Bench.indicate]: WRITE_NOT_PERMITTED },
      });
      const link = await connectTo(central);
      const refusals = [
        await refusalOf(link.read(Bench.store)),
        await refusalOf(link.write(Bench.orders, Uint8Array.of(0))),
        await refusalOf(link.subscribe(Bench.notify, () => undefined)),
        await refusalOf(link.subscribe(Bench.indicate, () => undefined)),
      ];
      expect(refusals.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'radio/refused'));
      expect(refusals.map(({ message }) => /0x0[23]/.exec(message)?.[0])).toEqual(['0x02', '0x03', '0x02', '0x03']);
      expect((await link.read('2a19'))[0]).toBe(87);
    });

    it('ends the link, and says to pair, when the peer wants a pairing that fails', async () => {
      const { radio, central } = await setUp();
      radio.setPeerFaults(BENCH_ADDRESS, { readErrors: { [Bench.store]: AUTHENTICATION } });
      const link = await connectTo(central);
      expect((await refusalOf(link.read(Bench.store))).message).toContain('paired');
      expect(await link.closed).toContain('bluetoothctl');
    });

    it('survives the loss of a link with writes on the way', async () => {
      const { radio, central } = await setUp();
      const link = await connectTo(central);
      const writes = Array.from({ length: 20 }, () =>
        link.write(Bench.store, Uint8Array.of(1), { withoutResponse: true }),
      );
      radio.drop(BENCH_ADDRESS);
      await Promise.allSettled(writes);
      expect(await link.closed).toContain('0x08');
    });

    it('finds new characteristics and listens to them after a reconnection', async () => {
      const { radio, central } = await setUp();
      for (let round = 0; round < 3; round++) {
        const link = await connectTo(central);
        const arrived = new Promise<Uint8Array>((resolve) => {
          void link.subscribe(Bench.notify, resolve);
        });
        await link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 1, 20));
        expect((await arrived).length).toBe(20);
        radio.drop(BENCH_ADDRESS);
        await link.closed;
      }
    });

    it('asks for a supervision timeout of at least four seconds', async () => {
      const { radio, central } = await setUp();
      await connectTo(central);
      const tens = radio.lastConnectionParameters?.supervisionTimeout ?? 0;
      expect(tens * 10).toBeGreaterThanOrEqual(4000);
    });

    it('does not warn about too many listeners after many operations', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => {
        warnings.push(warning);
      };
      process.on('warning', onWarning);
      const { central } = await setUp();
      const link = await connectTo(central);
      await Promise.all(Array.from({ length: 40 }, () => link.read(Bench.store)));
      for (let i = 0; i < 15; i++) await refusalOf(link.read(Bench.empty));
      await new Promise((resolve) => setImmediate(resolve));
      process.removeListener('warning', onWarning);
      expect(warnings).toEqual([]);
    });
  });

  describe('in the adapter', () => {
    it('closes all links with a reason when it is switched off, and is back when it is switched on', async () => {
      const { radio, central } = await setUp();
      const link = await connectTo(central);
      radio.setAdapterFaults({ off: true });
      expect(await link.closed).toContain('poweredOff');
      expect(central.state).toBe('poweredOff');
      expect((await refusalOf(central.connect(link.id))).code).toBe('radio/closed');
      radio.setAdapterFaults({});
      await expect.poll(() => central.state, { timeout: 4000 }).toBe('poweredOn');
      const { id } = await nextAdvertisement(central);
      expect((await central.connect(id)).mtu).toBe(247);
    });

    it('calls off a connection under way when it is switched off', async () => {
      const { radio, central } = await setUp([{}], { connectMs: 10_000 });
      const { id } = await hear(central);
      radio.setPeerFaults(BENCH_ADDRESS, { refusesConnection: true });
      const connecting = refusalOf(central.connect(id));
      await expect.poll(() => radio.lastConnectionParameters !== undefined).toBe(true);
      radio.setAdapterFaults({ off: true });
      expect((await connecting).code).toBe('radio/closed');
    });

    it('takes a connection request back in time, so that the next one is accepted', async () => {
      const { radio, central } = await setUp([{}, { address: SECOND_ADDRESS }], { connectMs: 200 });
      const gone = (await hear(central)).id;
      const other = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
      radio.setPeerFaults(BENCH_ADDRESS, { vanished: true });
      expect((await refusalOf(central.connect(gone))).code).toBe('radio/timeout');
      expect((await central.connect(other)).mtu).toBe(247);
      radio.setPeerFaults(BENCH_ADDRESS, {});
      expect((await central.connect(gone)).mtu).toBe(247);
    });

    it('accepts the next connection also when the adapter never confirms that it took the last one back', async () => {
      const { radio, central } = await setUp([{}, { address: SECOND_ADDRESS }], { connectMs: 200, scanCommandMs: 200 });
      const gone = (await hear(central)).id;
      const other = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
      radio.setPeerFaults(BENCH_ADDRESS, { vanished: true });
      radio.setAdapterFaults({ silentCancel: true });
      expect((await refusalOf(central.connect(gone))).code).toBe('radio/timeout');
      expect((await central.connect(other)).mtu).toBe(247);
    });

    it('reports a refused connection request with its status', async () => {
      const { radio, central } = await setUp();
      const { id } = await hear(central);
      radio.setAdapterFaults({ connectRefusedStatus: 0x0c });
      expect(await refusalOf(central.connect(id))).toMatchObject({ code: 'radio/refused' });
      radio.setAdapterFaults({});
      expect((await central.connect(id)).mtu).toBe(247);
    });

    it('answers two requests for one device with one connection', async () => {
      const { radio, central } = await setUp();
      const { id } = await hear(central);
      const links = await Promise.all([central.connect(id), central.connect(id)]);
      expect(links[0]).toBe(links[1]);
      expect(radio.connectedAddresses.length).toBe(1);
      expect((await refusalOf(central.connect(id))).code).toBe('radio/refused');
    });

    it('does not scan while it connects, and scans again afterwards', async () => {
      const { radio, central } = await setUp();
      const { id } = await hear(central);
      radio.setPeerFaults(BENCH_ADDRESS, { refusesConnection: true });
      const connecting = central.connect(id);
      await expect.poll(() => radio.scanning).toBe(false);
      radio.setPeerFaults(BENCH_ADDRESS, {});
      await connecting;
      await expect.poll(() => radio.scanning).toBe(true);
    });

    it('restarts a scan that has died silently', async () => {
      const { radio, central } = await setUp([{}], { scanSilenceMs: 200 });
      await hear(central);
      radio.setAdapterFaults({ deaf: true });
      await expect.poll(() => logger.entries.filter(({ event }) => event === 'radio.scan-silent').length).toBe(1);
      radio.setAdapterFaults({});
      expect((await nextAdvertisement(central)).address).toBe(BENCH_ADDRESS);
    });

    async function deafCentral(heardBefore: boolean): Promise<{ asked: () => number }> {
      const radio = createVirtualRadio([createBenchPeripheral()]);
      let asked = 0;
      const central = new NobleCentral({
        nowMs: () => Date.now(),
        logger,
        hciSocket: radio.HciSocket,
        limits: { ...SHORT_LIMITS, scanSilenceMs: 60 },
        onScanDead: () => asked++,
      });
      centrals.push(central);
      await central.start();
      if (heardBefore) await hear(central);
      radio.setAdapterFaults({ deaf: true });
      await central.startScan();
      return { asked: () => asked };
    }

    it('asks for a new radio when restarting the scan did not help three times', async () => {
      const { asked } = await deafCentral(true);
      await expect.poll(asked).toBeGreaterThan(0);
      expect(logger.entries.filter(({ event }) => event === 'radio.scan-silent').length).toBe(1);
    });

    it('does not ask for a new radio where nobody was ever heard', async () => {
      const { asked } = await deafCentral(false);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(asked()).toBe(0);
    });

    it('can scan once the adapter no longer refuses', async () => {
      const { radio, central } = await setUp();
      radio.setAdapterFaults({ scanRefusedStatus: 0x0c });
      expect((await refusalOf(central.startScan())).message).toContain('0x0c');
      radio.setAdapterFaults({});
      expect((await hear(central)).address).toBe(BENCH_ADDRESS);
    });

    it('remembers a bounded number of addresses, and the wearables among them', async () => {
      const { radio, central } = await setUp();
      const link = await connectTo(central);
      for (let i = 0; i < 600; i++) {
        const address = `d0:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 0xff).toString(16).padStart(2, '0')}`;
        radio.addPeripheral(createBenchPeripheral({ address, name: `Passer-by ${i}` }));
      }
      const heard = new Set<string>();
      central.onAdvertisement(({ address }) => heard.add(address));
      await expect.poll(() => heard.size, { timeout: 8000 }).toBeGreaterThanOrEqual(600);
      expect(central.knownPeers).toBeLessThanOrEqual(257);
      expect((await link.read('2a19'))[0]).toBe(87);
      await link.disconnect();
      expect((await connectTo(central)).mtu).toBe(247);
    });
  });

  it('leaves no process listeners behind', async () => {
    const countListeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('exit');
    const before = countListeners();
    const { central } = await setUp();
    await central.stop();
    expect(countListeners()).toBe(before);
  });

  it('can be started again after it was stopped', async () => {
    const { central } = await setUp();
    await central.stop();
    await central.start();
    expect((await hear(central)).address).toBe(BENCH_ADDRESS);
  });

  it('runs several adapters in one process without mixing them up', async () => {
    const first = await setUp();
    const second = await setUp([{ address: SECOND_ADDRESS, name: 'Bench 2' }]);
    const heard: string[] = [];
    first.central.onAdvertisement(({ address }) => heard.push(address));
    await Promise.all([hear(first.central), hear(second.central, SECOND_ADDRESS)]);
    expect(new Set(heard)).toEqual(new Set([BENCH_ADDRESS]));
  });

  it('says radio/unavailable where there is no adapter', async () => {
    const central = new NobleCentral({ nowMs: () => 0, logger, hciDevice: 97 });
    const { code, message } = await refusalOf(central.start());
    expect(code).toBe('radio/unavailable');
    expect(message).toContain('hci97');
  });

  it('keeps the time limits of the specification when nothing else is said', () => {
    expect(DEFAULT_LIMITS).toMatchObject({ connectMs: 15_000, operationMs: 5000, discoveryMs: 30_000 });
  });
});
