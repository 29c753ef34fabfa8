import { describe, expect, test } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { CLOCK_BEGINS_S, PMD_CONTROL, PMD_DATA } from '../../firmware-mocks/polarPmdPacket.ts';
import { PolarSensor } from '../../firmware-mocks/polarSensor.ts';
import type { WearableSpec } from '../../firmware-mocks/simulation.ts';
import { ConnectedWearable, type Received } from './connectedWearable.ts';

const standing: { script: Movement[] } = { script: [{ do: 'stand', forS: 600 }] };
const turningLeft: { script: Movement[] } = { script: [{ do: 'turn', deg: 3600, inS: 120 }] };

interface Bench {
  readonly wearable: ConnectedWearable;
  readonly control: Received[];
  readonly data: Received[];
}

function sensor(kind: string, options: Partial<WearableSpec> = {}, mtu = 232): Bench {
  const wearable = new ConnectedWearable({ kind, motion: standing, ...options }, mtu);
  return { wearable, control: wearable.subscribe(PMD_CONTROL), data: wearable.subscribe(PMD_DATA) };
}

const h10 = (options: Partial<WearableSpec> = {}, mtu = 232): Bench => sensor('polar-h10', options, mtu);
const verity = (options: Partial<WearableSpec> = {}, mtu = 232): Bench => sensor('polar-verity', options, mtu);

/** The answer to one command. */
function ask({ wearable, control }: Bench, hex: string): string {
  wearable.write(PMD_CONTROL, hex);
  wearable.run(0.008);
  return control.at(-1)?.bytes.toString('hex') ?? '';
}

const H10_200 = '02 02 00 01 c8 00 01 01 10 00 02 01 08 00';
const H10_25 = '02 02 00 01 19 00 01 01 10 00 02 01 02 00';
const VERITY_ACC = '02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03';
const VERITY_GYRO = '02 05 00 01 34 00 01 01 10 00 02 01 d0 07 04 01 03';
const VERITY_ACC_104_16G = '02 02 00 01 68 00 01 01 10 00 02 01 10 00 04 01 03';
const pmdOf = ({ wearable }: Bench): PolarSensor['pmd'] => (wearable.peripheral as PolarSensor).pmd;
const stampsNs = (data: readonly Received[], type: number): bigint[] =>
  data.filter(({ bytes }) => bytes[0] === type).map(({ bytes }) => bytes.readBigUInt64LE(1));

test('they advertise their name, the vendor and two services, and say what they are', () => {
  const { wearable } = h10({ serial: 'A1B2C3D4' });
  expect(wearable.peripheral.name).toBe('Polar H10 A1B2C3D4');
  expect(verity().wearable.peripheral.name).toMatch(/^Polar Sense [0-9A-F]{8}$/);
  expect(wearable.peripheral.advertisedServices).toEqual(['180d', 'feee']);
  expect([...(wearable.peripheral.manufacturerData ?? [])].slice(0, 2)).toEqual([0x6b, 0]);
  expect(wearable.read('2a25').toString()).toBe('A1B2C3D4');
});

test('a read of the control point lists what they offer', () => {
  expect(h10().wearable.read(PMD_CONTROL).toString('hex')).toBe('0f0400');
  expect(verity().wearable.read(PMD_CONTROL).toString('hex')).toBe('0f2402');
});

test('a command before indications are enabled is refused', () => {
  const wearable = new ConnectedWearable({ kind: 'polar-h10', motion: standing });
  expect(() => wearable.write(PMD_CONTROL, H10_200)).toThrow('ATT error 0xfd');
});

describe('the control point of an H10', () => {
  test.each([
    ['START with a scale of 1', H10_200, 'f00202000005010000803f'],
    ['a rate that it does not have', H10_200.replace('c8', '34'), 'f0020208'],
    ['a range that it does not have', H10_200.replace('08 00', '10 00'), 'f0020209'],
    ['another resolution', H10_200.replace('10 00', '08 00'), 'f0020207'],
    ['a setting that is missing', '02 02 00 01 c8 00 01 01 10 00', 'f0020205'],
    ['a setting that is cut off', '02 02 00 01 c8', 'f0020204'],
    ['channels, which it does not have', `${H10_200} 04 01 03`, 'f002020b'],
    ['a gyroscope', VERITY_GYRO, 'f0020503'],
    ['a measurement that does not exist', '02 3e', 'f0023e02'],
    ['a command that does not exist', '2a 02', 'f02a0201'],
    ['SDK mode', '02 09', 'f0020903'],
    ['STOP of what does not run', '03 02', 'f0030206'],
  ])('answers to %s', (_what, command, answer) => {
    expect(ask(h10(), command)).toBe(answer);
  });

  test('answers to a second START that it runs already, and stops once', () => {
    const bench = h10();
    ask(bench, H10_200);
    expect([ask(bench, H10_25), ask(bench, '03 02'), ask(bench, '03 02')]).toEqual([
      'f0020206',
      'f003020000',
      'f0030206',
    ]);
  });

  test('answers on a narrow link that the MTU is too small', () => {
    expect(ask(h10({}, 69), H10_200)).toBe('f002020a');
    expect(ask(verity({}, 139), VERITY_ACC)).toBe('f002020a');
  });
});

describe('an H10', () => {
  test('sends 36 samples of whole milli-g in a packet, stamped by the last, at the rate that was asked for', () => {
    const bench = h10();
    ask(bench, H10_200);
    bench.wearable.run(20);
    const [packet] = bench.data.map(({ bytes }) => bytes);
    expect([packet.length, packet[0], packet[9]]).toEqual([10 + 36 * 6, 2, 1]);
    expect(Math.abs(packet.readInt16LE(12) - 1000)).toBeLessThan(10);
    const stamps = stampsNs(bench.data, 2);
    expect(stamps.length).toBe(Math.floor((20 * 200) / 36));
    for (let i = 1; i < stamps.length; i++) {
      expect(Math.abs(Number(stamps[i] - stamps[i - 1]) - (36 * 1e9) / 200)).toBeLessThan(2);
    }
  });

  test('sends as many as a narrow link takes', () => {
    const bench = h10({}, 70);
    ask(bench, H10_200);
    bench.wearable.run(2);
    expect(bench.data[0].bytes.length).toBe(10 + 9 * 6);
  });

  test('is cut off at its range', () => {
    const falling: { script: Movement[] } = {
      script: [
        { do: 'stand', forS: 1 },
        { do: 'fall', direction: 'forward', impactG: 12, lieS: 5 },
      ],
    };
    const bench = h10({ motion: falling });
    ask(bench, H10_25.replace('19', 'c8'));
    bench.wearable.run(10);
    const values = bench.data.flatMap(({ bytes }) =>
      Array.from({ length: (bytes.length - 10) / 2 }, (_, i) => bytes.readInt16LE(10 + 2 * i)),
    );
    expect(Math.max(...values.map(Math.abs))).toBe(2000);
  });

  test('that leaves its strap ends the link 45 s later, and its clock begins anew in 2019', () => {
    const bench = h10({ offStrapAfterS: 2 });
    ask(bench, H10_200);
    bench.wearable.run(46.9);
    expect(bench.wearable.isConnected).toBe(true);
    bench.wearable.run(0.2);
    expect(bench.wearable.dropReasons).toEqual([0x13]);
    bench.wearable.connect();
    const again: Bench = {
      wearable: bench.wearable,
      control: bench.wearable.subscribe(PMD_CONTROL),
      data: bench.wearable.subscribe(PMD_DATA),
    };
    expect(ask(again, H10_200).slice(0, 8)).toBe('f0020200');
    again.wearable.run(1);
    const sinceNs = stampsNs(again.data, 2)[0] - BigInt(CLOCK_BEGINS_S) * 1_000_000_000n;
    expect(Number(sinceNs) / 1e9).toBeLessThan(1);
  });

  test('whose link is lost stays awake for a stream that nobody has stopped', () => {
    const bench = h10({ dropLinkEveryS: 2 });
    ask(bench, H10_200);
    bench.wearable.run(3);
    expect(bench.wearable.isConnected).toBe(false);
    expect(pmdOf(bench).activeTypes).toEqual([2]);
    bench.wearable.connect();
    const again = {
      ...bench,
      control: bench.wearable.subscribe(PMD_CONTROL),
      data: bench.wearable.subscribe(PMD_DATA),
    };
    expect(ask(again, H10_200)).toBe('f0020206');
    again.wearable.run(0.5);
    expect(again.data).toEqual([]);
  });

  test('that stops by itself says which measurement', () => {
    const bench = h10();
    ask(bench, H10_200);
    pmdOf(bench).stopUnasked([2]);
    expect(bench.control.at(-1)?.bytes.toString('hex')).toBe('0102');
    const before = bench.data.length;
    bench.wearable.run(1);
    expect(bench.data.length).toBe(before);
  });
});

describe('a Verity Sense', () => {
  test('states the scale of each stream, and sends them apart in compressed frames of uneven length', () => {
    const bench = verity({ motion: turningLeft });
    expect(ask(bench, VERITY_ACC)).toBe(
      `f0020200000501${Buffer.from(Float32Array.of(8 / 32_768).buffer).toString('hex')}`,
    );
    expect(ask(bench, VERITY_GYRO)).toBe(
      `f0020500000501${Buffer.from(Float32Array.of(2000 / 32_768).buffer).toString('hex')}`,
    );
    bench.wearable.run(60);
    const frames = bench.data.map(({ bytes }) => bytes);
    expect(new Set(frames.map((bytes) => bytes[9]))).toEqual(new Set([0x80]));
    expect(frames.every((bytes) => bytes.length <= 229)).toBe(true);
    const lastAcc = frames.findLast((bytes) => bytes[0] === 2) as Buffer;
    const lastGyro = frames.findLast((bytes) => bytes[0] === 5) as Buffer;
    expect((lastAcc.readInt16LE(12) * 8) / 32_768).toBeCloseTo(1, 1);
    expect((lastGyro.readInt16LE(12) * 2000) / 32_768).toBeCloseTo(56.2, 0);
    for (const type of [2, 5]) {
      const stamps = stampsNs(bench.data, type);
      const steps = stamps.slice(1).map((stamp, i) => (Number(stamp - stamps[i]) * 52) / 1e9);
      expect(steps.every((samples) => Math.abs(samples - Math.round(samples)) < 1e-3)).toBe(true);
      expect(new Set(steps.map(Math.round)).size).toBeGreaterThan(3);
      expect(Math.max(...steps)).toBeLessThan(27);
    }
  });

  test('has its other rates and ranges in SDK mode, which it enters and leaves only at rest', () => {
    const bench = verity();
    expect(ask(bench, VERITY_ACC_104_16G)).toBe('f0020208');
    ask(bench, VERITY_ACC);
    expect(ask(bench, '02 09')).toBe('f002090c');
    ask(bench, '03 02');
    expect([ask(bench, '02 09'), ask(bench, '02 09')]).toEqual(['f002090000', 'f0020906']);
    expect(ask(bench, VERITY_ACC_104_16G).slice(0, 8)).toBe('f0020200');
    expect(ask(bench, '03 09')).toBe('f003090c');
    ask(bench, '03 02');
    expect([ask(bench, '03 09'), pmdOf(bench).isInSdkMode]).toEqual(['f003090000', false]);
  });

  test('keeps its frames within a narrow link', () => {
    const bench = verity({ motion: turningLeft }, 140);
    ask(bench, VERITY_ACC);
    ask(bench, VERITY_GYRO);
    bench.wearable.run(10);
    expect(bench.data.length).toBeGreaterThan(40);
    expect(Math.max(...bench.data.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(137);
  });

  test('wants to be told the channels', () => {
    expect(ask(verity(), VERITY_ACC.slice(0, -9))).toBe('f002020b');
  });
});
