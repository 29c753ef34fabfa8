import { expect, it } from 'vitest';
import type { ImuPacket } from '../../src/devices/define.ts';
import { LeapGuard } from '../../src/devices/leapGuard.ts';
import { plumblineReference } from '../../src/devices/plumblineReference.ts';

const RATE_HZ = 100;
const TICK_HZ = 32_768;

function packetAt(tS: number): ImuPacket {
  return {
    n: 10,
    tick: (tS * TICK_HZ) % 2 ** 32,
    sequence: undefined,
    firstSampleIndex: (tS * RATE_HZ) % 2 ** 32,
    accMps2: new Float64Array(30),
    gyrRadps: undefined,
    flags: new Uint8Array(10),
    backfilled: false,
    overrunBefore: false,
    timeBaseReset: false,
  };
}

it.each([1, 30, 40, 80])('a device that was away for %d h and has counted on is believed at once', (hours) => {
  const guard = new LeapGuard(RATE_HZ, plumblineReference.clock);
  const verdictAt = (tS: number): string =>
    guard.judge({ packet: packetAt(tS), index: tS * RATE_HZ, arrivalMs: tS * 1000 }).verdict;
  expect(verdictAt(10)).toBe('plausible');
  expect(verdictAt(10 + 3600 * hours)).toBe('plausible');
});
