/** The scripts of a WitMotion, byte for byte as its page states them, with answers that come among data, in pieces, or not at all. */
import { describe, expect, it } from 'vitest';
import { encodeData, encodeRegisters } from '../../firmware-mocks/witmotionPacket.ts';
import type { GattScript, GattStep } from '../../src/devices/define.ts';
import { witmotion } from '../../src/devices/witmotion.ts';
import { batteryPctOf, DUAL_MODE, identityOf, SINGLE_MODE } from '../../src/devices/witmotionPackets.ts';
import { PlumblineError } from '../../src/model/errors.ts';

const DATA = encodeData({ accG: [0, 1, 0], gyrDps: [0, 0, 0], angleDeg: [0, 0, 0] });
const joined = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Answers reads of registers; `wrap` says in which notifications. */
class ScriptedWitmotion {
  uuids = SINGLE_MODE;
  registers = new Map<number, number>([
    [0x03, 0x08],
    [0x2e, 10_219],
    [0x64, 395],
  ]);
  ignoresWrites = false;
  lostAnswers = 0;
  wrap = (answer: Uint8Array): Uint8Array[] => [answer];
  readonly steps: GattStep[] = [];

  run<T>(script: GattScript<T>): T {
    let next = script.next();
    while (!next.done) {
      const step = next.value;
      this.steps.push(step);
      const error = this.carryOut(step);
      const bytes = new Uint8Array();
      next = error ? script.throw(error) : script.next({ bytes, sentMs: 0, receivedMs: 1 });
    }
    return next.value;
  }

  /** One line for each step. */
  get lines(): string[] {
    return this.steps.map((step) => {
      if (step.op === 'wait') return `wait ${step.ms}`;
      const bytes = step.op === 'write' || step.op === 'request' ? ` ${Buffer.from(step.bytes).toString('hex')}` : '';
      return `${step.op}${bytes}`;
    });
  }

  private carryOut(step: GattStep): PlumblineError | undefined {
    if (step.op === 'wait') return undefined;
    const { notify, write } = this.uuids;
    if (step.uuid !== notify && step.uuid !== write) {
      return new PlumblineError('radio/refused', `expected characteristic ${step.uuid}, found none of that id`);
    }
    if (step.op === 'write' && !this.ignoresWrites)
      this.registers.set(step.bytes[2], step.bytes[3] + 256 * step.bytes[4]);
    if (step.op !== 'request') return undefined;
    const first = step.bytes[3];
    const answer = encodeRegisters(
      first,
      Array.from({ length: 8 }, (_, i) => this.registers.get(first + i) ?? 0),
    );
    const isAnswered = this.lostAnswers-- <= 0 && this.wrap(answer).some((notification) => step.isReply(notification));
    return isAnswered ? undefined : new PlumblineError('radio/timeout', 'expected an answer, found none');
  }
}

const start = (rateHz = 50) => witmotion.start({ rateHz, mtu: 247, nowMs: 1_700_000_000_000 });

function status(device: ScriptedWitmotion): unknown {
  const script = witmotion.readStatus?.();
  if (!script) throw new Error('expected a script, found none');
  return device.run(script);
}

describe('starting a WitMotion', () => {
  it('at its rate: listens, and reads version and rate, and writes nothing', () => {
    const device = new ScriptedWitmotion();
    const result = device.run(start());
    expect(device.lines).toEqual(['subscribe', 'request ffaa272e00', 'request ffaa270300']);
    expect(result).toEqual({
      rateHz: 50,
      hasGyroscope: true,
      epoch: '',
      backfillPackets: 0,
      identity: { firmware: '10219' },
    });
  });

  it.each([
    [10, '06'],
    [20, '07'],
    [50, '08'],
    [100, '09'],
    [200, '0b'],
  ])('at %i Hz: unlocks, waits, writes code %s, waits, saves, waits, and reads it again', (rateHz, code) => {
    const device = new ScriptedWitmotion();
    device.registers.set(0x03, 0x05);
    const result = device.run(start(rateHz));
    expect(device.lines.slice(3)).toEqual([
      'write ffaa6988b5',
      'wait 100',
      `write ffaa03${code}00`,
      'wait 100',
      'write ffaa000000',
      'wait 100',
      'request ffaa270300',
    ]);
    // What came at the old rate would be taken for samples at the new one.
    expect(result).toMatchObject({ rateHz, discardsEarlier: true });
  });

  it('refuses when the sensor keeps its old rate', () => {
    const device = new ScriptedWitmotion();
    device.ignoresWrites = true;
    expect(() => device.run(start(100))).toThrow('rate: expected code 9 for 100 Hz, found 8');
  });

  it('takes the next lower rate, and refuses when there is none', () => {
    expect(new ScriptedWitmotion().run(start(99)).rateHz).toBe(50);
    expect(() => new ScriptedWitmotion().run(start(9))).toThrow('expected a rate of at least 10 Hz, found 9 Hz');
  });

  it('finds the service of the dual-mode models', () => {
    const device = new ScriptedWitmotion();
    device.uuids = DUAL_MODE;
    expect(device.run(start()).rateHz).toBe(50);
    expect(status(device)).toEqual({ batteryPct: 85 });
  });

  it('refuses what has neither service', () => {
    const device = new ScriptedWitmotion();
    device.uuids = { service: 'x', notify: 'x', write: 'x' };
    expect(() => device.run(start())).toThrow('expected characteristic 49535343');
  });

  it('asks once more when an answer was lost, and does without a version', () => {
    const once = new ScriptedWitmotion();
    once.lostAnswers = 1;
    expect(once.run(start()).identity).toEqual({ firmware: '10219' });
    const twice = new ScriptedWitmotion();
    twice.lostAnswers = 2;
    expect(twice.run(start()).identity).toBeUndefined();
  });

  it('does not start at a rate that nothing confirms', () => {
    const device = new ScriptedWitmotion();
    device.lostAnswers = Infinity;
    expect(() => device.run(start())).toThrow('expected an answer, found none');
  });
});

describe('the answer of a register', () => {
  it.each<[string, (answer: Uint8Array) => Uint8Array[]]>([
    ['behind data in the same notification', (answer) => [joined(DATA, answer)]],
    ['before data in the same notification', (answer) => [joined(answer, DATA)]],
    ['between data', (answer) => [DATA, joined(DATA, answer, DATA), DATA]],
    [
      'split over two notifications',
      (answer) => [joined(DATA, answer.subarray(0, 7)), joined(answer.subarray(7), DATA)],
    ],
    ['split into single bytes', (answer) => [...joined(DATA, answer)].map((byte) => Uint8Array.of(byte))],
    ['in a stream that was joined in the middle of a frame', (answer) => [joined(DATA.subarray(9), answer, DATA)]],
    ['behind the answer of another register', (answer) => [joined(encodeRegisters(0x40, [2500]), answer)]],
  ])('is found %s', (_where, wrap) => {
    const device = new ScriptedWitmotion();
    device.wrap = wrap;
    expect(status(device)).toEqual({ batteryPct: 85 });
  });

  it('is not taken from the middle of a data frame that happens to hold its bytes', () => {
    const frame = DATA.slice();
    frame.set([0x55, 0x71, 0x64, 0x00, 0x4a, 0x01], 6);
    const device = new ScriptedWitmotion();
    device.wrap = (answer) => [frame, frame, answer];
    expect(status(device)).toEqual({ batteryPct: 85 });
  });

  it('is not that of another register', () => {
    const device = new ScriptedWitmotion();
    device.wrap = () => [encodeRegisters(0x40, [395])];
    expect(() => status(device)).toThrow('expected an answer, found none');
  });
});

it('nothing has to be said to stop it', () => {
  const device = new ScriptedWitmotion();
  device.run(witmotion.stop());
  expect(device.steps).toEqual([]);
});

describe('the battery', () => {
  it.each([
    [300, 0],
    [340, 0],
    [350, 5],
    [355, 6],
    [382, 50],
    [391, 70],
    [395, 85],
    [399, 100],
    [420, 100],
  ])('at %i hundredths of a volt is %i %%', (centivolts, pct) => {
    expect(batteryPctOf(centivolts)).toBe(pct);
  });

  it.each([0, 249, 451, 65_535, Number.NaN])('a reading of %d is that of no single cell', (centivolts) => {
    expect(batteryPctOf(centivolts)).toBeUndefined();
  });

  it('is left out of the status then', () => {
    const device = new ScriptedWitmotion();
    device.registers.set(0x64, 0);
    expect(status(device)).toEqual({});
  });
});

it('the version is a number, or the newer form as it is stored', () => {
  expect(identityOf([10_219, 7])).toEqual({ firmware: '10219' });
  expect(identityOf([0x8123, 0x0045])).toEqual({ firmware: '81230045' });
});

it('it is recognised by its service, or by a word of its name', () => {
  const seen = (name: string | undefined, ...serviceUuids: string[]): boolean =>
    witmotion.matches({ id: '1', address: 'aa', name, serviceUuids, companyId: undefined, rssiDbm: -50 });
  expect(['WT901BLE68', 'WT9011DCL-BT50', 'BWT901BLE5.0C', 'WTSDCL', 'My WT901'].map((name) => seen(name))).toEqual(
    Array(5).fill(true),
  );
  expect([seen(undefined, SINGLE_MODE.service), seen('Chest', SINGLE_MODE.service)]).toEqual([true, true]);
  expect(seen('Chest', '0000ffe500001000800000805f9b34fb')).toBe(false);
  // Other makers' batteries, speakers and serial ports.
  expect([seen('WT-1234'), seen('NEWT 5'), seen('Watch'), seen(undefined), seen('Serial', DUAL_MODE.service)]).toEqual(
    Array(5).fill(false),
  );
});
