/** What the server sends to the live page; both sides import these shapes. */
import type { Alert } from '../model/alert.ts';
import type { ClinicalEvent } from '../model/event.ts';
import type { DeviceHealth, LiveMessage, ServiceView, StageHealth, StoredMotionEvent } from '../model/ports.ts';

export type AnglesMessage = Extract<LiveMessage, { type: 'angles' }>;
export type PersonView = ReturnType<ServiceView['people']>[number];

/** The last minute of one sensor: point i was at `startMs + afterMs[i]`. */
export interface TrailView {
  readonly personId: string;
  readonly site: string;
  readonly startMs: number;
  readonly afterMs: readonly number[];
  readonly flexionDeg: readonly number[];
}

/** First message of every connection: everything that the page shows. Lists are newest first. */
export interface Snapshot {
  /** The service's clock, Unix ms. */
  readonly serverMs: number;
  /** Messages after `Last-Event-ID` follow; false: they are no longer held, the lists below are what there is. */
  readonly resumed: boolean;
  readonly people: readonly PersonView[];
  readonly devices: readonly DeviceHealth[];
  readonly stages: readonly StageHealth[];
  readonly openAlerts: readonly Alert[];
  readonly motionEvents: readonly StoredMotionEvent[];
  readonly clinicalEvents: readonly ClinicalEvent[];
  /** Latest per person and site. */
  readonly angles: readonly AnglesMessage[];
  /** Empty where a page would show more than 50 people at once. */
  readonly trails: readonly TrailView[];
}

/** Names of the server-sent events and what each carries. */
export interface LiveEvents {
  readonly snapshot: Snapshot;
  readonly angles: AnglesMessage;
  readonly motionEvent: StoredMotionEvent;
  readonly clinicalEvent: ClinicalEvent;
  readonly alert: Alert;
  readonly device: DeviceHealth;
  readonly people: readonly PersonView[];
  readonly stages: readonly StageHealth[];
  /** Sent in silence too, so that a page can tell a quiet service from a dead link. */
  readonly beat: { readonly serverMs: number };
}
export type LiveEventName = keyof LiveEvents;

/** A page that has heard nothing for this long treats the link as lost. Beats come every `BEAT_MS`. */
export const LINK_LOST_MS = 12_000;
export const BEAT_MS = 5_000;
