/** The scripts of the Xsens DOT, byte for byte as its page states them, and its decoder at the edges. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCustom5, encodeInfo, encodeRateQuantities } from '../../firmware-mocks/xsensDotPacket.ts';
import type { DecodedItem, GattStep, ImuPacket, StreamRequest } from '../../src/devices/define.ts';
import { ImuStream, type StreamGap } from '../../src/devices/imuStream.ts';
import { xsensDot } from '../../src/devices/xsensDot.ts';
import { XSENS_DOT } from '../../src/devices/xsensDotPackets.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { radFromDeg } from '../../src/model/units.ts';
import { runScript } from './runScript.ts';

/** Just enough of a sensor to answer reads: keeps what is written, unless it is told not to. */
class ScriptedDot {
  control = Buffer.alloc(32);
  action = 0;
  mode = 0;
  deafStarts = 0;
  keepsRate = false;
  info: Uint8Array = encodeInfo({
    address: 'd4:22:cd:00:63:71',
    version: [2, 1, 3],
    serial: 0xd422cd006371n,
    productCode: 'XS-T01',
  });

  constructor(rateHz = 60) {
    this.control.writeUInt16LE(rateHz, 24);
    this.control.fill(0xab, 8, 24);
  }

  readonly answer = (step: { op: string; uuid: string; bytes: Uint8Array }): Uint8Array => {
    if (step.op === 'write') this.write(step.uuid, step.bytes);
    if (step.uuid === XSENS_DOT.info) return this.info;
    if (step.uuid === XSENS_DOT.deviceControl) return Uint8Array.from(this.control);
    if (step.uuid === XSENS_DOT.measurementControl) return Uint8Array.of(1, this.action, this.mode);
    return Uint8Array.of(87, 0);
  };

  private write(uuid: string, bytes: Uint8Array): void {
    if (uuid === XSENS_DOT.measurementControl) {
      const isDeaf = bytes[1] === 1 && this.deafStarts-- > 0;
      if (!isDeaf) [, this.action, this.mode] = bytes;
    } else if (!this.keepsRate) this.control.set(bytes.subarray(24, 26), 24);
  }
}

const request = (changes: Partial<StreamRequest> = {}): StreamRequest => ({
  rateHz: 60,
  mtu: 247,
  nowMs: 1_700_000_000_000,
  ...changes,
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** One line for each step: what is done, on which characteristic, with which bytes. */
const linesOf = (steps: readonly GattStep[]): string[] =>
  steps.map((step) => {
    if (step.op === 'wait') return `wait ${step.ms}`;
    const short = step.uuid.slice(4, 8);
    return step.op === 'write' ? `write ${short} ${hex(step.bytes)}` : `${step.op} ${short}`;
  });

describe('starting an Xsens DOT', () => {
  it('at its rate: asks whether it measures, subscribes, and only then starts mode 21', () => {
    const { steps, result } = runScript(xsensDot.start(request()), new ScriptedDot().answer);
    expect(linesOf(steps)).toEqual([
      'read 1001',
      'read 2001',
      'read 1002',
      'subscribe 3001',
      'subscribe 2003',
      'write 2001 010115',
      'read 2001',
    ]);
    expect(result).toEqual({
      rateHz: 60,
      hasGyroscope: true,
      epoch: '',
      backfillPackets: 0,
      identity: { firmware: '2.1.3', serial: 'D422CD006371', model: 'XS-T01' },
    });
  });

  it('reads, changes, writes back and confirms the rate, and nothing but the rate', () => {
    const { steps, result } = runScript(xsensDot.start(request({ rateHz: 30 })), new ScriptedDot().answer);
    const tag = 'ab'.repeat(16);
    expect(linesOf(steps).slice(2, 6)).toEqual([
      'read 1002',
      'read 1002',
      `write 1002 10${'00'.repeat(7)}${tag}1e00${'00'.repeat(6)}`,
      'read 1002',
    ]);
    expect(result.rateHz).toBe(30);
  });

  it('ends a measurement that is still running, in its own mode, and waits three seconds', () => {
    const dot = new ScriptedDot();
    [dot.action, dot.mode] = [1, 4];
    const { steps } = runScript(xsensDot.start(request()), dot.answer);
    expect(linesOf(steps).slice(1, 4)).toEqual(['read 2001', 'write 2001 010004', 'wait 3000']);
    expect([dot.action, dot.mode]).toEqual([1, 21]);
  });

  it('says it once more, three seconds later, when the start was not heard', () => {
    const dot = new ScriptedDot();
    dot.deafStarts = 1;
    const { steps } = runScript(xsensDot.start(request()), dot.answer);
    expect(linesOf(steps).slice(-4)).toEqual(['write 2001 010115', 'read 2001', 'wait 3000', 'write 2001 010115']);
    expect(dot.action).toBe(1);
  });

  it('in mode custom5 takes the long characteristic and mode 26', () => {
    const { steps } = runScript(xsensDot.start(request({ mode: 'custom5' })), new ScriptedDot().answer);
    expect(linesOf(steps).slice(-3)).toEqual(['subscribe 2002', 'write 2001 01011a', 'read 2001']);
  });

  it('refuses when the sensor keeps its old rate', () => {
    const dot = new ScriptedDot();
    dot.keepsRate = true;
    expect(() => runScript(xsensDot.start(request({ rateHz: 20 })), dot.answer)).toThrow(
      'rate: expected 20 Hz, found 60 Hz after it was set',
    );
  });

  it.each([
    ['rate-quantities', 42, 'mode 21: expected an MTU of at least 43, found 42'],
    ['custom5', 65, 'mode 26: expected an MTU of at least 66, found 65'],
  ])('refuses a link that is too narrow for %s, before it has written anything', (mode, mtu, message) => {
    expect(() => runScript(xsensDot.start(request({ mode, mtu })), new ScriptedDot().answer)).toThrow(message);
    expect(runScript(xsensDot.start(request({ mode, mtu: mtu + 1 })), new ScriptedDot().answer).result.rateHz).toBe(60);
  });

  it('takes the next lower rate, and refuses when there is none', () => {
    expect(runScript(xsensDot.start(request({ rateHz: 59 })), new ScriptedDot().answer).result.rateHz).toBe(30);
    expect(() => runScript(xsensDot.start(request({ rateHz: 19 })), new ScriptedDot().answer)).toThrow(
      'expected a rate of at least 20 Hz, found 19 Hz',
    );
  });

  it('refuses a device control of another length, because it would be written back wrong', () => {
    const dot = new ScriptedDot();
    dot.control = Buffer.alloc(20);
    expect(() => runScript(xsensDot.start(request()), dot.answer)).toThrow(
      'device control: expected 32 bytes, found 20: 00 00 00',
    );
  });

  it('does without device information that is too short', () => {
    const dot = new ScriptedDot();
    dot.info = dot.info.subarray(0, 20);
    expect(runScript(xsensDot.start(request()), dot.answer).result.identity).toBeUndefined();
  });
});

describe('the other scripts', () => {
  it('stop ends the mode that is running, and leaves a sensor alone that does not measure', () => {
    const dot = new ScriptedDot();
    expect(linesOf(runScript(xsensDot.stop(), dot.answer).steps)).toEqual(['read 2001']);
    [dot.action, dot.mode] = [1, 26];
    expect(linesOf(runScript(xsensDot.stop(), dot.answer).steps)).toEqual(['read 2001', 'write 2001 01001a']);
    expect(dot.action).toBe(0);
  });

  it('identify visits the identify field alone', () => {
    const identify = xsensDot.identify?.();
    if (!identify) throw new Error('expected a script, found none');
    const { steps } = runScript(identify, new ScriptedDot().answer);
    expect(linesOf(steps)).toEqual([
      'read 1002',
      `write 1002 0101${'00'.repeat(6)}${'ab'.repeat(16)}3c00${'00'.repeat(6)}`,
    ]);
  });

  it.each([
    ['87 %, on the battery', [87, 0], { batteryPct: 87, charging: false }],
    ['100 %, charging', [100, 1], { batteryPct: 100, charging: true }],
    ['bytes that are no percentage', [200, 0], {}],
    ['one byte', [50], {}],
  ])('the status reads %s', (_what, bytes, status) => {
    const script = xsensDot.readStatus?.();
    if (!script) throw new Error('expected a script, found none');
    expect(runScript(script, () => Uint8Array.from(bytes)).result).toEqual(status);
  });
});

describe('recognising an Xsens DOT', () => {
  const seen = (name: string | undefined, companyId?: number): boolean =>
    xsensDot.matches({ id: '1', address: 'aa', name, serviceUuids: [], companyId, rssiDbm: -50 });

  it('by either name, or by its company when it has none', () => {
    expect([seen('Xsens DOT'), seen('Movella DOT'), seen(undefined, 0x0886)]).toEqual([true, true, true]);
    expect([seen('Xsens'), seen(undefined), seen(undefined, 0x0087), seen('Other', 0x0886)]).toEqual(
      Array(4).fill(false),
    );
  });
});

function decode(uuid: string, bytes: Uint8Array): DecodedItem[] {
  const items: DecodedItem[] = [];
  xsensDot.createDecoder()(uuid, bytes, (item) => items.push(item));
  return items;
}

function packetOf(uuid: string, bytes: Uint8Array): ImuPacket {
  const [item] = decode(uuid, bytes);
  if (item?.kind !== 'imu') throw new Error(`expected samples, found ${JSON.stringify(item)}`);
  return item.packet;
}

describe('a packet of the Xsens DOT', () => {
  const float = fc.float({ min: -150, max: 150, noNaN: true });
  const vector = fc.tuple(float, float, float);
  const stamp = fc.nat(0xffff_ffff);

  it('decodes to the same floats in both modes', () => {
    fc.assert(
      fc.property(stamp, vector, vector, fc.boolean(), (timestampUs, accMps2, gyrDps, isLong) => {
        const sample = { timestampUs, accMps2, gyrDps };
        const bytes = isLong ? encodeCustom5(sample, [7, 8, 9, 10]) : encodeRateQuantities(sample);
        const packet = packetOf(isLong ? XSENS_DOT.longPayload : XSENS_DOT.mediumPayload, bytes);
        expect([packet.n, packet.tick]).toEqual([1, timestampUs]);
        expect([...packet.accMps2]).toEqual(accMps2);
        gyrDps.forEach((dps, axis) => expect(packet.gyrRadps?.[axis]).toBeCloseTo(radFromDeg(dps), 12));
        expect([...packet.flags]).toEqual([0]);
      }),
      { numRuns: 300, seed: 21 },
    );
  });

  it('of any bytes on any characteristic never throws, and gives at most one sample, whole or missing', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ minLength: 40, maxLength: 40 }),
      fc.uint8Array({ minLength: 63, maxLength: 63 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(XSENS_DOT), 'ffff'), bytes, (uuid, value) => {
        const samples = decode(uuid, value).flatMap((item) => (item.kind === 'imu' ? [item.packet] : []));
        expect(samples.length).toBeLessThanOrEqual(value.length >= 28 ? 1 : 0);
        for (const { accMps2, gyrRadps } of samples) {
          const all = [...accMps2, ...(gyrRadps ?? [])];
          expect(all).toHaveLength(6);
          expect(all.every(Number.isFinite) || all.every(Number.isNaN)).toBe(true);
        }
      }),
      { numRuns: 2000, seed: 22 },
    );
  });

  it('beyond what the chip can measure is flagged', () => {
    const flags = (accMps2: number[], gyrDps: number[]): number =>
      packetOf(XSENS_DOT.mediumPayload, encodeRateQuantities({ timestampUs: 0, accMps2, gyrDps })).flags[0];
    expect(flags([0, -157, 0], [0, 0, 0])).toBe(SampleFlag.accClipped);
    expect(flags([0, 9.8, 0], [0, 0, 1995])).toBe(SampleFlag.gyrClipped);
    expect(flags([0, 500, 0], [0, 0, 0])).toBe(SampleFlag.accClipped | SampleFlag.implausible);
    expect(flags([0, 9.8, 0], [0, 9000, 0])).toBe(SampleFlag.gyrClipped | SampleFlag.implausible);
  });
});

describe('the time of an Xsens DOT', () => {
  function stream(): { imu: ImuStream; gaps: StreamGap[]; times: number[] } {
    const gaps: StreamGap[] = [];
    const times: number[] = [];
    const imu = new ImuStream(xsensDot, {
      block: ({ tS }) => times.push(...tS),
      gap: (gap) => gaps.push(gap),
      problem: (message) => {
        throw new Error(message);
      },
      wanted: () => undefined,
    });
    imu.start({ rateHz: 60, hasGyroscope: true, epoch: '', backfillPackets: 0 });
    return { imu, gaps, times };
  }
  /** 20 s before the stamp wraps. */
  const FIRST_US = 2 ** 32 - 20_000_000;
  const push = (imu: ImuStream, index: number): void => {
    const timestampUs = (FIRST_US + Math.round((index * 1e6) / 60)) % 2 ** 32;
    const bytes = encodeRateQuantities({ timestampUs, accMps2: [0, 9.81, 0], gyrDps: [0, 0, 0] });
    imu.push(packetOf(XSENS_DOT.mediumPayload, bytes), 1_700_000_000_000 + (index * 1000) / 60);
  };

  it('goes on across the wrap of its stamp after 71.6 minutes', () => {
    const { imu, gaps, times } = stream();
    for (let index = 0; index < 2400; index++) push(imu, index);
    expect(gaps).toEqual([]);
    expect(imu.stats.lostSamples).toBe(0);
    expect((times.at(-1) ?? NaN) - times[0]).toBeCloseTo(2399 / 60, 3);
  });

  it('counts what a step in the stamp says was lost, also across the wrap', () => {
    const { imu, gaps } = stream();
    for (let index = 0; index < 2400; index++) {
      const isLost = (index >= 600 && index < 603) || (index >= 1195 && index < 1205);
      if (!isLost) push(imu, index);
    }
    expect(gaps.map(({ missingSamples, reason }) => [missingSamples, reason])).toEqual([
      [3, 'radioLoss'],
      [10, 'radioLoss'],
    ]);
    expect(imu.stats.lostSamples).toBe(13);
  });
});
