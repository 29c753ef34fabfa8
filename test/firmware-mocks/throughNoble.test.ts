/** The virtual wearables as the real noble sees them: the whole way from advertisement to notification. */
import { afterEach, expect, test } from 'vitest';
import { GSP_COMMAND, GSP_DATA } from '../../firmware-mocks/movesensePacket.ts';
import { PLUMBLINE_SERVICE, PLUMBLINE_UUIDS } from '../../firmware-mocks/plumblinePacket.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { createVirtualRadioFromSpec } from '../../firmware-mocks/virtualRadio.ts';
import { NobleCentral } from '../../src/ble/nobleCentral.ts';
import type { BleLink } from '../../src/model/ports.ts';
import { connectTo, memoryLogger, SHORT_LIMITS } from '../ble/radioFixtures.ts';

const ADDRESS = 'c0:00:00:00:00:42';
let central: NobleCentral | undefined;

afterEach(async () => {
  await central?.stop();
  central = undefined;
});

async function linkTo(wearable: Partial<WearableSpec>): Promise<BleLink> {
  const spec = { wearables: [{ kind: 'plumbline', motion: { script: 'dailyLoop' }, address: ADDRESS, ...wearable }] };
  const now = (): number => Date.now();
  const hciSocket = createVirtualRadioFromSpec(spec, { now });
  central = new NobleCentral({ nowMs: now, logger: memoryLogger(), hciSocket, limits: SHORT_LIMITS });
  await central.start();
  return connectTo(central, ADDRESS);
}

/** Everything that comes on a characteristic from now on. */
async function inboxOf(link: BleLink, uuid: string): Promise<Buffer[]> {
  const inbox: Buffer[] = [];
  await link.subscribe(uuid, (bytes) => inbox.push(Buffer.from(bytes)));
  return inbox;
}

const count = (inbox: readonly Buffer[]) => expect.poll(() => inbox.length, { timeout: 5000, interval: 5 });

test('a Plumbline wearable answers its control point and streams ten samples a packet', async () => {
  const link = await linkTo({});
  expect(link.mtu).toBe(247);
  expect(new Set(link.characteristics.map(({ serviceUuid }) => serviceUuid))).toEqual(
    new Set(['1800', '180a', '180f', '1802', PLUMBLINE_SERVICE]),
  );
  expect((await link.read(PLUMBLINE_UUIDS.info)).length).toBe(16);
  expect((await link.read(PLUMBLINE_UUIDS.calibration)).length).toBe(24);
  const answers = await inboxOf(link, PLUMBLINE_UUIDS.controlPoint);
  const packets = await inboxOf(link, PLUMBLINE_UUIDS.imuData);
  await link.write(PLUMBLINE_UUIDS.controlPoint, Uint8Array.of(1, 7, 3));
  await count(answers).toBe(1);
  await link.write(PLUMBLINE_UUIDS.controlPoint, Uint8Array.of(4, 8, ...new Uint8Array(8)));
  await count(answers).toBe(2);
  await count(packets).toBeGreaterThanOrEqual(3);
  expect(answers[0].toString('hex')).toBe('810700');
  expect([answers[1].subarray(0, 3).toString('hex'), answers[1].length]).toEqual(['840800', 15]);
  expect(packets.slice(0, 3).map((packet) => [packet[0], packet[1], packet.readUInt32LE(4)])).toEqual([
    [0x11, 10, 0],
    [0x11, 10, 10],
    [0x11, 10, 20],
  ]);
});

test('at the smallest MTU it sends single samples', async () => {
  const link = await linkTo({ maxMtu: 23 });
  expect(link.mtu).toBe(23);
  await inboxOf(link, PLUMBLINE_UUIDS.controlPoint);
  const packets = await inboxOf(link, PLUMBLINE_UUIDS.imuData);
  await link.write(PLUMBLINE_UUIDS.controlPoint, Uint8Array.of(1, 7, 3));
  await count(packets).toBeGreaterThan(0);
  expect([packets[0][0], packets[0].length]).toEqual([0x12, 19]);
  // Longer than a notification: read in parts.
  const calibration = await link.read(PLUMBLINE_UUIDS.calibration);
  expect(calibration.length).toBe(24);
});

test('a Movesense streams IMU6 after HELLO and SUBSCRIBE', async () => {
  const link = await linkTo({ kind: 'movesense' });
  expect(link.mtu).toBe(161);
  const data = await inboxOf(link, GSP_DATA);
  await link.write(GSP_COMMAND, Uint8Array.of(0, 0x64));
  await link.write(GSP_COMMAND, Buffer.from('\x01\x36/Meas/IMU6/52\0', 'latin1'));
  await count(data).toBeGreaterThanOrEqual(3);
  expect(data.map((bytes) => bytes[0]).slice(0, 3)).toEqual([1, 1, 2]);
  expect(data[2].length).toBe(102);
});

test('a link dropped by the wearable ends with its reason', async () => {
  const link = await linkTo({ dropLinkEveryS: 0.3 });
  expect(await link.closed).toMatch(/0x08|timeout|timed out/i);
});
