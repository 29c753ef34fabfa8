import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/model/verdict.ts';
import { clinicalEventOf } from '../../src/safety/clinicalEvent.ts';
import { type SilenceBefore, type SilentSensor, SilenceWatch } from '../../src/safety/silenceWatch.ts';
import { T0_S } from './verdicts.ts';

const STEP_S = 10;
const LOST: SilentSensor = { state: 'searching', lastSampleMs: 1000 * T0_S, sendsItself: false, isRadioOn: true };

class Silence {
  readonly verdicts: Verdict[] = [];
  readonly #watch = new SilenceWatch((verdict) => this.verdicts.push(verdict));
  nowMs = 1000 * T0_S;

  passes(forMin: number, sensor: Partial<SilentSensor> = {}): this {
    for (let s = 0; s < 60 * forMin; s += STEP_S) {
      this.nowMs += 1000 * STEP_S;
      this.#watch.pass(STEP_S, this.nowMs, { ...LOST, ...sensor });
    }
    return this;
  }

  resume(before: SilenceBefore): this {
    this.#watch.resume(before, this.nowMs);
    return this;
  }

  data(): this {
    this.#watch.onData(this.nowMs);
    return this;
  }

  get said(): string[] {
    return this.verdicts.map(({ phase, decidedS }) => `${phase} ${Math.round((decidedS - T0_S) / 60)}`);
  }
}

describe('EV-NODATA', () => {
  it('is said after 30 minutes, again after 2 and 24 hours, and no more', () => {
    expect(new Silence().passes(29.8).said).toEqual([]);
    expect(new Silence().passes(3 * 24 * 60).said).toEqual(['start 30', 'start 120', 'start 1440']);
  });

  it('is of medium severity, for people in plain words, and says where the data stay', () => {
    const [said] = new Silence().passes(30).verdicts;
    expect(said).toMatchObject({
      ruleId: 'EV-NODATA',
      kind: 'no-data',
      severity: 'medium',
      startS: T0_S,
      values: { silentMin: 30, stage: 'range' },
      text: 'We have lost your sensor. Is it charged, and near its receiver?',
      because:
        'No data for 30 minutes: the sensor is not heard: out of reach, switched off or empty. Falls cannot be seen; told after 30 minutes, source [D]',
    });
  });

  it.each([
    ['radio', { state: 'stopped' }],
    ['radio', { state: 'searching', isRadioOn: false }],
    ['range', { state: 'searching' }],
    ['sensor', { state: 'connecting' }],
    ['sensor', { state: 'silent' }],
    ['phone', { state: 'silent', sendsItself: true }],
    ['values', { state: 'streaming' }],
    ['values', { state: 'streaming', sendsItself: true }],
  ] as const)('tells the %s apart: %o', (stage, sensor) => {
    expect(new Silence().passes(30, sensor).verdicts[0].values['stage']).toBe(stage);
  });

  it('begins with the last sample, or where there was none with the watch', () => {
    const [never] = new Silence().passes(30, { lastSampleMs: undefined }).verdicts;
    expect(never.startS).toBe(T0_S);
    const [since] = new Silence().passes(30, { lastSampleMs: 1000 * (T0_S - 5) }).verdicts;
    expect(since.startS).toBe(T0_S - 5);
  });

  it('is over when data come, as the same event; the next silence is another one', () => {
    const silence = new Silence().passes(31).data().passes(29.8);
    expect(silence.said).toEqual(['start 30', 'end 31']);
    silence.passes(1, { lastSampleMs: 1000 * (T0_S + 1860) });
    expect(silence.said).toEqual(['start 30', 'end 31', 'start 61']);
    const ids = silence.verdicts.map((verdict) => clinicalEventOf('ada', verdict).id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('data now and then keep it away, however short', () => {
    const silence = new Silence();
    for (let i = 0; i < 100; i++) silence.passes(20).data();
    expect(silence.verdicts).toEqual([]);
  });

  it('a clock that is set in between neither raises nor hides it', () => {
    const silence = new Silence().passes(10);
    silence.nowMs += 86_400_000;
    expect(silence.passes(10).said).toEqual([]);
    silence.nowMs -= 2 * 86_400_000;
    expect(silence.passes(10).verdicts.map(({ phase }) => phase)).toEqual(['start']);
  });

  describe('after a restart of the service', () => {
    const LAST_MS = 1000 * T0_S;
    const restarted = (awayMin: number, saidMin?: number): Silence => {
      const silence = new Silence();
      silence.nowMs = LAST_MS + 60_000 * awayMin;
      const saidMs = saidMin === undefined ? undefined : LAST_MS + 60_000 * saidMin;
      return silence.resume({ lastDataMs: LAST_MS, saidMs });
    };

    it('counts what was silent before, however often the service is started', () => {
      expect(restarted(20).passes(9.8).said).toEqual([]);
      expect(restarted(20).passes(10).said).toEqual(['start 30']);
      expect(restarted(20).passes(10).verdicts[0].startS).toBe(T0_S);
    });

    it('gives the sensor two minutes to be found, however long the service was away', () => {
      expect(restarted(5000).passes(1.8).said).toEqual([]);
      expect(restarted(5000).passes(2).said).toEqual(['start 5002']);
      expect(restarted(5000).passes(1.8).data().passes(29).said).toEqual([]);
    });

    it.each([
      [40, 30, ['start 120', 'start 1440']],
      [130, 120, ['start 1440']],
      [1500, 1440, []],
      [200, 30, ['start 200', 'start 1440']],
    ])(
      'after %d min, said last at %d, the alert that stands is said again as if nothing had been',
      (away, said, expected) => {
        const silence = restarted(away, said).passes(3 * 24 * 60);
        expect(silence.said).toEqual(expected);
        expect(silence.data().verdicts.at(-1)?.phase).toBe('end');
      },
    );

    it('is over at once when data come', () => {
      expect(
        restarted(40, 30)
          .data()
          .verdicts.map(({ phase }) => phase),
      ).toEqual(['end']);
    });
  });
});
