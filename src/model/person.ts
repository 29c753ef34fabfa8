/** Who wears the sensor, where, and how it sits on them. A name never leaves the record and the local page. */
import type { Mount } from './frames.ts';

export const PLACEMENTS = ['chest', 'waist', 'lowerBack'] as const;
export type Placement = (typeof PLACEMENTS)[number];

export const TIERS = ['T1', 'T2', 'T3'] as const;
/** Fracture tier, clinical specification 2.2: T1 low, T2 moderate, T3 high. */
export type Tier = (typeof TIERS)[number];

/** `[a-z0-9-]`, what MQTT and InfluxDB see. */
export const PERSON_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export interface LimitOverride {
  readonly key: string;
  readonly value: number;
  readonly reason: string;
  readonly by: string;
}

export interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly tier: Tier;
  readonly overrides: readonly LimitOverride[];
}

/** How the sensor sits on the body: mount and the upright of this wear. */
export interface Calibration {
  /** Segment axes in sensor axes. */
  readonly mount: Mount;
  /** Up in the segment frame while this person stands upright, unit vector; absent: straight along +Y. */
  readonly neutralUp?: readonly [number, number, number];
  /** `neutralUp` of the first day with this mount: what later wears are compared with. */
  readonly firstNeutralUp?: readonly [number, number, number];
  /** `neutralUp` minus this is the stance at the wall: how much the wearer sinks when relaxed, forward positive, degrees. */
  readonly relaxedOffsetDeg?: number;
  /**
   * How it was found: `stated`, `guidedStance`, `autoStance` (standing still after walking), `walking` (the mount corrected from
   * walking), `fromData`, `mountFromData`, `default`.
   */
  readonly method: string;
  /** 0..1 */
  readonly confidence: number;
}
