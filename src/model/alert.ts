/** An alert: a clinical event that stays until a person has seen it. */
import type { Severity } from './event.ts';

export interface Alert {
  /** The id of the clinical event that raised it. */
  readonly id: string;
  readonly personId: string;
  readonly kind: string;
  readonly ruleId: string;
  readonly severity: Severity;
  readonly text: string;
  readonly because: string;
  /** The condition holds right now. */
  readonly active: boolean;
  /** Unix ms, when it was raised and when it last happened. */
  readonly raisedMs: number;
  readonly lastMs: number;
  /** How often it happened since it was raised. */
  readonly count: number;
  readonly acknowledged?: { readonly by: string; readonly atMs: number };
  /** Set once it is acknowledged and the condition is over. */
  readonly closedMs?: number;
}

/** A latched alert is ON for the outside until it is closed. */
export const isOpen = (alert: Alert): boolean => alert.closedMs === undefined;
