import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { DeviceClock } from '../../src/devices/deviceClock.ts';
import { packetsOf, percentile, type SimulatedLink, tickAt } from './simulatedClock.ts';

const PLUMBLINE_CLOCK = { tickHz: 32_768, stampOf: 'first', wrapTicks: 2 ** 32, quantisationS: 1 / 32_768 } as const;
const MOVESENSE_CLOCK = { tickHz: 1000, stampOf: 'first', wrapTicks: 2 ** 32, quantisationS: 0.001 } as const;
const PLUMBLINE_LINK: SimulatedLink = {
  rateHz: 100,
  samplesPerPacket: 10,
  tickHz: 32_768,
  wrapTicks: 2 ** 32,
  driftPpm: 0,
  jitterMs: 30,
  seed: 1,
};

/** Runs the link through the clock; errors in ms of the samples after `settleS`, and whether time always rose. */
function run(clock: DeviceClock, link: SimulatedLink, durationS: number, settleS: number) {
  const errorsMs: number[] = [];
  let last = -Infinity;
  let rises = true;
  let first: number | undefined;
  for (const packet of packetsOf(link, durationS)) {
    clock.observe(packet.index, packet.n, packet.tick, packet.arrivalMs);
    const tS = new Float64Array(packet.n);
    clock.stamp(packet.index, packet.n, tS);
    first ??= packet.trueS[0];
    for (let i = 0; i < packet.n; i++) {
      if (!(tS[i] > last)) rises = false;
      last = tS[i];
      if (packet.trueS[i] - first >= settleS) errorsMs.push(Math.abs(tS[i] - packet.trueS[i]) * 1000);
    }
  }
  return { errorsMs, rises };
}

describe('sample times from the device clock', () => {
  it.each([-100, -20, 0, 50, 100])('a crystal %d ppm off and 30 ms of jitter leave at most 5 ms at p99', (driftPpm) => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    const { errorsMs, rises } = run(clock, { ...PLUMBLINE_LINK, driftPpm, seed: 10 + driftPpm }, 600, 30);
    expect(rises).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
    expect(clock.quality).toBe('good');
    // The device counts fast by driftPpm, so the host's seconds pass slower against it.
    expect(Math.abs(clock.driftPpm + driftPpm)).toBeLessThan(20);
  });

  it.each([
    [13, 1],
    [26, 2],
    [52, 4],
    [104, 8],
  ])('whole-millisecond stamps of %d Hz in packets of %d give even sample times', (rateHz, samplesPerPacket) => {
    const clock = new DeviceClock(MOVESENSE_CLOCK, rateHz);
    clock.startEpoch('');
    const link = { ...PLUMBLINE_LINK, rateHz, samplesPerPacket, tickHz: 1000, driftPpm: 80, seed: 4 };
    const { errorsMs, rises } = run(clock, link, 300, 60);
    expect(rises).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('a sensor 2 % slower than its name is followed', () => {
    const clock = new DeviceClock(MOVESENSE_CLOCK, 52);
    clock.startEpoch('');
    const { errorsMs } = run(
      clock,
      { ...PLUMBLINE_LINK, rateHz: 52 * 0.98, samplesPerPacket: 4, tickHz: 1000, seed: 5 },
      120,
      30,
    );
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('the first packet already has a usable time, and no later correction runs it backward', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    const { errorsMs, rises } = run(clock, { ...PLUMBLINE_LINK, jitterMs: 60, seed: 3 }, 20, 0);
    expect(rises).toBe(true);
    expect(Math.max(...errorsMs)).toBeLessThan(65);
  });

  it.each([
    ['32-bit ticks', PLUMBLINE_CLOCK, 32_768, 2 ** 32 - 32_768 * 30],
    ['32-bit milliseconds', MOVESENSE_CLOCK, 1000, 2 ** 32 - 30_000],
  ])('%s that wrap leave no trace', (_name, spec, tickHz, startTick) => {
    const clock = new DeviceClock(spec, 100);
    clock.startEpoch('a');
    const { errorsMs, rises } = run(clock, { ...PLUMBLINE_LINK, tickHz, startTick, driftPpm: 40, seed: 8 }, 120, 25);
    expect(rises).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('a silence longer than a wrap of the ticks is bridged by the host clock', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('boot-1');
    run(clock, PLUMBLINE_LINK, 60, 0);
    const silenceS = 40 * 3600;
    clock.startEpoch('boot-1');
    const later = { ...PLUMBLINE_LINK, startS: 1_700_000_000 + silenceS, seed: 2 };
    const { errorsMs, rises } = run(clock, { ...later, startTick: (silenceS * 32_768) % 2 ** 32 }, 120, 60);
    expect(rises).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('a reboot starts a new epoch and time goes on rising', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('boot-1');
    run(clock, { ...PLUMBLINE_LINK, startTick: 123_456_789 }, 60, 0);
    const before = new Float64Array(1);
    clock.stamp(6000, 1, before);
    clock.startEpoch('boot-2');
    const { errorsMs } = run(clock, { ...PLUMBLINE_LINK, startTick: 7, startS: 1_700_000_070, seed: 9 }, 120, 30);
    const after = new Float64Array(1);
    clock.stamp(12_000, 1, after);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
    expect(after[0]).toBeGreaterThan(before[0]);
  });

  it('a reboot that the device does not tell is noticed by its ticks', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('boot-1');
    run(clock, { ...PLUMBLINE_LINK, startTick: 123_456_789 }, 60, 0);
    clock.startEpoch('boot-1');
    const { errorsMs } = run(clock, { ...PLUMBLINE_LINK, startTick: 7, startS: 1_700_000_070, seed: 9 }, 60, 0);
    expect(Math.max(...errorsMs)).toBeLessThan(40);
  });

  it('bursts of late packets do not move the time', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    const random = seededRandom(77);
    const errorsMs: number[] = [];
    let stallUntilMs = 0;
    for (const packet of packetsOf({ ...PLUMBLINE_LINK, driftPpm: -60 }, 300)) {
      if (random() < 0.004) stallUntilMs = packet.arrivalMs + 3000;
      clock.observe(packet.index, packet.n, packet.tick, Math.max(packet.arrivalMs, stallUntilMs));
      const tS = new Float64Array(packet.n);
      clock.stamp(packet.index, packet.n, tS);
      if (packet.index > 6000) errorsMs.push(Math.abs(tS[0] - packet.trueS[0]) * 1000);
    }
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('seconds in which every packet is 22 ms late are doubted, because nothing arrives too early', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    const errorsMs: number[] = [];
    for (const packet of packetsOf({ ...PLUMBLINE_LINK, jitterMs: 5, driftPpm: 30 }, 300)) {
      const isBusy = packet.index % 1500 < 600;
      clock.observe(packet.index, packet.n, packet.tick, packet.arrivalMs + (isBusy ? 22 : 0));
      const tS = new Float64Array(packet.n);
      clock.stamp(packet.index, packet.n, tS);
      if (packet.index > 6000) errorsMs.push(Math.abs(tS[0] - packet.trueS[0]) * 1000);
    }
    expect(percentile(errorsMs, 0.99)).toBeLessThan(5);
  });

  it('time exchanges remove the delay that every packet has', () => {
    const link = { ...PLUMBLINE_LINK, driftPpm: 30, jitterMs: 10, seed: 6 };
    const errorWith = (exchanges: boolean): number => {
      const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
      clock.startEpoch('a');
      const errorsMs: number[] = [];
      for (const packet of packetsOf(link, 240)) {
        if (exchanges && packet.index % 6000 === 0) {
          const tick = tickAt(link, packet.trueS[0]);
          clock.exchange({ tick, hostMs: packet.trueS[0] * 1000, uncertaintyMs: 4 });
        }
        clock.observe(packet.index, packet.n, packet.tick, packet.arrivalMs + 25);
        const tS = new Float64Array(packet.n);
        clock.stamp(packet.index, packet.n, tS);
        if (packet.index > 12_000) errorsMs.push(Math.abs(tS[0] - packet.trueS[0]) * 1000);
      }
      return percentile(errorsMs, 0.99);
    };
    expect(errorWith(false)).toBeGreaterThan(20);
    expect(errorWith(true)).toBeLessThan(12);
  });

  it.each([3600, -3600, 20])('a host clock set by %d s starts a new epoch within 15 s', (stepS) => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    const notices: { notice: string; atS: number }[] = [];
    const errorsMs: number[] = [];
    for (const packet of packetsOf(PLUMBLINE_LINK, 120)) {
      const atS = packet.trueS[0] - 1_700_000_000;
      const shiftS = atS >= 60 ? stepS : 0;
      const notice = clock.observe(packet.index, packet.n, packet.tick, packet.arrivalMs + shiftS * 1000);
      if (notice !== 'ok') notices.push({ notice, atS });
      const tS = new Float64Array(packet.n);
      clock.stamp(packet.index, packet.n, tS);
      if (atS > 90) errorsMs.push(Math.abs(tS[0] - packet.trueS[0] - shiftS) * 1000);
    }
    expect(notices.map(({ notice }) => notice)).toEqual(['hostStepped']);
    expect(notices[0].atS).toBeLessThan(75);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(8);
  });

  it('a small correction of the host clock is worked in, never stepped backward', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    let last = -Infinity;
    let smallestStepS = Infinity;
    const errorsMs: number[] = [];
    for (const packet of packetsOf(PLUMBLINE_LINK, 200)) {
      const atS = packet.trueS[0] - 1_700_000_000;
      const shiftS = atS >= 60 ? -0.2 : 0;
      expect(clock.observe(packet.index, packet.n, packet.tick, packet.arrivalMs + shiftS * 1000)).toBe('ok');
      const tS = new Float64Array(packet.n);
      clock.stamp(packet.index, packet.n, tS);
      for (const t of tS) {
        smallestStepS = Math.min(smallestStepS, t - last);
        last = t;
      }
      if (atS > 150) errorsMs.push(Math.abs(tS[0] - packet.trueS[0] - shiftS) * 1000);
    }
    expect(smallestStepS).toBeGreaterThan(0.009);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(8);
  });

  it('one damaged stamp is ignored, because the sample index says where the packet belongs', () => {
    const clock = new DeviceClock(PLUMBLINE_CLOCK, 100);
    clock.startEpoch('a');
    const errorsMs: number[] = [];
    for (const packet of packetsOf(PLUMBLINE_LINK, 60)) {
      const tick = packet.index === 3000 ? 5 : packet.tick;
      expect(clock.observe(packet.index, packet.n, tick, packet.arrivalMs)).toBe('ok');
      const tS = new Float64Array(packet.n);
      clock.stamp(packet.index, packet.n, tS);
      if (packet.index >= 2900) errorsMs.push(Math.abs(tS[0] - packet.trueS[0]) * 1000);
    }
    expect(Math.max(...errorsMs)).toBeLessThan(6);
  });

  it('a device without a clock is timed by its arrivals, and says so', () => {
    const clock = new DeviceClock(undefined, 50);
    clock.startEpoch('');
    const link = { ...PLUMBLINE_LINK, rateHz: 50 * 1.01, samplesPerPacket: 1, seed: 12 };
    const { errorsMs, rises } = run(clock, link, 300, 120);
    expect(clock.quality).toBe('arrival');
    expect(rises).toBe(true);
    expect(percentile(errorsMs, 0.99)).toBeLessThan(8);
  });
});
