import { describe, expect, test } from 'vitest';
import { GattRefusal } from '../../firmware-mocks/peripheral.ts';
import { crc16CcittFalse } from '../../firmware-mocks/plumblineCalibration.ts';
import { PlumblineImu } from '../../firmware-mocks/plumblineImu.ts';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ConnectedWearable, type Received } from './connectedWearable.ts';

const standing: { script: Movement[] } = { script: [{ do: 'stand', forS: 3600, swayDeg: 0 }] };
const START = '01 01 03';
const STOP = '02 02';

const seqOf = ({ bytes }: Received): number => bytes.readUInt16LE(2);
const indexOf = ({ bytes }: Received): number => bytes.readUInt32LE(4);
const tickOf = ({ bytes }: Received): number => bytes.readUInt32LE(8);
const flagsOf = ({ bytes }: Received): number => bytes[12];

describe('services', () => {
  const wearable = new ConnectedWearable({ motion: standing, serial: '00A7', batteryPct: 64 });

  test('it advertises its service and name', () => {
    expect(wearable.peripheral.name).toBe('Plumbline-00A7');
    expect(wearable.peripheral.advertisedServices).toEqual(['0322000181aa478a8efb3160cf7a3ccc']);
  });

  test('device information and battery are there', () => {
    expect(wearable.read('2a25').toString()).toBe('00A7');
    expect(wearable.read('2a29').toString()).toBe('Plumbline\0');
    expect(wearable.read('2a19')).toEqual(Buffer.of(64));
  });

  test('info states profile 1.0, its capabilities and the depth of its memory', () => {
    const info = wearable.read('0002');
    expect(info.subarray(0, 10).toString('hex')).toBe('01005f000000c800b004');
    expect(info.length).toBe(16);
  });

  test('the battery is notified at once and when it falls', () => {
    const levels = wearable.subscribe('2a19');
    wearable.run(0.1);
    wearable.run(3700, 1000);
    expect(levels.map(({ bytes }) => bytes[0])).toEqual([64, 63]);
  });

  test('an immediate alert is felt', () => {
    wearable.write('2a06', '02');
    expect((wearable.peripheral as PlumblineImu).alertLevel).toBe(2);
    expect(() => wearable.write('2a06', '0202')).toThrow(GattRefusal);
  });
});

describe('control point', () => {
  test('without indications enabled a request is refused', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    expect(() => wearable.write('0003', START)).toThrow('ATT error 0xfd');
  });

  test.each([
    ['an unknown operation', '09 05', '890501'],
    ['START without its mask', '01 05', '810502'],
    ['START with nothing in its mask', '01 05 00', '810503'],
    ['START with an unknown sensor', '01 05 07', '810503'],
    ['STOP with something behind it', '02 05 00', '820502'],
    ['STOP when nothing runs', '02 05', '820500'],
    ['SET_CONFIG with a wrong rate', '03 05 3c00 03 04 0a 0a 00 00', '830503'],
    ['SET_CONFIG too short', '03 05 3c00', '830502'],
    ['BACKFILL of nothing', '05 05 0000 00', '850503'],
    ['BACKFILL of packets never sent', '05 05 0000 05', '850503'],
    ['CAPTURE_UPRIGHT over 0 ms', '06 05 0000', '860503'],
    ['IDENTIFY', '07 05', '870500'],
    ['one byte only', '01', '810002'],
  ])('%s is answered as the page says', (_name, request, answer) => {
    expect(new ConnectedWearable({ motion: standing }).control(request)).toBe(answer);
  });

  test('the answer comes after the response to the write', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const answers = wearable.subscribe('0003');
    wearable.write('0003', '07 01');
    expect(answers).toEqual([]);
    wearable.run(0.004);
    expect(answers).toHaveLength(1);
  });

  test('START again is ok, with another mask busy; ranges may change while measuring, the rate may not', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const data = wearable.subscribe('0005');
    expect(wearable.control(START)).toBe('810100');
    expect(wearable.control(START)).toBe('810100');
    expect(wearable.control('01 01 01')).toBe('810104');
    expect(wearable.control('03 02 3200 03 04 0a 0a 00 00')).toBe('830204');
    wearable.run(0.33);
    expect(wearable.control('03 02 6400 00 01 0a 0a 00 00')).toBe('830200');
    wearable.run(0.5);
    const ranges = data.map(({ bytes }) => bytes[13]);
    expect(new Set(ranges)).toEqual(new Set([0x34, 0x01]));
    for (const { bytes } of data) {
      const rangeG = bytes[13] === 0x34 ? 16 : 2;
      for (let offset = 14; offset < bytes.length; offset += 12) {
        expect((bytes.readInt16LE(offset + 2) * rangeG) / 32_768).toBeCloseTo(1, 3);
      }
    }
  });

  test('TIME_SYNC gives ticks of arrival and departure on its own clock, and the boot', () => {
    const wearable = new ConnectedWearable({ motion: standing, driftPpm: 1000 });
    const first = Buffer.from(wearable.control('04 11 0000000000000000'), 'hex');
    wearable.run(100);
    const second = Buffer.from(wearable.control('04 12 0000000000000000'), 'hex');
    expect(first.subarray(0, 3).toString('hex')).toBe('841100');
    expect(first.readUInt32LE(11)).toBe(wearable.read('0002').readUInt32LE(10));
    expect(first.readUInt32LE(7) - first.readUInt32LE(3)).toBeGreaterThan(0);
    const elapsed = (second.readUInt32LE(3) - first.readUInt32LE(3)) >>> 0;
    expect(elapsed / 32_768).toBeCloseTo(100.004 * 1.001, 2);
  });

  test('CAPTURE_UPRIGHT averages gravity in 1/16384 g and is busy meanwhile', () => {
    const wearable = new ConnectedWearable({ motion: standing, tiltDeg: 30 });
    const answers = wearable.subscribe('0003');
    wearable.write('0003', '06 01 e803');
    wearable.write('0003', '06 02 e803');
    wearable.run(1.1);
    expect(answers.map(({ bytes }) => bytes.subarray(0, 3).toString('hex'))).toEqual(['860204', '860100']);
    const gravity = [3, 5, 7].map((offset) => answers[1].bytes.readInt16LE(offset));
    expect(gravity).toEqual([-8192, 14_189, 0]);
    expect(answers[1].atMs - answers[0].atMs).toBeGreaterThan(990);
  });
});

describe('data', () => {
  test('the default is 10 samples every 100 ms, counted from START, with ticks of the first sample', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const data = wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(1.05);
    expect(data).toHaveLength(10);
    expect(data.map(({ bytes }) => [bytes[0], bytes[1], bytes.length])).toEqual(data.map(() => [0x11, 10, 134]));
    expect(data.map(seqOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(data.map(indexOf)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(data[0].bytes[13]).toBe(0x34);
    for (let i = 1; i < data.length; i++) {
      expect(Math.abs(((tickOf(data[i]) - tickOf(data[i - 1])) >>> 0) - 3276.8)).toBeLessThan(1);
    }
    expect(data[3].bytes.readInt16LE(16)).toBe(2048);
  });

  test.each([
    [185, 14],
    [247, 19],
  ])('filling an MTU of %i takes %i samples', (mtu, countSamples) => {
    const wearable = new ConnectedWearable({ motion: standing }, mtu);
    const data = wearable.subscribe('0005');
    wearable.control('03 01 c800 03 04 00 00 00 00');
    wearable.control(START);
    wearable.run(1);
    expect(data[0].bytes[1]).toBe(countSamples);
    expect(data[0].bytes.length).toBeLessThanOrEqual(mtu - 3);
  });

  test('the largest latency bounds the batch', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const data = wearable.subscribe('0005');
    wearable.control('03 01 3200 03 04 00 06 00 00');
    wearable.control(START);
    wearable.run(1);
    expect(data[0].bytes[1]).toBe(3);
  });

  test('with an MTU of 23 it sends format 0x12; 200 Hz and BACKFILL need a larger MTU', () => {
    const wearable = new ConnectedWearable({ motion: standing }, 23);
    const data = wearable.subscribe('0005');
    expect(wearable.control('03 01 c800 03 04 00 00 00 00')).toBe('830100');
    expect(wearable.control(START)).toBe('810105');
    wearable.control('03 01 6400 03 04 0a 0a 00 00');
    expect(wearable.control(START)).toBe('810100');
    wearable.run(1);
    expect(data.length).toBeGreaterThan(98);
    expect(data.every(({ bytes }) => bytes[0] === 0x12 && bytes.length === 19)).toBe(true);
    expect(data.slice(0, 3).map(({ bytes }) => bytes.readUInt16LE(1))).toEqual([0, 1, 2]);
    expect(wearable.control('05 02 0000 05')).toBe('850205');
  });

  test('STOP sends what is left, START counts samples anew and packets on', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const data = wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(0.25);
    expect(wearable.control(STOP)).toBe('820200');
    wearable.run(1);
    expect(data.map(({ bytes }) => bytes[1]).slice(0, 2)).toEqual([10, 10]);
    const sent = data.length;
    expect(sent).toBe(3);
    wearable.control(START);
    wearable.run(0.15);
    expect(data.length).toBe(sent + 1);
    expect(indexOf(data[sent])).toBe(0);
    expect(seqOf(data[sent])).toBe(sent);
  });

  test('only the sensors in the mask are measured', () => {
    const wearable = new ConnectedWearable({ motion: { script: [{ do: 'turn', deg: 720, inS: 8 }] } });
    const data = wearable.subscribe('0005');
    wearable.control('01 01 01');
    wearable.run(4);
    const last = data.at(-1)?.bytes ?? Buffer.alloc(0);
    expect(last.readInt16LE(16)).toBeGreaterThan(1000);
    expect(last.readInt16LE(22)).toBe(0);
  });

  test('flag auto-start begins with the subscription', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    wearable.write('0004', '6400 03 04 0a 0a 00 01');
    const data = wearable.subscribe('0005');
    wearable.run(0.5);
    expect(data.length).toBeGreaterThan(3);
  });

  test('a turn faster than the range clips and says so', () => {
    const wearable = new ConnectedWearable({ motion: { script: [{ do: 'turn', deg: 360, inS: 2 }] } });
    const data = wearable.subscribe('0005');
    wearable.control('03 01 6400 03 00 0a 0a 00 00');
    wearable.control(START);
    wearable.run(2);
    const flags = data.map(flagsOf);
    expect(flags[0]).toBe(0);
    expect(flags[9]).toBe(2);
    expect(data[9].bytes.readInt16LE(22)).toBe(32_767);
  });

  test('BACKFILL repeats packets as they were, marked, and only those still stored', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const data = wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(1);
    const original = data[3].bytes;
    wearable.control(STOP);
    wearable.control(START);
    wearable.run(60);
    const before = data.length;
    expect(wearable.control('05 07 0300 02')).toBe('850703');
    const seq = seqOf(data[before - 5]);
    const request = Buffer.alloc(3);
    request.writeUInt16LE(seq);
    request[2] = 2;
    expect(wearable.control(`05 08 ${request.toString('hex')}`)).toBe('850800');
    wearable.run(0.01);
    const repeated = data.filter((one) => (flagsOf(one) & 8) !== 0);
    expect(repeated.map(seqOf)).toEqual([seq, seq + 1]);
    const expected = Buffer.from(data[before - 5].bytes);
    expected[12] |= 8;
    expect(repeated[0].bytes).toEqual(expected);
    expect(original[12] & 8).toBe(0);
  });

  test('the memory holds 1200 packets unless told otherwise', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(121);
    expect(wearable.control('05 01 0000 0a')).toBe('850103');
    expect(wearable.control('05 01 1000 ff')).toBe('850100');
  });

  test('a memory of 256 packets holds 256 packets', () => {
    const wearable = new ConnectedWearable({ motion: standing, memoryPackets: 256 });
    expect(wearable.read('0002').readUInt16LE(8)).toBe(256);
    wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(30);
    expect(wearable.control('05 01 0000 0a')).toBe('850103');
    expect(wearable.control('05 01 3400 ff')).toBe('850100');
  });
});

describe('disconnects', () => {
  test('the session goes on into the memory, and is taken up again by START', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const before = wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(2);
    wearable.disconnect();
    wearable.run(20);
    // The MTU is exchanged anew on each link; the packets keep the size of the session.
    wearable.mtu = 23;
    wearable.connect();
    wearable.run(0.5);
    wearable.mtu = 247;
    const after = wearable.subscribe('0005');
    const answers = wearable.subscribe('0003');
    expect(wearable.control('03 01 6400 03 04 0a 0a 00 00')).toBe('830100');
    expect(wearable.control(START)).toBe('810100');
    wearable.run(1);
    expect(seqOf(after[0])).toBeGreaterThan(220);
    expect(indexOf(after[0])).toBe(10 * seqOf(after[0]));
    expect(answers).toHaveLength(2);
    const first = seqOf(before[before.length - 1]) + 1;
    expect(wearable.control(`05 01 ${Buffer.from([first, 0, 200]).toString('hex')}`)).toBe('850100');
    wearable.run(4);
    const again = after.filter((one) => (flagsOf(one) & 8) !== 0);
    expect(again.map(seqOf)).toEqual(Array.from({ length: 200 }, (_, i) => first + i));
    expect(again.map(indexOf)).toEqual(again.map((one) => 10 * seqOf(one)));
    // The live stream was not held up meanwhile.
    const live = after.filter((one) => (flagsOf(one) & 8) === 0);
    const stepsMs = live.slice(1).map(({ atMs }, i) => atMs - live[i].atMs);
    expect(Math.max(...stepsMs)).toBeLessThan(120);
  });

  test('nobody comes back for ten minutes: the session ends', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(1);
    wearable.disconnect();
    wearable.run(605, 100);
    wearable.connect();
    const after = wearable.subscribe('0005');
    wearable.subscribe('0003');
    wearable.run(1);
    expect(after).toEqual([]);
    wearable.control(START);
    wearable.run(1);
    expect(indexOf(after[0])).toBe(0);
  });

  test('stored packets that the new link cannot carry are refused', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(2);
    wearable.disconnect();
    wearable.mtu = 100;
    wearable.connect();
    const after = wearable.subscribe('0005');
    wearable.subscribe('0003');
    expect(wearable.control('05 01 0000 05')).toBe('850105');
    wearable.run(1);
    expect(after.at(-1)?.bytes[1]).toBe(6);
  });

  test('with old firmware measuring stops; configuration and calibration stay', () => {
    const wearable = new ConnectedWearable({ motion: standing, variant: 'sessionEndsWithLink' });
    const data = wearable.subscribe('0005');
    wearable.write('0004', '3200 02 03 05 0a 00 00');
    const calibration = wearable.read('0007');
    calibration[1] = 5;
    calibration.writeUInt16LE(crc16CcittFalse(calibration.subarray(0, 22)), 22);
    wearable.write('0007', calibration.toString('hex'));
    wearable.control(START);
    wearable.run(1);
    wearable.disconnect();
    const before = data.length;
    wearable.run(1);
    wearable.connect();
    wearable.subscribe('0005');
    wearable.run(1);
    expect(data.length).toBe(before);
    expect(wearable.read('0004').toString('hex')).toBe('32000203050a0000');
    expect(wearable.read('0007')).toEqual(calibration);
    expect(() => wearable.write('0003', START)).toThrow(GattRefusal);
  });

  test('a calibration with a wrong checksum or length is refused', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const calibration = wearable.read('0007');
    calibration[3] ^= 1;
    expect(() => wearable.write('0007', calibration.toString('hex'))).toThrow('ATT error 0x13');
    expect(() => wearable.write('0007', '0100')).toThrow('ATT error 0x0d');
  });
});

describe('cues and events', () => {
  test('a cue ends after its repeats and is reported with its id', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const reports = wearable.subscribe('0006');
    const startMs = wearable.nowMs;
    wearable.write('0008', '05 32 c800 6400 03');
    wearable.run(2);
    expect(reports).toHaveLength(1);
    expect([reports[0].bytes[0], reports[0].bytes.readInt16LE(10)]).toEqual([4, 5]);
    expect(reports[0].atMs - startMs).toBeGreaterThanOrEqual(900);
    expect((wearable.peripheral as PlumblineImu).cues).toEqual([
      { id: 5, intensityPct: 50, onMs: 200, offMs: 100, repeats: 3 },
    ]);
  });

  test('a cue that is stopped or replaced is not reported', () => {
    const wearable = new ConnectedWearable({ motion: standing });
    const reports = wearable.subscribe('0006');
    wearable.write('0008', '05 32 c800 6400 03');
    wearable.write('0008', '06 32 c800 6400 01');
    wearable.write('0008', '06 32 c800 6400 00');
    wearable.run(2);
    expect(reports).toEqual([]);
    expect(() => wearable.write('0008', '05 65 c800 6400 03')).toThrow('ATT error 0x13');
    expect(() => wearable.write('0008', '05')).toThrow('ATT error 0x0d');
  });

  test('a fall is reported as free fall, then impact with its peak', () => {
    const script: Movement[] = [
      { do: 'stand', forS: 2 },
      { do: 'fall', direction: 'forward', impactG: 6, lieS: 5 },
    ];
    const wearable = new ConnectedWearable({ motion: { script } });
    const reports = wearable.subscribe('0006');
    wearable.subscribe('0005');
    wearable.control(START);
    wearable.run(5);
    expect(reports.map(({ bytes }) => bytes[0])).toEqual([1, 2]);
    expect(reports[1].bytes.readInt16LE(10)).toBeGreaterThan(450);
  });
});
