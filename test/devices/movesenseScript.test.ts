/** The start script of Movesense against answers that are lost, late, swapped or a refusal. */
import { describe, expect, it } from 'vitest';
import { movesense, statusOf } from '../../src/devices/movesense.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { runScript } from './runScript.ts';

const HELLO = 0;
const SUBSCRIBE = 1;
const timeout = new PlumblineError('radio/timeout', 'expected an answer, found none');
const OK = (reference: number): Uint8Array => Uint8Array.of(1, reference, 0xc8, 0);
const HELLO_ANSWER = Uint8Array.from([1, 0x64, 1, ...Buffer.from('123456789012\0HR2\0aa:bb\0GSP\x002.3.1\0')]);

const start = (changes: { rateHz?: number; mtu?: number } = {}) =>
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

  it('fails when nothing at all answers to the subscription', () => {
    expect(() => runScript(start(), () => timeout)).toThrow('expected an answer, found none');
  });

  it('asks only for packets that the link can carry whole', () => {
    expect(runScript(start({ mtu: 100 }), friendly).result.rateHz).toBe(26);
    expect(runScript(start({ rateHz: 104, mtu: 158 }), friendly).result.rateHz).toBe(104);
    expect(() => runScript(start({ mtu: 23 }), friendly)).toThrow('expected an MTU of at least 33');
  });
});

it('a status is read in both byte orders', () => {
  expect(statusOf(Uint8Array.of(1, 9, 0xc8, 0x00))).toBe(200);
  expect(statusOf(Uint8Array.of(1, 9, 0x01, 0xf4))).toBe(500);
  expect(statusOf(Uint8Array.of(1, 9))).toBeNaN();
});
