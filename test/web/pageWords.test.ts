import { describe, expect, it } from 'vitest';
import type { MotionEvent } from '../../src/model/event.ts';
import type { StoredMotionEvent } from '../../src/model/ports.ts';
import { AngleTrack } from '../../src/web/page/live/angleTrack.ts';
import { lastMinute, tableRows } from '../../src/web/page/live/lastMinute.ts';
import { chartSentence } from '../../src/web/page/words/chartWords.ts';
import { eventRows } from '../../src/web/page/words/eventWords.ts';
import { limitSentence } from '../../src/web/page/words/limitWords.ts';
import { bendLimits, postureSentence, postureWords, sidewaysWords } from '../../src/web/page/words/postureWords.ts';
import {
  blindWords,
  clockWords,
  fitWords,
  identityWords,
  interruptionWords,
  lossWords,
  placementWords,
  reconnectWords,
  signalWords,
  silenceWords,
  troubleWords,
} from '../../src/web/page/words/sensorWords.ts';
import { agoWords, durationWords } from '../../src/web/page/words/timeWords.ts';
import type { AnglesMessage } from '../../src/web/wire.ts';
import { bendStored, bendVerdict, sensorHealth, T2_LIMITS } from '../fakes/scriptedView.ts';

const LIMITS = bendLimits({ id: 'anna', displayName: 'Anna', tier: 'T2', limits: T2_LIMITS });
const at = (flexionDeg: number, more: Partial<AnglesMessage> = {}): AnglesMessage => ({
  type: 'angles',
  personId: 'anna',
  site: 'chest',
  tMs: 0,
  flexionDeg,
  lateralDeg: 0,
  rotationDeg: 0,
  inclinationDeg: Math.abs(flexionDeg),
  posture: 'standing',
  ...more,
});
const said = (angles: AnglesMessage): string => postureSentence(postureWords(angles, LIMITS));

describe('the posture sentence', () => {
  it.each([
    [0, 'Upright'],
    [9.9, 'Upright'],
    [10, 'Bent forward 10°'],
    [29.9, 'Bent forward 29°'],
    [30, 'Bent forward 30°, in the caution zone'],
    [44.99, 'Bent forward 44°, in the caution zone'],
    [45, 'Bent forward 45°, past the limit of 45°'],
    [47.9, 'Bent forward 47°, past the limit of 45°'],
    [-9.9, 'Upright'],
    [-15, 'Leaning back 15°'],
  ])('%s deg reads "%s"', (deg, sentence) => {
    expect(said(at(deg))).toBe(sentence);
  });

  it('never shows a limit as reached before it is', () => {
    expect(postureWords(at(44.999), LIMITS)).toMatchObject({ zone: 'caution', shownDeg: 44 });
  });

  it.each([
    [at(3, { lateralDeg: 14.2 }), 'Leaning right 14°'],
    [at(3, { lateralDeg: -14.2 }), 'Leaning left 14°'],
    [at(2, { posture: 'sitting' }), 'Sitting upright'],
    [at(2, { posture: 'walking' }), 'Walking upright'],
    [at(88, { posture: 'lying' }), 'Lying down'],
    [at(-40, { posture: 'reclined' }), 'Reclined'],
  ])('says what the trunk does: %#', (angles, sentence) => {
    expect(said(angles)).toBe(sentence);
  });

  it('without limits it makes no claim about them', () => {
    const none = { cautionDeg: undefined, limitDeg: undefined };
    expect(postureWords(at(70), none)).toMatchObject({ zone: 'within', against: '' });
  });

  it('sideways is named by the wearer’s side', () => {
    expect([sidewaysWords(1), sidewaysWords(8.7), sidewaysWords(-8.7)]).toEqual([
      'Not leaning sideways',
      '8° to the right',
      '8° to the left',
    ]);
  });

  it('a limit names its meaning and unit', () => {
    expect(T2_LIMITS.map(limitSentence)).toEqual([
      'The caution zone begins at 30°',
      'Too far forward from 45°',
      'A bend counts after 1 s',
    ]);
  });
});

describe('the last minute', () => {
  /** 10 Hz from `fromS` to `toS`. */
  function track(parts: readonly (readonly [fromS: number, toS: number, deg: number])[]): AngleTrack {
    let made: AngleTrack | undefined;
    for (const [fromS, toS, deg] of parts) {
      for (let i = Math.round(fromS * 10); i < Math.round(toS * 10); i++) {
        const message = at(deg, { tMs: i * 100 });
        if (made) made.push(message, message.tMs);
        else made = new AngleTrack(message, message.tMs);
      }
    }
    return made as AngleTrack;
  }

  it('keeps one minute', () => {
    const { agoS } = track([[0, 200, 5]]).points(199_900);
    expect(agoS[0]).toBeCloseTo(-60, 6);
    expect(agoS).toHaveLength(601);
  });

  it('a hole in the data is a gap in the line and in the words', () => {
    const bent = track([
      [0, 20, 5],
      [20, 23, 50],
      [27, 40, 5],
    ]);
    const points = bent.points(39_900);
    expect(points.flexionDeg.filter((deg) => deg === null)).toHaveLength(1);
    const minute = lastMinute(points, 45);
    expect(minute).toMatchObject({ highestDeg: 50, gaps: 1 });
    expect(minute?.pastLimitS).toBeCloseTo(2.9, 6);
    expect(minute?.gapS).toBeCloseTo(4.1, 2);
    expect(chartSentence(minute, 45)).toBe(
      'Furthest forward 50°, 20 s ago; 2.9 s past the limit; 1 gap without data, 4.1 s.',
    );
  });

  it('silence is a gap that grows, and never more of the last angle', () => {
    const points = track([[0, 20, 50]]).points(29_900);
    expect(points.agoS.at(-1)).toBeCloseTo(-10, 6);
    expect(lastMinute(points, 45)).toMatchObject({ gaps: 1 });
    expect(lastMinute(points, 45)?.pastLimitS).toBeCloseTo(19.9, 6);
  });

  it('as a table it says where there is no data', () => {
    const rows = tableRows(track([[0, 15, 5]]).points(14_900));
    expect(rows.map(({ meanDeg }) => meanDeg)).toEqual([5, 5, undefined, undefined, undefined, undefined]);
  });

  it('is taken over from the service when the page opens', () => {
    const opened = new AngleTrack(at(7, { tMs: 20_000 }), 20_000);
    const trail = { personId: 'anna', site: 'chest', startMs: 0, afterMs: [0, 200, 400], flexionDeg: [1, 2, 3] };
    opened.restore(trail);
    expect(opened.points(20_000).flexionDeg).toEqual([1, 2, 3, null, 7]);
  });

  it('begins anew when the samples do', () => {
    const replayed = track([[100, 120, 5]]);
    replayed.push(at(9, { tMs: 1000 }), 121_000);
    expect(replayed.points(121_000).flexionDeg).toEqual([9]);
  });

  it('a minute without samples is said so', () => {
    expect(chartSentence(lastMinute({ agoS: [], flexionDeg: [] }, 45), 45)).toBe('No data in the last minute.');
  });
});

describe('events in words', () => {
  const motion = (event: Partial<MotionEvent> & Pick<MotionEvent, 'type'>): StoredMotionEvent => ({
    personId: 'anna',
    id: `anna.${event.type}`,
    site: 'chest',
    event: { id: 'x', startS: 10, endS: 12, decidedS: 12, confidence: 1, ...event },
  });

  it('a bend and the verdicts about it are one row', () => {
    const hold = { ...bendVerdict(10_500, 48), id: 'hold', kind: 'bend-hold' };
    expect(eventRows([bendStored(11, 52.4, 4)], [bendVerdict(10_000, 47), hold])).toMatchObject([
      { words: 'Bent forward', depth: '52°', durationS: 4, verdicts: ['past the limit of 45°', 'held for long'] },
    ]);
  });

  it('until the bend is over the verdict stands alone', () => {
    expect(eventRows([], [bendVerdict(10_000, 47)])).toMatchObject([
      { words: 'Bent forward', depth: '47°', durationS: undefined, verdicts: ['past the limit of 45°'] },
    ]);
  });

  it('the verdict about another bend, or another person’s, stays apart', () => {
    expect(eventRows([bendStored(11, 52)], [bendVerdict(60_000, 47)])).toHaveLength(2);
    expect(eventRows([bendStored(11, 52)], [bendVerdict(10_500, 47, 'bert')])).toHaveLength(2);
  });

  it('a verdict about many bends is said in its own words', () => {
    const often = {
      ...bendVerdict(10_500, 47),
      kind: 'bend-rep',
      text: 'You have bent forward many times.',
      values: {},
    };
    expect(eventRows([bendStored(11, 52)], [often]).map(({ words }) => words)).toEqual([
      'You have bent forward many times.',
      'Bent forward',
    ]);
  });

  it.each([
    [motion({ type: 'twist', side: 'left', peakDeg: 41.9 }), 'Possible twist to the left', '41°'],
    [motion({ type: 'gaitBout', steps: 34 }), 'Walked 34 steps', undefined],
    [motion({ type: 'impact', peakG: 2.14 }), 'Firm impact', '2.1 g'],
    [motion({ type: 'gap', reason: 'x' }), 'No data from the sensor', undefined],
  ])('%#', (stored, words, depth) => {
    expect(eventRows([stored], [])).toMatchObject([{ words, depth }]);
  });

  it('turns and jerks are too many to list', () => {
    const many = [motion({ type: 'turn', angleDeg: 90 }), motion({ type: 'abruptFlexion', peakDeg: 12 })];
    expect(eventRows(many, [])).toEqual([]);
  });

  it.each([
    ['twist', { type: 'twist', side: 'left', peakDeg: 50 }, 'Possible twist to the left', 'past the limit of 45°'],
    [
      'bend-twist',
      { type: 'twist', side: 'left', peakDeg: 50 },
      'Possible twist to the left',
      'bent forward at the same time',
    ],
    ['side', { type: 'sideBend', side: 'right', peakDeg: 31 }, 'Leaned to the right', 'past the limit of 45°'],
    ['get-up', { type: 'getUp' }, 'Got up from lying', 'straight, not over the side'],
  ] as const)('the verdict %s belongs to its movement', (kind, movement, words, verdict) => {
    const clinical = { ...bendVerdict(10_000, 50), kind };
    expect(eventRows([motion(movement)], [clinical])).toMatchObject([{ words, verdicts: [verdict] }]);
  });

  it('what is only counted is not said where its movement is not listed', () => {
    expect(eventRows([], [{ ...bendVerdict(10_000, 50), kind: 'jerk', severity: 'none' }])).toEqual([]);
  });
});

describe('the sensor in words', () => {
  it('a signal strength is only shown while data comes', () => {
    expect(signalWords(sensorHealth({ rssiDbm: -58 }))).toBe('Good (-58 dBm)');
    expect(signalWords(sensorHealth({ rssiDbm: -90 }))).toBe('Weak (-90 dBm)');
    expect(signalWords(sensorHealth({ state: 'searching' }))).toBe('None right now');
  });

  it('loss is never rounded to none', () => {
    expect(lossWords(sensorHealth({ lossPct: 0.01 }))).toBe('Less than 0.1 %');
    expect(lossWords(sensorHealth({ lossPct: 0 }))).toBe('None, all repaired');
    expect(lossWords(sensorHealth({ lossPct: 0, timeQuality: 'arrival' }))).toBe('None noticed');
    expect(lossWords(sensorHealth({ lossPct: 0.31, timeQuality: 'arrival' }))).toBe('About 0.3 %');
  });

  it('the connection and the clock are told with their numbers', () => {
    expect(reconnectWords(sensorHealth({ reconnects: 0 }))).toBe('None since the start');
    expect(reconnectWords(sensorHealth({ reconnects: 1 }))).toBe('1 time since the start');
    expect(clockWords(sensorHealth({ clockResidualMs: 3.21 }))).toBe('Within 3.2 ms');
    expect(clockWords(sensorHealth())).toBe('Not known yet');
    const lost = sensorHealth({ lastReason: 'out of range (0x08)', lastLostMs: 0 });
    expect(interruptionWords(lost, 120_000)).toBe('Out of range (0x08), 2 minutes ago');
    expect(interruptionWords(sensorHealth(), 0)).toBe('None');
  });

  it('what a sensor cannot show is said, and only that', () => {
    expect(blindWords(sensorHealth({ sees: { falls: false, sway: 'none', rotation: true } }))).toBe('falls, balance');
    expect(blindWords(sensorHealth({ sees: { falls: true, sway: 'timeDomain', rotation: false } }))).toBe('turning');
    expect(blindWords(sensorHealth({ sees: { falls: true, sway: 'full', rotation: true } }))).toBeUndefined();
    expect(clockWords(sensorHealth({ clockResidualMs: 12.3, timeQuality: 'arrival' }))).toBe(
      'Within 12 ms, by when data arrives',
    );
  });

  it('says how surely it is known which way a sensor sits', () => {
    const fit = (method: string, confidence: number, isWornDifferently = false): string | undefined =>
      fitWords(sensorHealth({ calibration: { method, confidence, isWornDifferently } }));
    expect(fit('guidedStance', 0.92)).toBe('Sure (92 %), from a guided stance');
    expect(fit('autoStance', 0.5)).toBe('Fairly sure (50 %), from standing still after walking');
    expect(fit('default', 0.2)).toContain('a short walk and standing still will do');
    expect(fit('autoStance', 0.5, true)).toContain('Sits differently than before');
    expect(fitWords(sensorHealth({}))).toBeUndefined();
  });

  it('what the sensor says about itself is left out where it says nothing', () => {
    expect(identityWords(sensorHealth())).toBeUndefined();
    expect(identityWords(sensorHealth({ identity: { model: 'H10', firmware: '3.1' } }))).toBe('H10, firmware 3.1');
    expect(placementWords(sensorHealth({ placement: 'lowerBack' }))).toBe('Lower back sensor');
  });

  it('a reason becomes a sentence', () => {
    expect(troubleWords(sensorHealth({ state: 'silent', lastReason: 'the link was lost' }))).toBe('The link was lost.');
    expect(troubleWords(sensorHealth({ lastReason: 'the link was lost' }))).toBeUndefined();
  });

  it('three seconds without a sample are said at once', () => {
    const track = new AngleTrack(at(5), 0);
    expect(silenceWords(track, [], true, 2999)).toBeUndefined();
    expect(silenceWords(track, [], true, 3000)?.sentence).toBe('We cannot see falls right now');
    expect(silenceWords(track, [], false, 0)?.sentence).toBe('We cannot see falls right now');
    expect(silenceWords(undefined, [sensorHealth({ state: 'searching' })], true, 0)).toEqual({
      sentence: 'Waiting for the sensor…',
      reason: 'Looking for the sensor. We cannot see falls right now.',
    });
  });

  it('times are said as people do', () => {
    expect([durationWords(3.42), durationWords(48), durationWords(600)]).toEqual(['3.4 s', '48 s', '10 min']);
    expect([0, 12_000, 61_000, 7_300_000].map((agoMs) => agoWords(0, agoMs))).toEqual([
      'just now',
      '12 seconds ago',
      '1 minute ago',
      '2 hours ago',
    ]);
  });
});
