import { beforeEach, describe, expect, it } from 'vitest';
import { PairedRecorder } from '../../../src/app/recording/pairedRecorder.ts';
import { Recorder } from '../../../src/app/recording/recorder.ts';
import { recordingSummary } from '../../../src/app/recording/recordingSummary.ts';
import { emptyBlock, type ImuBlock } from '../../../src/model/block.ts';

const RATE_HZ = 100;
const SUBJECT = {
  personId: 'anna',
  device: 'plumbline',
  placement: 'chest',
  mount: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  gyroTiming: 'integratesBackward',
} as const;
const START_S = 1_786_000_000;

function blockAt(startS: number, n: number, rateHz = RATE_HZ): ImuBlock {
  const block = emptyBlock(n, rateHz, true);
  for (let i = 0; i < n; i++) block.tS[i] = START_S + startS + i / rateHz;
  block.accMps2.fill(1);
  return block;
}

const GAP = { startS: START_S + 0.99, endS: START_S + 3, missingSamples: 200, reason: 'radioLoss' } as const;

describe('two wearables in one recording', () => {
  let written: string[];
  let recorder: Recorder;
  let paired: PairedRecorder;
  const timeOf = (tS: number): string => tS.toFixed(2);
  beforeEach(() => {
    written = [];
    const sink = {
      begin: () => undefined,
      blocks: ({ main, pelvis }: { main: ImuBlock; pelvis: ImuBlock | undefined }) => {
        const there = pelvis && !Number.isNaN(pelvis.accMps2[0]) ? 'both' : 'main';
        written.push(`${there} ${timeOf(main.tS[0])}–${timeOf(main.tS[main.n - 1])}`);
      },
      note: (note: { kind: string; sensor: string }) => void written.push(`${note.kind} ${note.sensor}`),
      late: ({ tS, n }: ImuBlock) => written.push(`late ${timeOf(tS[0])}–${timeOf(tS[n - 1])}`) > 0,
    };
    const pelvis = { ...SUBJECT, placement: 'lowerBack', hasGyroscope: true } as const;
    recorder = new Recorder(SUBJECT, sink, { durationS: undefined, onEnd: () => undefined, pelvis });
    paired = new PairedRecorder(recorder, { rateHz: RATE_HZ, hasGyroscope: true });
  });

  it('a gap, and what comes late for it, stand behind the samples that waited for the second one', () => {
    paired.onMainBlock(blockAt(0, 100));
    paired.onMainGap(GAP);
    paired.onMainBlock(blockAt(3, 100));
    paired.onMainLate(blockAt(1, 200));
    expect(written).toEqual([]);
    paired.onSecondBlock(blockAt(0, 410));
    expect(written).toEqual(['both 0.00–0.99', 'gap main', 'both 3.00–3.99', 'late 1.00–2.99']);
    expect(recorder).toMatchObject({ samples: 200, gaps: 1, lostSamples: 200, late: { written: 200, leftOut: 0 } });
  });

  it('the first one waits four seconds for a second one that is not there, no longer', () => {
    for (let s = 0; s < 6; s++) paired.onMainBlock(blockAt(s, 100));
    expect(recorder.lengthS).toBeCloseTo(1.99, 6);
    paired.flush();
    expect(recorder).toMatchObject({ samples: 600, pelvis: { missing: 600, gaps: 0, lateLeftOut: 0 } });
    expect(paired.secondSamples).toBe(0);
  });

  it('a second one that comes back at another rate goes on', () => {
    paired.onMainBlock(blockAt(0, 100));
    paired.onSecondBlock(blockAt(0, 110));
    paired.onSecondBlock(blockAt(1, 60, 50));
    paired.onMainBlock(blockAt(1, 100));
    expect(written.filter((line) => line.startsWith('both')).length).toBe(written.length);
    expect(recorder.pelvis.missing).toBe(0);
  });

  it('what comes late for the second one is left out, and the last line says so', () => {
    paired.onMainBlock(blockAt(0, 100));
    paired.onSecondBlock(blockAt(0, 50));
    recorder.onPelvisLate(blockAt(0.5, 20));
    paired.flush();
    expect(recordingSummary('x.mcap', recorder, 'lowerBack')).toBe(
      'x.mcap: 100 samples in 1.0 s at 100 Hz, 0 lost (0.0 %), 0 gaps; lowerBack: 50 missing (50.0 %), 0 gaps, 20 samples came late and are left out',
    );
  });
});
