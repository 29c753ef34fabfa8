/** The start script of Movesense against answers that are lost, late, swapped or a refusal. */
import { describe, expect, it } from 'vitest';
import { movesense } from '../../src/devices/movesense.ts';
import { statusOf } from '../../src/devices/movesenseCommands.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { runScript } from './runScript.ts';

const HELLO = 0;
const SUBSCRIBE = 1;
const timeout = new PlumblineError('radio/timeout', 'expected an answer, found none');
const OK = (reference: number): Uint8Array => Uint8Array.of(1, reference, 0xc8, 0);
const HELLO_ANSWER = Uint8Array.from([1, 0x64, 1, ...Buffer.from('123456789012\0HR2\0aa:bb\0GSP\x002.3.1\0')]);

const start = (changes: { rateHz?: number; mtu?: number; mode?: string } = {}) =>
  movesense.start({ rateHz: 52, mtu: 247, nowMs: 1_700_000_000_000, ...changes });

const friendly = ({ bytes }: { bytes: Uint8Array }): Uint8Array => (bytes[0] === HELLO ? HELLO_ANSWER : OK(bytes[1]));

describe('starting a Movesense', () => {
  it('sets the time, says hello, and subscribes to the six axes at the wished rate', () => {
    const { steps, result } = runScript(start(), friendly);
    const requests = steps.filter((step) => step.op === 'request').map(({ bytes }) => Buffer.from(bytes));
    expect(requests.map((bytes) => bytes[0])).toEqual([8, 0, 1]);
    expect(requests[0].readBigUInt64LE(2)).toBe(1_700_000_000_000_000n);
    expect(requests[1]).toEqual(Buffer.from([0, 0x64]));
    expect(requests[2].subarray(2).toString('latin1')).toBe('/Meas/IMU6/52\0');
    expect(result).toMatchObject({ rateHz: 52, hasGyroscope: true, epoch: '', identity: { firmware: '2.3.1' } });
  });

  it('knows the sensor by its answer to HELLO', () => {
    const { result } = runScript(start(), friendly);
    expect(result.identity).toEqual({ serial: '123456789012', model: 'HR2', firmware: '2.3.1' });
  });

  it.each([
    ['in the middle of the last text', HELLO_ANSWER.length - 3, { serial: '123456789012', model: 'HR2' }],
    ['in the middle of the serial number', 9, {}],
    ['before any text', 3, {}],
  ])('takes no half text for a whole one when HELLO is cut off %s', (_where, length, identity) => {
    const { result } = runScript(start(), (step) =>
      step.bytes[0] === HELLO ? HELLO_ANSWER.subarray(0, length) : friendly(step),
    );
    expect(result.identity).toEqual(identity);
  });

  it.each([
    ['imu6', 52, '/Meas/IMU6/52', true],
    ['imu6', 104, '/Meas/IMU6/104', true],
    ['imu9', 26, '/Meas/IMU9/26', true],
    ['acc', 13, '/Meas/Acc/13', false],
    ['acc', 104, '/Meas/Acc/104', false],
  ] as const)('in mode %s at %i Hz subscribes to the right resource', (mode, rateHz, path, hasGyroscope) => {
    const { steps, result } = runScript(start({ mode, rateHz }), friendly);
    const subscribe = steps.findLast((step) => step.op === 'request');
    expect(
      Buffer.from(subscribe?.bytes ?? [])
        .toString('latin1')
        .slice(2),
    ).toBe(`${path}\0`);
    expect(result).toMatchObject({ rateHz, hasGyroscope });
  });

  it('goes on when answers are lost, as notifications can be', () => {
    let subscribes = 0;
    const { result } = runScript(start(), ({ bytes }) => {
      if (bytes[0] !== SUBSCRIBE) return timeout;
      return ++subscribes === 1 ? timeout : OK(bytes[1]);
    });
    expect(subscribes).toBe(2);
    expect(result.identity?.firmware).toBeUndefined();
  });

  it('takes the first data for an answer', () => {
    const data = Uint8Array.of(2, 0x36, 0, 0, 0, 0);
    const { steps } = runScript(start(), (step) => (step.bytes[0] === SUBSCRIBE ? data : friendly(step)));
    const subscribe = steps.findLast((step) => step.op === 'request');
    expect(subscribe?.isReply(data)).toBe(true);
    expect(subscribe?.isReply(Uint8Array.of(2, 0x40))).toBe(false);
  });

  it.each([
    ['high byte first, as sample firmware sends it', [0x01, 0xfb]],
    ['low byte first', [0xfb, 0x01]],
  ])('reads a refusal with its status %s', (_how, status) => {
    const refuse = (step: { bytes: Uint8Array }): Uint8Array =>
      step.bytes[0] === SUBSCRIBE ? Uint8Array.from([1, 0x36, ...status]) : friendly(step);
    expect(() => runScript(start(), refuse)).toThrow('subscribe: expected status 200, found 507');
  });

  it.each([
    [404, 'no such measurement on this sensor'],
    [503, 'not available now'],
    [507, 'no room for another subscription'],
  ])('says in words what a refusal with %i means', (status, words) => {
    const refuse = (step: { bytes: Uint8Array }): Uint8Array =>
      step.bytes[0] === SUBSCRIBE ? Uint8Array.of(1, step.bytes[1], status & 0xff, status >> 8) : friendly(step);
    expect(() => runScript(start({ mode: 'imu9' }), refuse)).toThrow(
      `subscribe: expected status 200, found ${status} (${words}) for /Meas/IMU9/52`,
    );
  });

  it('fails when nothing at all answers to the subscription', () => {
    expect(() => runScript(start(), () => timeout)).toThrow('expected an answer, found none');
  });

  it('asks only for packets that the link can carry whole', () => {
    expect(runScript(start({ mtu: 100 }), friendly).result.rateHz).toBe(26);
    expect(runScript(start({ rateHz: 104, mtu: 158 }), friendly).result.rateHz).toBe(104);
    expect(() => runScript(start({ mtu: 23 }), friendly)).toThrow('expected an MTU of at least 33');
    expect(runScript(start({ mode: 'imu9', rateHz: 104, mtu: 153 }), friendly).result.rateHz).toBe(104);
    expect(runScript(start({ mode: 'imu9', rateHz: 104, mtu: 152 }), friendly).result.rateHz).toBe(26);
    expect(runScript(start({ mode: 'acc', rateHz: 104, mtu: 105 }), friendly).result.rateHz).toBe(104);
    expect(runScript(start({ mode: 'acc', mtu: 23 }), friendly).result.rateHz).toBe(13);
  });
});

it('stopping ends whichever subscription runs, and waits for no answer', () => {
  const { steps } = runScript(movesense.stop(), () => new Uint8Array());
  expect(steps.map((step) => (step.op === 'write' ? Buffer.from(step.bytes).toString('hex') : step.op))).toEqual([
    '0236',
    '0239',
    '0261',
  ]);
});

describe('the battery of a Movesense', () => {
  const absent = new PlumblineError('radio/refused', 'expected characteristic 2a19, found none of that id');
  const status = (answer: (bytes: Uint8Array) => Uint8Array | Error): object => {
    const script = movesense.readStatus?.();
    if (!script) throw new Error('expected a status script, found none');
    return runScript(script, ({ op, bytes }) => (op === 'read' ? absent : answer(bytes))).result;
  };

  it('is read from the battery service where there is one', () => {
    const script = movesense.readStatus?.();
    expect(script && runScript(script, () => Uint8Array.of(64)).result).toEqual({ batteryPct: 64 });
  });

  it('is asked for in its own protocol where there is none', () => {
    let asked = '';
    const found = status((bytes) => {
      asked = Buffer.from(bytes).toString('latin1');
      return Uint8Array.of(1, bytes[1], 0xc8, 0, 64);
    });
    expect(asked).toBe('\x04e/System/Energy/Level\0');
    expect(found).toEqual({ batteryPct: 64 });
  });

  it.each([
    ['400', (bytes: Uint8Array) => Uint8Array.of(1, bytes[1], 0x90, 1)],
    ['503', (bytes: Uint8Array) => Uint8Array.of(1, bytes[1], 0xf7, 1)],
    ['503 high byte first', (bytes: Uint8Array) => Uint8Array.of(1, bytes[1], 1, 0xf7)],
    ['200 without a level', (bytes: Uint8Array) => Uint8Array.of(1, bytes[1], 0xc8, 0)],
    ['nothing', () => timeout],
  ])('is not known when that is answered by %s', (_what, answer) => {
    expect(status(answer)).toEqual({});
  });

  it('that cannot be read because the link is gone is an error', () => {
    const script = movesense.readStatus?.();
    const closed = new PlumblineError('radio/closed', 'expected an open link, found it closed');
    expect(() => script && runScript(script, () => closed)).toThrow('found it closed');
  });
});

it('a status is read in both byte orders', () => {
  expect(statusOf(Uint8Array.of(1, 9, 0xc8, 0x00))).toBe(200);
  expect(statusOf(Uint8Array.of(1, 9, 0x01, 0xf4))).toBe(500);
  expect(statusOf(Uint8Array.of(1, 9))).toBeNaN();
});
