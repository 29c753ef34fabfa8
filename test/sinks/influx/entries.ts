/** Rows of a record, as tests need them. */
import type { ClinicalEvent, MotionEvent } from '../../../src/model/event.ts';
import type { DeviceHealth, JournalEntry, SeriesSecond } from '../../../src/model/ports.ts';

/** A whole second not long ago, so that no retention drops it. */
export const START_MS = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

export function second(position: number, changes: Partial<SeriesSecond> = {}): JournalEntry {
  return {
    position,
    kind: 'series',
    second: {
      personId: 'p1',
      site: 'chest',
      tMs: START_MS + position * 1000,
      values: { flexionDeg: 10 + position / 8, lateralDeg: -1.5 },
      activity: 'standing',
      coverage: 1,
      ...changes,
    },
  };
}

export function motionEvent(position: number, changes: Partial<MotionEvent> = {}): JournalEntry {
  const type = changes.type ?? 'forwardBend';
  const startS = START_MS / 1000 + position;
  const event: MotionEvent = {
    id: `${type}-${startS * 1000}`,
    type,
    startS,
    endS: startS + 2.5,
    decidedS: startS + 2.6,
    confidence: 0.9,
    peakDeg: 61.5,
    peakRateDps: 80,
    ...changes,
  };
  return { position, kind: 'motionEvent', stored: { personId: 'p1', id: `p1.${event.id}`, site: 'chest', event } };
}

export function clinicalEvent(position: number, changes: Partial<ClinicalEvent> = {}): JournalEntry {
  const startMs = START_MS + position * 1000;
  const ruleId = changes.ruleId ?? 'EV-BEND';
  return {
    position,
    kind: 'clinicalEvent',
    event: {
      id: `p1.${ruleId}.${startMs}`,
      personId: 'p1',
      ruleId,
      kind: 'bend',
      severity: 'low',
      startMs,
      decidedMs: startMs + 1000,
      confidence: 0.8,
      text: 'You bent far forward.',
      values: { peakDeg: 61.5, peakRateDps: 80, heldS: 1.2 },
      because: 'Your limit is 45°.',
      ...changes,
    },
  };
}

export function health(position: number, changes: Partial<DeviceHealth> = {}): JournalEntry {
  return {
    position,
    kind: 'health',
    tMs: START_MS + position * 1000,
    health: {
      personId: 'p1',
      deviceId: 'aa:bb:cc:dd:ee:ff',
      kind: 'plumbline-reference',
      state: 'streaming',
      rssiDbm: -61,
      batteryPct: 88,
      samples: 1000,
      lostSamples: 3,
      repairedSamples: 2,
      reconnects: 1,
      ...changes,
    },
  };
}
