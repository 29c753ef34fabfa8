/** How far the times of samples are from the truth, by wearable, crystal and radio. */
import { describe, expect, it } from 'vitest';
import { DeviceClock } from '../../src/devices/deviceClock.ts';
import { exchangeAt, packetsOf, percentile, type SimulatedLink, tickAt } from './simulatedClock.ts';

type Wearable = Pick<SimulatedLink, 'rateHz' | 'samplesPerPacket' | 'tickHz' | 'wrapTicks' | 'stampOf'> & { readonly exchanges?: boolean };
const WEARABLES: Readonly<Record<string, Wearable>> = {
  'Plumbline with time exchanges': { rateHz: 100, samplesPerPacket: 10, tickHz: 32_768, wrapTicks: 2 ** 32, exchanges: true },
  'Plumbline without': { rateHz: 100, samplesPerPacket: 10, tickHz: 32_768, wrapTicks: 2 ** 32 },
  'Movesense, whole milliseconds': { rateHz: 52, samplesPerPacket: 4, tickHz: 1000, wrapTicks: 2 ** 32 },
  'Xsens-like, microseconds': { rateHz: 60, samplesPerPacket: 1, tickHz: 1e6, wrapTicks: 2 ** 32 },
  'Polar-like, 36 samples stamped by the last': { rateHz: 52, samplesPerPacket: 36, tickHz: 1e9, wrapTicks: 2 ** 64, stampOf: 'last' },
};
const ARRIVALS: Readonly<Record<string, Pick<SimulatedLink, 'jitterMs' | 'intervalMs'>>> = {
  'uniform 30': { jitterMs: 30 },
  'events 15': { jitterMs: 3, intervalMs: 15 },
  'events 30': { jitterMs: 3, intervalMs: 30 },
  'events 48.75': { jitterMs: 3, intervalMs: 48.75 },
  'events 50': { jitterMs: 3, intervalMs: 50 },
};
function run(link: SimulatedLink & { exchanges?: boolean }, durationS: number, settledS: number) {
  const { tickHz, wrapTicks, stampOf = 'first' } = link;
  const clock = new DeviceClock({ tickHz, wrapTicks, stampOf, quantisationS: 1 / tickHz }, link.rateHz);
  clock.startEpoch('a');
  const errorsMs: number[] = [];
  let nextSyncS = 0;
  for (const packet of packetsOf(link, durationS)) {
    const atS = packet.trueS[0] - 1_700_000_000;
    if (link.exchanges && atS >= nextSyncS) {
      nextSyncS += 60;
      clock.exchange(exchangeAt(link, packet.trueS[0], (trueS) => tickAt(link, trueS)));
    }
    clock.observe(packet.index, packet.n, packet.tick, packet.arrivalMs);
    const tS = new Float64Array(packet.n);
    clock.stamp(packet.index, packet.n, tS);
    if (atS >= settledS) for (let i = 0; i < packet.n; i++) errorsMs.push((tS[i] - packet.trueS[i]) * 1000);
  }
  return { errorsMs, clock };
}
describe('x', () => {
  it('y', () => {
    for (const [name, w] of Object.entries(WEARABLES)) for (const [an, a] of Object.entries(ARRIVALS)) {
      const row = [100, 20, 3, 0, -100].map((driftPpm) => {
        const { errorsMs } = run({ ...w, ...a, driftPpm, seed: 5 + driftPpm, startTick: 12345 }, 1200, 60);
        return `${driftPpm}: ${percentile(errorsMs, 0.5).toFixed(1)} / ${percentile(errorsMs.map(Math.abs), 0.99).toFixed(1)}`;
      });
      console.log(name, '|', an, '|', row.join('   '));
    }
    expect(1).toBe(1);
  });
});
