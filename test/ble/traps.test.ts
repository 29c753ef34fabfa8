/**
 * The table of traps of the Bluetooth specification page (3.4), row by row: noble's own code on a virtual controller,
 * with both libraries. The number of a row is that of the page; below the numbered rows stand the traps that the page
 * read in the sources and those that people report (section 4).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { BENCH_SERVICE, Bench, BenchOrder, createBenchPeripheral } from '../../firmware-mocks/benchPeripheral.ts';
import { advertisingReport } from '../../firmware-mocks/hci.ts';
import type { VirtualCharacteristic, VirtualPeripheral } from '../../firmware-mocks/peripheral.ts';
import { NOBLE_LIBRARIES } from '../../src/ble/nobleLibrary.ts';
import type { BleLink } from '../../src/model/ports.ts';
import { eventually, radioBench } from './radioBench.ts';
import { BENCH_ADDRESS, connectTo, hear, nextAdvertisement, refusalOf, SECOND_ADDRESS } from './radioFixtures.ts';

const READ_NOT_PERMITTED = 0x02;
const WRITE_NOT_PERMITTED = 0x03;
const TWO = [{}, { address: SECOND_ADDRESS, name: 'Bench 2' }];
/** The notifying characteristic: Generic Access has three handles, the service one, four characteristics eight. */
const NOTIFY_HANDLE = 0x0e;

const counted = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, i) => i & 0xff);
const battery = async (link: BleLink): Promise<number | undefined> => (await link.read('2a19'))[0];
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The first notification of a link, on its way after an order over the same link. */
async function notified(link: BleLink): Promise<Uint8Array> {
  const arrived = new Promise<Uint8Array>((resolve) => {
    void link.subscribe(Bench.notify, resolve);
  });
  await link.write(Bench.orders, Uint8Array.of(BenchOrder.notify, 1, 20));
  return arrived;
}

function withServices(services: VirtualPeripheral['services']): VirtualPeripheral {
  return { ...createBenchPeripheral(), services };
}
const constant = (uuid: string, value: number): VirtualCharacteristic => ({
  uuid,
  properties: ['read'],
  read: () => Uint8Array.of(value),
});

describe.each(NOBLE_LIBRARIES)('the traps of noble, met with %s', (library) => {
  const bench = radioBench(library);

  it('1: HCI_CHANNEL_USER=1 does not make everything after the connection hang', async () => {
    process.env['HCI_CHANNEL_USER'] = '1';
    try {
      const { central } = await bench.start();
      const link = await connectTo(central);
      expect([link.mtu, await battery(link)]).toEqual([247, 87]);
    } finally {
      delete process.env['HCI_CHANNEL_USER'];
    }
  });

  it('2: a peer that offers an MTU of 517 is read and written in full', async () => {
    const { central } = await bench.start({ benches: [{ maxMtu: 517 }] });
    const link = await connectTo(central);
    expect(link.mtu).toBe(256);
    expect(Uint8Array.from(await link.read(Bench.long))).toEqual(counted(400));
    await link.write(Bench.store, counted(403));
    expect(Uint8Array.from(await link.read(Bench.store))).toEqual(counted(403));
  });

  it('3: the MTU of a link is known when it is handed out, and is not that of an earlier link', async () => {
    const { radio, central } = await bench.start();
    const link = await connectTo(central);
    expect(link.mtu).toBe(247);
    await link.disconnect();
    radio.setPeerFaults(BENCH_ADDRESS, { refuseMtu: true });
    expect((await connectTo(central)).mtu).toBe(23);
  });

  it('4: a peer that refuses the MTU exchange with Invalid PDU is served with 23 bytes', async () => {
    const { radio, central } = await bench.start();
    radio.setPeerFaults(BENCH_ADDRESS, { refuseMtu: true });
    const link = await connectTo(central);
    expect(link.mtu).toBe(23);
    expect((await link.read(Bench.long)).length).toBe(400);
  });

  it('5: a refused read is an error, not an empty value; so is an empty value', async () => {
    const { radio, central } = await bench.start();
    radio.setPeerFaults(BENCH_ADDRESS, { readErrors: { [Bench.store]: READ_NOT_PERMITTED } });
    const link = await connectTo(central);
    expect(await refusalOf(link.read(Bench.store))).toMatchObject({
      code: 'radio/refused',
      message: expect.stringContaining('0x02'),
    });
    expect((await refusalOf(link.read(Bench.empty))).code).toBe('radio/refused');
    expect(await battery(link)).toBe(87);
  });

  it('6: a refused write is an error, and the link goes on', async () => {
    const { radio, central } = await bench.start();
    radio.setPeerFaults(BENCH_ADDRESS, { writeErrors: { [Bench.orders]: WRITE_NOT_PERMITTED } });
    const link = await connectTo(central);
    expect(await refusalOf(link.write(Bench.orders, Uint8Array.of(0)))).toMatchObject({
      code: 'radio/refused',
      message: expect.stringContaining('0x03'),
    });
    expect(await battery(link)).toBe(87);
  });

  it('7: a subscription is an error when its configuration cannot be read, or not be written', async () => {
    const { radio, central } = await bench.start();
    radio.setPeerFaults(BENCH_ADDRESS, {
      configurationReadErrors: { [Bench.notify]: READ_NOT_PERMITTED },
      configurationWriteErrors: { [Bench.indicate]: WRITE_NOT_PERMITTED },
    });
    const link = await connectTo(central);
    const unreadable = await refusalOf(link.subscribe(Bench.notify, () => undefined));
    const unwritable = await refusalOf(link.subscribe(Bench.indicate, () => undefined));
    expect(unreadable).toMatchObject({ code: 'radio/refused', message: expect.stringContaining('0x02') });
    expect(unwritable).toMatchObject({ code: 'radio/refused', message: expect.stringContaining('0x03') });
    expect(await battery(link)).toBe(87);
  });

  it.each([
    ['0x05', 0x05],
    ['0x0f', 0x0f],
  ])('8: a pairing that is asked for with %s and fails ends the link and says what to do', async (_code, attError) => {
    const { radio, central } = await bench.start();
    radio.setPeerFaults(BENCH_ADDRESS, { readErrors: { [Bench.store]: attError } });
    const link = await connectTo(central);
    const [first, second] = await Promise.all([link.read(Bench.store), link.read('2a19')].map(refusalOf));
    expect(first?.message).toContain('paired');
    expect(second?.code).toBe('radio/closed');
    expect(await link.closed).toContain('bluetoothctl');
  });

  it('9: a link that drops rejects the read and the discovery under way at once, with the reason', async () => {
    const { radio, central } = await bench.start({ benches: TWO });
    const link = await connectTo(central);
    const other = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
    for (const address of [BENCH_ADDRESS, SECOND_ADDRESS]) radio.setPeerFaults(address, { mute: true });
    const read = refusalOf(link.read(Bench.store));
    const connecting = refusalOf(central.connect(other));
    await eventually(() => radio.connectedAddresses.length).toBe(2);
    const droppedMs = performance.now();
    radio.drop(BENCH_ADDRESS);
    radio.drop(SECOND_ADDRESS, 0x13);
    expect((await read).code).toBe('radio/closed');
    expect(await connecting).toMatchObject({ code: 'radio/closed', message: expect.stringContaining('0x13') });
    expect(performance.now() - droppedMs).toBeLessThan(800);
    expect(await link.closed).toContain('0x08');
    expect(link).toMatchObject({ hciReason: 0x08 });
  });

  it('10: a peer that answers nothing is given up, in an operation as in the discovery, and reached again later', async () => {
    const { radio, central } = await bench.start({ limits: { operationMs: 500, discoveryMs: 1000 } });
    const link = await connectTo(central);
    radio.setPeerFaults(BENCH_ADDRESS, { mute: true });
    const [first, second] = await Promise.all([link.read(Bench.store), link.read('2a19')].map(refusalOf));
    expect([first?.code, second?.code]).toEqual(['radio/timeout', 'radio/closed']);
    expect(await link.closed).toContain('found no answer');
    const { id } = await nextAdvertisement(central);
    expect((await refusalOf(central.connect(id))).code).toBe('radio/timeout');
    await eventually(() => radio.connectedAddresses).toEqual([]);
    radio.setPeerFaults(BENCH_ADDRESS, {});
    expect(await battery(await connectTo(central))).toBe(87);
  });

  it('11: after the link every operation rejects and disconnecting resolves; writes on the way do no harm', async () => {
    const { radio, central } = await bench.start();
    const link = await connectTo(central);
    const write = (): Promise<void> => link.write(Bench.store, Uint8Array.of(1), { withoutResponse: true });
    const onTheWay = Array.from({ length: 20 }, write);
    radio.drop(BENCH_ADDRESS);
    await Promise.allSettled(onTheWay);
    expect(await link.closed).toContain('0x08');
    const late = [write(), link.read('2a19'), link.subscribe(Bench.notify, () => undefined), link.readRssiDbm()];
    for (const operation of late) expect((await refusalOf(operation)).code).toBe('radio/closed');
    await link.disconnect();
    expect(bench.warnings).toEqual([]);
  });

  it('11: a packet that noble sends in the moment in which the link ends is dropped without a word', async () => {
    const { radio, central } = await bench.start();
    const link = await connectTo(central);
    await link.subscribe(Bench.notify, () => {
      link.write(Bench.store, Uint8Array.of(1), { withoutResponse: true }).catch(() => undefined);
    });
    // A notification that is answered, an indication that noble confirms, and the end of the link, all at once.
    radio.sendPdu(BENCH_ADDRESS, Uint8Array.of(0x1b, NOTIFY_HANDLE, 0, 1));
    radio.sendPdu(BENCH_ADDRESS, Uint8Array.of(0x1d, NOTIFY_HANDLE + 3, 0, 1));
    radio.drop(BENCH_ADDRESS);
    expect(await link.closed).toContain('0x08');
    await turn();
    // An unhandled rejection would fail this test.
    expect(await battery(await connectTo(central))).toBe(87);
  });

  it('12: each connection has characteristics of its own, and the listeners of the last hear nothing', async () => {
    const { radio, central } = await bench.start();
    const heardByFirst: Uint8Array[] = [];
    for (let round = 0; round < 3; round++) {
      const link = await connectTo(central);
      if (round === 0) await link.subscribe(Bench.notify, (bytes) => heardByFirst.push(bytes));
      expect((await notified(link)).length).toBe(20);
      radio.drop(BENCH_ADDRESS);
      await link.closed;
      expect((await refusalOf(link.subscribe(Bench.notify, () => undefined))).code).toBe('radio/closed');
    }
    expect(heardByFirst.length).toBe(1);
  });

  it('13: a device that has vanished is given up in time, and the connection behind it is made', async () => {
    const { radio, central } = await bench.start({ benches: TWO, limits: { connectMs: 500 } });
    const gone = (await hear(central)).id;
    const here = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
    radio.setPeerFaults(BENCH_ADDRESS, { vanished: true });
    const [first, second] = await Promise.allSettled([central.connect(gone), central.connect(here)]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'radio/timeout' } });
    expect(second.status).toBe('fulfilled');
    radio.setPeerFaults(BENCH_ADDRESS, {});
    expect((await central.connect(gone)).mtu).toBe(247);
  });

  it('13: a cancellation that the adapter never confirms does not hold back the next connection', async () => {
    const { radio, central } = await bench.start({ benches: TWO, limits: { connectMs: 500, scanCommandMs: 500 } });
    const gone = (await hear(central)).id;
    const here = (await nextAdvertisement(central, SECOND_ADDRESS)).id;
    radio.setPeerFaults(BENCH_ADDRESS, { vanished: true });
    radio.setAdapterFaults({ silentCancel: true });
    expect((await refusalOf(central.connect(gone))).code).toBe('radio/timeout');
    expect((await central.connect(here)).mtu).toBe(247);
  });

  it('13: a connection that comes after it was given up is ended, so that its device can be reached again', async () => {
    const { radio, central } = await bench.start({ limits: { connectMs: 500, scanCommandMs: 500 } });
    const { id } = await hear(central);
    radio.setPeerFaults(BENCH_ADDRESS, { vanished: true });
    radio.setAdapterFaults({ losesCancel: true });
    expect((await refusalOf(central.connect(id))).code).toBe('radio/timeout');
    radio.setPeerFaults(BENCH_ADDRESS, {});
    await eventually(() => bench.logged('radio.unwanted-link').length).toBe(1);
    await eventually(() => radio.connectedAddresses).toEqual([]);
    radio.setAdapterFaults({});
    expect(await battery(await connectTo(central))).toBe(87);
  });

  it('14: two requests for one device are one connection, and a third is refused', async () => {
    const { radio, central } = await bench.start();
    const { id } = await hear(central);
    const links = await Promise.all([central.connect(id), central.connect(id)]);
    expect(links[0]).toBe(links[1]);
    expect(radio.connectedAddresses.length).toBe(1);
    expect((await refusalOf(central.connect(id))).code).toBe('radio/refused');
    await links[0]?.disconnect();
    expect((await connectTo(central)).mtu).toBe(247);
  });

  it('15: a scan that the adapter refuses is an error, also while connecting works, and can be started later', async () => {
    const { radio, central } = await bench.start();
    const { id } = await hear(central);
    await central.stopScan();
    radio.setAdapterFaults({ scanRefusedStatus: 0x0c });
    expect(await refusalOf(central.startScan())).toMatchObject({
      code: 'radio/refused',
      message: expect.stringContaining('0x0c'),
    });
    expect((await refusalOf(central.startScan())).message).toContain('0x0c');
    const link = await central.connect(id);
    await link.disconnect();
    radio.setAdapterFaults({});
    expect((await hear(central)).address).toBe(BENCH_ADDRESS);
  });

  it('16: 100 000 rotating addresses leave a bounded number of peers and no memory behind', async () => {
    const { radio, central } = await bench.start();
    const link = await connectTo(central);
    let heard = 0;
    central.onAdvertisement(() => heard++);
    const pass = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        const bytes = [i >> 16, i >> 8, i].map((byte) => (byte & 0xff).toString(16).padStart(2, '0'));
        const peer = { address: `d0:00:00:${bytes.join(':')}`, addressType: 'random' } as const;
        radio.inject(advertisingReport('connectable', peer, [], -70));
        radio.inject(advertisingReport('scanResponse', peer, [], -70));
        if (i % 500 === 0) await turn();
      }
      await turn();
    };
    await pass(0, 5000);
    const beforeBytes = usedHeapBytes();
    await pass(5000, 105_000);
    const grownMb = (usedHeapBytes() - beforeBytes) / 1e6;
    expect(heard).toBeGreaterThanOrEqual(105_000);
    expect(central.knownPeers).toBeLessThanOrEqual(257);
    expect(grownMb).toBeLessThan(5);
    expect(await battery(link)).toBe(87);
    await link.disconnect();
    expect((await connectTo(central)).mtu).toBe(247);
  }, 120_000);

  it('17: switching the adapter off closes all links with a reason, and switching it on brings everything back', async () => {
    const { radio, central } = await bench.start();
    const link = await connectTo(central);
    // More packets than the adapter has buffers, which it will never give back.
    const writes = Array.from({ length: 20 }, () =>
      link.write(Bench.store, Uint8Array.of(1), { withoutResponse: true }),
    );
    const read = refusalOf(link.read(Bench.store));
    for (let i = 0; i < 200; i++) await Promise.resolve();
    radio.setAdapterFaults({ off: true });
    expect(await link.closed).toContain('poweredOff');
    expect((await read).code).toBe('radio/closed');
    await Promise.allSettled(writes);
    expect(central.state).toBe('poweredOff');
    expect((await refusalOf(central.connect(link.id))).code).toBe('radio/closed');
    radio.setPeerFaults(BENCH_ADDRESS, { vanished: true });
    radio.setAdapterFaults({});
    await eventually(() => central.state).toBe('poweredOn');
    expect((await refusalOf(central.connect(link.id))).message).toContain('heard before');
    radio.setPeerFaults(BENCH_ADDRESS, {});
    // The scan that was wanted goes on by itself.
    const { id } = await nextAdvertisement(central);
    expect(await battery(await central.connect(id))).toBe(87);
  });

  it('17: switching the adapter off calls off the connection under way', async () => {
    const { radio, central } = await bench.start({ limits: { connectMs: 10_000 } });
    const { id } = await hear(central);
    radio.setPeerFaults(BENCH_ADDRESS, { refusesConnection: true });
    const connecting = refusalOf(central.connect(id));
    await eventually(() => radio.lastConnectionParameters !== undefined).toBe(true);
    radio.setAdapterFaults({ off: true });
    expect((await connecting).code).toBe('radio/closed');
  });

  it('18: a plain Uint8Array is written, also a window into a larger one', async () => {
    const { central } = await bench.start();
    const link = await connectTo(central);
    await link.write(Bench.store, new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4));
    expect(Uint8Array.from(await link.read(Bench.store))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('19: notifications that come before the discovery are survived, and not taken for later ones', async () => {
    const early = createBenchPeripheral();
    let sendEarly: () => void = () => undefined;
    const peripheral: VirtualPeripheral = {
      ...early,
      onConnect: (link) => {
        early.onConnect(link);
        sendEarly();
      },
    };
    const { radio, central } = await bench.start({ peripherals: [peripheral] });
    sendEarly = () => radio.sendPdu(BENCH_ADDRESS, Uint8Array.of(0x1b, NOTIFY_HANDLE, 0, 0xee, 0xee));
    const link = await connectTo(central);
    const first = await notified(link);
    expect([first[0], first.length]).toEqual([0, 20]);
  });

  it('20: twelve radios leave neither listeners nor polls in the process, and start again', async () => {
    const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('exit');
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = { listeners: listeners(), timers: timers() };
    const radios = await Promise.all(Array.from({ length: 12 }, () => bench.start()));
    expect(listeners()).toBe(before.listeners);
    await Promise.all(radios.map(({ central }) => central.stop()));
    await eventually(timers).toBeLessThanOrEqual(before.timers);
    expect(bench.warnings).toEqual([]);
    const again = radios[0]?.central;
    await again?.start();
    expect(again && (await hear(again)).address).toBe(BENCH_ADDRESS);
  });

  it('21: forty operations at once come to their end without a warning about listeners', async () => {
    const { central } = await bench.start();
    const link = await connectTo(central);
    await Promise.all(Array.from({ length: 40 }, () => link.read(Bench.store)));
    for (let i = 0; i < 15; i++) await refusalOf(link.read(Bench.empty));
    await turn();
    expect(bench.warnings).toEqual([]);
  });

  it('22: there is no scan while a connection is made, and there is one again afterwards', async () => {
    const { radio, central } = await bench.start();
    const { id } = await hear(central);
    radio.setPeerFaults(BENCH_ADDRESS, { refusesConnection: true });
    const connecting = central.connect(id);
    await eventually(() => radio.scanning).toBe(false);
    radio.setPeerFaults(BENCH_ADDRESS, {});
    await connecting;
    await eventually(() => radio.scanning).toBe(true);
  });

  describe('read in the sources', () => {
    it('16-bit ids have four digits', async () => {
      const service = { uuid: '0001', characteristics: [constant('0012', 5)] };
      const { central } = await bench.start({
        peripherals: [{ ...withServices([service]), advertisedServices: ['0001'] }],
      });
      expect((await hear(central)).serviceUuids).toEqual(['0001']);
      const link = await connectTo(central);
      expect(link.characteristics.at(-1)).toMatchObject({ serviceUuid: '0001', uuid: '0012' });
      expect(await link.read('0012')).toEqual(Uint8Array.of(5));
    });

    it('of two characteristics with one id in a service the last one answers, and is listed once', async () => {
      const characteristics = [constant('2a19', 1), constant('2a19', 2), constant('2a00', 3)];
      const { central } = await bench.start({
        peripherals: [withServices([{ uuid: BENCH_SERVICE, characteristics }])],
      });
      const link = await connectTo(central);
      expect(link.characteristics.filter(({ uuid }) => uuid === '2a19').length).toBe(1);
      expect(await link.read('2a19')).toEqual(Uint8Array.of(2));
    });

    it('an advertisement that was heard does not change when the next comes', async () => {
      const { central } = await bench.start();
      const first = await hear(central);
      const asHeard = structuredClone(first);
      for (let i = 0; i < 3; i++) await nextAdvertisement(central);
      expect(first).toEqual(asHeard);
      expect(first.serviceUuids).toContain(BENCH_SERVICE);
    });

    it('links are asked for with 30-50 ms between packets and a supervision of 4 s, not 420 ms', async () => {
      const { radio, central } = await bench.start();
      await connectTo(central);
      expect(radio.lastConnectionParameters).toEqual({ interval: 40, latency: 0, supervisionTimeout: 400 });
    });
  });

  describe('reported by others', () => {
    it('a scan that has died silently is restarted, and said once', async () => {
      let restarts = 0;
      const onScanRestart = (): unknown => restarts++;
      const { radio, central } = await bench.start({ limits: { scanSilenceMs: 500 }, central: { onScanRestart } });
      await hear(central);
      radio.setAdapterFaults({ deaf: true });
      await eventually(() => restarts).toBeGreaterThan(1);
      expect(bench.logged('radio.scan-silent').length).toBe(1);
      radio.setAdapterFaults({});
      expect((await nextAdvertisement(central)).address).toBe(BENCH_ADDRESS);
    });

    it.each([
      ['somebody was heard before', true],
      ['nobody was ever heard', false],
    ])(
      'a new radio is asked for when three restarts of the scan did not help, where %s',
      async (_what, heardBefore) => {
        let asked = 0;
        let restarts = 0;
        const { radio, central } = await bench.start({
          limits: { scanSilenceMs: 60 },
          central: { onScanDead: () => asked++, onScanRestart: () => restarts++ },
        });
        if (heardBefore) await hear(central);
        radio.setAdapterFaults({ deaf: true });
        await central.startScan();
        await eventually(() => restarts).toBeGreaterThanOrEqual(3);
        expect(asked).toBeGreaterThan(0);
      },
    );

    it.each([
      ['by the watch', false],
      ['by whoever wants it', true],
    ])('a new radio is asked for when a scan is refused for long, tried again %s', async (_what, isAskedFor) => {
      let asked = 0;
      const { radio, central } = await bench.start({
        limits: { scanSilenceMs: 200 },
        central: { onScanDead: () => asked++ },
      });
      if (!isAskedFor) await hear(central);
      radio.setAdapterFaults({ scanRefusedStatus: 0x0c, deaf: true });
      await eventually(async () => {
        if (isAskedFor) expect((await refusalOf(central.startScan())).code).toBe('radio/refused');
        return asked;
      }).toBe(1);
      expect(central.state).toBe('poweredOn');
    });

    it('two connections asked for at once both deliver', async () => {
      const { central } = await bench.start({ benches: TWO });
      const ids = [(await hear(central)).id, (await nextAdvertisement(central, SECOND_ADDRESS)).id];
      const links = await Promise.all(ids.map((id) => central.connect(id)));
      expect((await Promise.all(links.map(notified))).map(({ length }) => length)).toEqual([20, 20]);
    });

    it('adapter packets that nobody knows or that are cut short end nothing, and are said once', async () => {
      const { radio, central } = await bench.start({ benches: TWO });
      const link = await connectTo(central);
      const packets = [
        '04ff03010203', // A vendor's event.
        '043e027f00', // An unknown LE event.
        '040e', // Cut short.
        '043e0202', // An advertising report without content.
        '04050400ff0e13', // The end of a link that nobody has.
        '0413050111110500', // Packets of a link that nobody has.
        '0222200700030004000a0b0c', // Data of a link that nobody has.
        '0240', // Cut short.
        '09aabb', // No such type of packet.
        '',
      ];
      for (const packet of packets) radio.inject(Buffer.from(packet, 'hex'));
      await turn();
      await turn();
      expect(await battery(link)).toBe(87);
      expect((await nextAdvertisement(central, SECOND_ADDRESS)).name).toBe('Bench 2');
      expect(bench.logged('radio.packet-failed').length).toBe(1);
    });

    it('attribute packets that nobody knows or that are cut short end nothing', async () => {
      const { radio, central } = await bench.start();
      const link = await connectTo(central);
      const heard: Uint8Array[] = [];
      await link.subscribe(Bench.notify, (bytes) => heard.push(bytes));
      // Unknown, cut short, for an unknown handle, a request of the peer's own, an answer to nothing, empty.
      for (const pdu of ['7f0102', '1b', '1bff0001', '020002', '0b0102', '']) {
        radio.sendPdu(BENCH_ADDRESS, Buffer.from(pdu, 'hex'));
      }
      radio.sendPdu(BENCH_ADDRESS, Uint8Array.of(0x1b, NOTIFY_HANDLE, 0, 0xab));
      await eventually(() => heard.length).toBe(1);
      expect(heard[0]).toEqual(Buffer.of(0xab));
      expect(await battery(link)).toBe(87);
    });
  });
});

function usedHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
