/** `day.json`: what a day (or the whole recording, when its calendar is not known) adds up to. */
import type { MotionEvent, MotionEventType } from '../model/event.ts';
import type { Placement } from '../model/person.ts';
import { type ImpactBand, impactBandOf, type SecondSummary } from '../motion/index.ts';
import { RestingLean } from './restingLean.ts';

/** Upper edges of the flexion bands, degrees; signal specification 2.5. */
const BAND_EDGES_DEG = [-10, 20, 45, 60, 90] as const;
const BAND_NAMES = ['below-10', '-10to20', '20to45', '45to60', '60to90', 'above90'] as const;
/** Flexion beyond this adds to the dose; clinical specification 2.3 `flexDoseDegMin`. */
const DOSE_FROM_DEG = 20;

/** 2001-09-09. No recording lasts that long, so a time beyond it is Unix time. */
const FIRST_UNIX_S = 1e9;

interface Day {
  day: string;
  coveredS: number;
  uprightS: number;
  walkingS: number;
  lyingS: number;
  reclinedS: number;
  flexionBandS: Record<(typeof BAND_NAMES)[number], number>;
  flexionDoseDegMin: number;
  bends: number;
  /** Upright impacts by band, g above one g: low 0.5-1.0, medium 1.0-1.5, high 1.5 and more. */
  impacts: Record<ImpactBand, number>;
  /** The bands were made at the waist: from elsewhere they are counts without a calibration. */
  impactsCalibrated: boolean;
  /** How many of each movement; impacts stand above. */
  movements: Partial<Record<MotionEventType, number>>;
  restingLean: RestingLean;
}

export class DaySummaries {
  readonly #days = new Map<string, Day>();
  readonly #utcStartS: number;

  readonly #impactsCalibrated: boolean;

  /** @param utcStart ISO time of the recording's zero, where known */
  constructor(utcStart: string | undefined, placement: Placement) {
    this.#impactsCalibrated = placement !== 'chest';
    this.#utcStartS = utcStart === undefined ? 0 : Date.parse(utcStart) / 1000;
  }

  addSecond(second: SecondSummary): void {
    const day = this.#day(second.secondS);
    const { flexionDeg } = second.values;
    day.coveredS += second.coverage;
    day.restingLean.addSecond(second, Math.floor((this.#utcStartS + second.secondS) / 3600) % 24);
    if (second.activity === 'upright' || second.activity === 'walking') day.uprightS += second.coverage;
    if (second.activity === 'walking') day.walkingS += second.coverage;
    if (second.activity === 'lying') day.lyingS += second.coverage;
    if (second.activity === 'reclined') day.reclinedS += second.coverage;
    if (flexionDeg === undefined || second.activity === 'lying') return;
    const band = BAND_EDGES_DEG.findIndex((edge) => flexionDeg < edge);
    day.flexionBandS[BAND_NAMES[band < 0 ? BAND_NAMES.length - 1 : band]] += second.coverage;
    day.flexionDoseDegMin += (Math.max(0, flexionDeg - DOSE_FROM_DEG) * second.coverage) / 60;
  }

  addEvent(event: MotionEvent): void {
    const { type, startS } = event;
    if (type === 'gap') return;
    const day = this.#day(startS);
    if (type === 'impact') day.impacts[impactBandOf(Number(event['peakG']))]++;
    else day.movements[type] = (day.movements[type] ?? 0) + 1;
    if (type === 'forwardBend') day.bends++;
  }

  toJson(): unknown[] {
    return [...this.#days.values()].map((day) => ({
      ...day,
      restingLean: day.restingLean.toJson(),
      bendsPerUprightHour: day.uprightS > 0 ? (day.bends * 3600) / day.uprightS : null,
    }));
  }

  #day(atS: number): Day {
    const utcS = this.#utcStartS + atS;
    const name = utcS < FIRST_UNIX_S ? 'whole recording' : new Date(utcS * 1000).toISOString().slice(0, 10);
    let day = this.#days.get(name);
    if (!day) {
      day = {
        day: name,
        coveredS: 0,
        uprightS: 0,
        walkingS: 0,
        lyingS: 0,
        reclinedS: 0,
        flexionBandS: { 'below-10': 0, '-10to20': 0, '20to45': 0, '45to60': 0, '60to90': 0, above90: 0 },
        flexionDoseDegMin: 0,
        bends: 0,
        impacts: { low: 0, medium: 0, high: 0 },
        impactsCalibrated: this.#impactsCalibrated,
        movements: {},
        restingLean: new RestingLean(),
      };
      this.#days.set(name, day);
    }
    return day;
  }
}
