/** Two hours of two people as the record holds them, small enough to know every answer by heart. */
import type { ClinicalEvent, MotionEvent, MotionEventType } from '../../src/model/event.ts';
import type { DeviceHealth, JournalEntry, SeriesSecond } from '../../src/model/ports.ts';

/** A whole hour, so that clock hours are easy to count. */
export const START_MS = Date.UTC(2026, 2, 10, 8);
export const END_MS = START_MS + 2 * 3_600_000;
/** No data in these seconds, counted from the start. */
export const GAP = { fromS: 1_800, toS: 2_100 } as const;
/** Held angles of `p1`, seconds from the start; upright at 5° otherwise. */
export const HOLDS = [
  { fromS: 100, toS: 110, flexionDeg: 30 },
  { fromS: 200, toS: 220, flexionDeg: 50 },
  { fromS: 300, toS: 305, flexionDeg: 70 },
  { fromS: 400, toS: 403, flexionDeg: 95 },
  { fromS: 500, toS: 507, flexionDeg: -20 },
] as const;
/** Lying from here to the end: not exposure. */
export const LYING_FROM_S = 7_000;

/** `p1` is asked for; `p12` must never be seen with it though its name begins alike. */
export function seededDay(): JournalEntry[] {
  let position = 0;
  const entry = <T extends object>(fields: T): T & { position: number } => ({ position: ++position, ...fields });
  return [
    ...seconds('p1', 'chest', 0).map((second) => entry({ kind: 'series' as const, second })),
    ...seconds('p12', 'waist', 40).map((second) => entry({ kind: 'series' as const, second })),
    ...motionEvents().map(({ personId, event }) =>
      entry({
        kind: 'motionEvent' as const,
        stored: { personId, id: `${personId}.${event.id}`, site: 'chest', event },
      }),
    ),
    ...clinicalEvents().map((event) => entry({ kind: 'clinicalEvent' as const, event })),
    ...health().map(({ tMs, of }) => entry({ kind: 'health' as const, tMs, health: of })),
  ];
}

function seconds(personId: string, site: string, addedDeg: number): SeriesSecond[] {
  return Array.from({ length: (END_MS - START_MS) / 1_000 }, (_, s) => s)
    .filter((s) => s < GAP.fromS || s >= GAP.toS)
    .map((s) => {
      const flexionDeg = (HOLDS.find(({ fromS, toS }) => s >= fromS && s < toS)?.flexionDeg ?? 5) + addedDeg;
      return {
        personId,
        site,
        tMs: START_MS + 1_000 * s,
        values: {
          flexionDeg,
          flexionMaxDeg: flexionDeg + 2,
          lateralDeg: s % 600 === 0 ? -15 : 1,
          rotationDeg: s % 900 === 0 ? 25 : 0,
          inclinationDeg: Math.abs(flexionDeg),
          flexionRateMaxDps: s % 100 === 0 ? 80 : 5,
          movementG: 0.02,
          ...(site === 'chest'
            ? { spinalFlexionDeg: 0.4 * flexionDeg, spinalRotationDeg: s % 900 === 0 ? 15 : 0 }
            : {}),
        },
        activity: s >= LYING_FROM_S ? 'lying' : 'upright',
        coverage: 1,
      };
    });
}

function motionEvents(): { personId: string; event: MotionEvent }[] {
  const event = (
    type: MotionEventType,
    atS: number,
    durationS: number,
    fields: Record<string, number>,
  ): MotionEvent => {
    const startS = START_MS / 1_000 + atS;
    const endS = startS + durationS;
    return { id: `${type}-${startS * 1_000}`, type, startS, endS, decidedS: endS, confidence: 0.9, ...fields };
  };
  return [
    { personId: 'p1', event: event('forwardBend', 200, 20, { peakDeg: 52, peakRateDps: 60, durationS: 20 }) },
    { personId: 'p1', event: event('forwardBend', 300, 5, { peakDeg: 72, peakRateDps: 90, durationS: 5 }) },
    { personId: 'p1', event: event('forwardBend', 3_700, 4, { peakDeg: 40, peakRateDps: 50, durationS: 4 }) },
    { personId: 'p1', event: event('twist', 900, 2, { peakDeg: 25 }) },
    { personId: 'p1', event: event('gap', GAP.fromS, GAP.toS - GAP.fromS, {}) },
    { personId: 'p12', event: event('forwardBend', 250, 6, { peakDeg: 61, peakRateDps: 70, durationS: 6 }) },
  ];
}

function clinicalEvents(): ClinicalEvent[] {
  const event = (personId: string, atS: number, flexionDeg: number): ClinicalEvent => ({
    id: `${personId}.EV-BEND.${START_MS + 1_000 * atS}`,
    personId,
    ruleId: 'EV-BEND',
    kind: 'bend',
    severity: 'low',
    startMs: START_MS + 1_000 * atS,
    decidedMs: START_MS + 1_000 * (atS + 1),
    confidence: 0.9,
    text: 'You bent far forward. Next time bend your hips and knees and keep your back long.',
    values: { flexionDeg, limitDeg: 45 },
    because: 'flexAlertDeg 45 deg, value of tier T2',
  });
  return [event('p1', 201, 50), event('p1', 301, 70), event('p12', 251, 60)];
}

function health(): { tMs: number; of: DeviceHealth }[] {
  return ['p1', 'p12'].flatMap((personId) =>
    Array.from({ length: 120 }, (_, minute) => ({
      tMs: START_MS + 60_000 * minute,
      of: {
        personId,
        deviceId: `${personId}-sensor`,
        kind: 'plumbline-reference',
        state: 'streaming' as const,
        rssiDbm: -70,
        batteryPct: personId === 'p1' ? 80 - minute / 10 : 50,
        lossPct: 0.1,
        samples: 6_000 * minute,
        lostSamples: 6 * minute,
        repairedSamples: 3 * minute,
        reconnects: 0,
        clockResidualMs: 1.5,
      },
    })),
  );
}
