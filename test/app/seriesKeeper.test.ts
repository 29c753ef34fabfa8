import { describe, expect, it } from 'vitest';
import { SeriesKeeper } from '../../src/app/seriesKeeper.ts';
import type { DeviceHealth, OutboundMessage, RecordBatch, SeriesSecond } from '../../src/model/ports.ts';

const T0_MS = 1_786_000_000_000;
const HOUR_MS = 3_600_000;
const second = (tMs: number): SeriesSecond => ({
  personId: 'ada',
  site: 'chest',
  tMs,
  values: { flexionDeg: 10 },
  activity: 'standing',
  coverage: 1,
});
const health: DeviceHealth = {
  personId: 'ada',
  deviceId: 'chest-1',
  kind: 'wt901',
  state: 'streaming',
  samples: 0,
  lostSamples: 0,
  repairedSamples: 0,
  reconnects: 0,
};

function newKeeper() {
  const published: OutboundMessage[] = [];
  const stored: RecordBatch[] = [];
  const time = { nowMs: T0_MS };
  const keeper = new SeriesKeeper({
    store: (batch) => stored.push(batch),
    publishState: (message) => published.push(message),
    nowMs: () => time.nowMs,
    base: 'plumbline/v1',
  });
  return { keeper, published, stored, time };
}

describe('seconds of a gap that was stated before', () => {
  it('are stored, and told to nobody as the present', () => {
    const { keeper, published, stored } = newKeeper();
    keeper.onSecond(second(T0_MS));
    const toldBefore = published.length;
    keeper.onLateSecond(second(T0_MS - 30_000));
    keeper.flush();
    expect(published).toHaveLength(toldBefore);
    expect(stored.flatMap(({ series = [] }) => series.map(({ tMs }) => tMs - T0_MS))).toEqual([0, -30_000]);
  });
});

describe('posture and health once a minute', () => {
  it('go on at once when the clock of the host is set back by an hour', () => {
    const { keeper, published, stored, time } = newKeeper();
    const offsetsMs = [0, 30_000, 60_000, 61_000 - HOUR_MS, 91_000 - HOUR_MS, 121_000 - HOUR_MS];
    for (const offsetMs of offsetsMs) {
      time.nowMs = T0_MS + offsetMs;
      keeper.onSecond(second(time.nowMs));
      keeper.onHealth(health);
    }
    const toldAt = (level: string): number[] =>
      published
        .filter(({ topic }) => topic.includes(level))
        .map(({ payload }) => (JSON.parse(payload) as { t: number }).t - T0_MS);
    const due = [0, 60_000, 61_000 - HOUR_MS, 121_000 - HOUR_MS];
    expect(toldAt('/state/posture')).toEqual(due);
    expect(toldAt('/device/')).toEqual(due);
    expect(stored).toHaveLength(due.length);
  });
});
