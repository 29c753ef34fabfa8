/** One wearable that sends as fast as the process takes it: what a notification costs from the HCI socket to a block of samples. */
import { createVirtualRadio } from '../firmware-mocks/createVirtualRadio.ts';
import type { VirtualPeripheral } from '../firmware-mocks/peripheral.ts';
import { encodeBatch, PLUMBLINE_SERVICE, PLUMBLINE_UUIDS } from '../firmware-mocks/plumblinePacket.ts';
import { pinoLogger } from '../src/app/pinoLogger.ts';
import { NobleCentral } from '../src/ble/nobleCentral.ts';
import { ImuStream } from '../src/devices/imuStream.ts';
import { PLUMBLINE, TICK_HZ } from '../src/devices/plumblineProtocol.ts';
import { plumblineReference } from '../src/devices/plumblineReference.ts';

export interface Flood {
  readonly perSecond: number;
  readonly samplesPerS: number;
  readonly bytesEach: number;
  /** Of this process, the virtual wearable and its controller included. */
  readonly cpuUsEach: number;
}

const SAMPLES_PER_PACKET = 10;
const RATE_HZ = 100;
/** Notifications per turn of the event loop: a connection event of a busy link. */
const BURST = 16;
/** What is still on its way when the time is over. */
const LAST_MS = 2000;
const ADDRESS = 'c0:50:00:00:0f:01';
const COUNTS = Array.from({ length: 6 * SAMPLES_PER_PACKET }, (_, i) => (i % 6 === 1 ? 2048 : i % 97));

export async function decodeFlood(durationS: number): Promise<Flood> {
  const nowMs = (): number => performance.timeOrigin + performance.now();
  let send: ((value: Uint8Array) => boolean) | undefined;
  const radio = createVirtualRadio([floodPeripheral((found) => (send = found))]);
  const central = new NobleCentral({ nowMs, logger: pinoLogger('error'), hciSocket: radio.HciSocket });
  await central.start();
  const id = await new Promise<string>((resolve) => {
    central.onAdvertisement((advertisement) => resolve(advertisement.id));
    void central.startScan();
  });
  const link = await central.connect(id);
  let samples = 0;
  let notifications = 0;
  const stream = new ImuStream(plumblineReference, {
    block: ({ n }) => (samples += n),
    gap: () => undefined,
    problem: (message) => {
      throw new Error(message);
    },
    wanted: () => undefined,
  });
  stream.start({ rateHz: RATE_HZ, hasGyroscope: true, epoch: 'flood', backfillPackets: 0 });
  const decode = plumblineReference.createDecoder();
  // The wearable's seconds, not ours: it sends a day in minutes, and its time has to fit its samples.
  const epochMs = nowMs();
  await link.subscribe(PLUMBLINE.imuData, (bytes) => {
    notifications++;
    const arrivalMs = epochMs + (notifications * SAMPLES_PER_PACKET * 1000) / RATE_HZ;
    decode(PLUMBLINE.imuData, bytes, (item) => {
      if (item.kind === 'imu') stream.push(item.packet, arrivalMs);
    });
  });
  const cpuBefore = process.cpuUsage();
  const [startedMs, endMs] = [performance.now(), performance.now() + durationS * 1000];
  let sent = 0;
  let bytesEach = 0;
  while (performance.now() < endMs) {
    for (let i = 0; i < BURST; i++) {
      const packet = packetOf(sent++);
      bytesEach = packet.length;
      send?.(packet);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await arrived(() => notifications === sent, endMs + LAST_MS);
  const elapsedS = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await central.stop();
  if (samples !== sent * SAMPLES_PER_PACKET) {
    throw new Error(`expected ${sent * SAMPLES_PER_PACKET} samples, found ${samples}`);
  }
  return {
    perSecond: notifications / elapsedS,
    samplesPerS: samples / elapsedS,
    bytesEach,
    cpuUsEach: (cpu.user + cpu.system) / notifications,
  };
}

async function arrived(isAll: () => boolean, limitMs: number): Promise<void> {
  while (!isAll() && performance.now() < limitMs) await new Promise((resolve) => setImmediate(resolve));
}

function packetOf(number: number): Uint8Array {
  const firstSampleIndex = number * SAMPLES_PER_PACKET;
  return encodeBatch({
    seq: number % 2 ** 16,
    firstSampleIndex: firstSampleIndex % 2 ** 32,
    tick: Math.round((firstSampleIndex / RATE_HZ) * TICK_HZ) % 2 ** 32,
    flags: 0,
    accCode: 3,
    gyrCode: 4,
    raw: COUNTS,
  });
}

function floodPeripheral(onSubscribe: (send: (value: Uint8Array) => boolean) => void): VirtualPeripheral {
  return {
    address: ADDRESS,
    addressType: 'random',
    name: 'Plumbline-F100D',
    advertisedServices: [PLUMBLINE_SERVICE],
    services: [
      {
        uuid: PLUMBLINE_SERVICE,
        characteristics: [{ uuid: PLUMBLINE_UUIDS.imuData, properties: ['notify'], onSubscribe }],
      },
    ],
    maxMtu: 247,
    rssiDbm: () => -50,
    onConnect: () => undefined,
    onDisconnect: () => undefined,
  };
}
