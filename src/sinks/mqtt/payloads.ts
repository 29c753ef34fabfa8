/**
 * The shapes of everything that Plumbline says over MQTT: the public contract, as zod schemas.
 *
 * The JSON carries everything, because MQTT 3.1.1 has neither message expiry nor properties. Times are Unix milliseconds.
 * Objects may grow new keys within a schema number; a key that changes its meaning gets a new number.
 * People appear as pseudonyms `[a-z0-9-]` only, never by name.
 */
import { z } from 'zod';
import { SEVERITIES } from '../../model/event.ts';

const timeMs = z.number().int().positive();
const severity = z.enum(SEVERITIES);

/** `_svc/status`, retained; `offline` is also the last will. */
export const statusPayload = z.object({
  schema: z.literal('plumbline.status/1'),
  state: z.enum(['online', 'offline']),
  /** Absent in the last will, which the broker sends when the connection is lost. */
  t: timeMs.optional(),
  text: z.string().min(1),
});
export type StatusPayload = z.infer<typeof statusPayload>;

/** `<pid>/event`, not retained: what happened, what it means and why. */
export const eventPayload = z.object({
  schema: z.literal('plumbline.event/1'),
  /** A receiver drops a second message with the same id. */
  id: z.string().min(1),
  /** The rule in the clinical catalogue, `EV-…`. */
  event_type: z.string().min(1),
  kind: z.string().min(1),
  severity,
  /** When it was decided. */
  t: timeMs,
  /** When it began. */
  start: timeMs,
  confidence: z.number().min(0).max(1),
  text: z.string().min(1),
  because: z.string(),
  /** Units are in the names: `flexionDeg`, `limitDeg`, `heldS`. */
  values: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Nobody wants it any more after this moment. */
  expires_at: timeMs,
});
export type EventPayload = z.infer<typeof eventPayload>;

/** `<pid>/state/alert/<kind>`, retained: ON until it is acknowledged and over. */
export const alertStatePayload = z.object({
  schema: z.literal('plumbline.alert/1'),
  state: z.enum(['ON', 'OFF']),
  alert_id: z.string().min(1),
  event_type: z.string().min(1),
  kind: z.string().min(1),
  severity,
  /** When it was raised. */
  since: timeMs,
  /** When it last happened. */
  last: timeMs,
  /** How often since it was raised. */
  count: z.number().int().positive(),
  /** The condition holds right now. */
  active: z.boolean(),
  ack: z.object({ by: z.string().min(1), at: timeMs }).nullable(),
  text: z.string().min(1),
  because: z.string(),
});
export type AlertStatePayload = z.infer<typeof alertStatePayload>;

/** `<pid>/state/posture`, retained, about once a minute. */
export const posturePayload = z.object({
  schema: z.literal('plumbline.posture/1'),
  t: timeMs,
  site: z.string().min(1),
  /** `lying`, `reclined`, `sitting`, `standing`, `walking`, `unknown`. */
  activity: z.string().min(1),
  /** Share of the second that was covered by samples, 0..1. */
  coverage: z.number().min(0).max(1),
  /** By metric id; units are in the names. A metric that could not be measured is absent. */
  values: z.record(z.string(), z.number()),
  expires_at: timeMs,
});
export type PosturePayload = z.infer<typeof posturePayload>;

/** `<pid>/device/<dev>/health`, retained. */
export const deviceHealthPayload = z.object({
  schema: z.literal('plumbline.device/1'),
  t: timeMs,
  device: z.string().min(1),
  model: z.string(),
  state: z.enum(['searching', 'connecting', 'streaming', 'silent', 'stopped']),
  sees: z
    .object({ falls: z.boolean(), sway: z.enum(['full', 'timeDomain', 'none']), rotation: z.boolean() })
    .optional(),
  calibration: z
    .object({ method: z.string(), confidence: z.number().min(0).max(1), isWornDifferently: z.boolean() })
    .optional(),
  timeQuality: z.enum(['settling', 'good', 'poor', 'arrival']).optional(),
  batteryPct: z.number().optional(),
  rssiDbm: z.number().optional(),
  lossPct: z.number().optional(),
  clockResidualMs: z.number().optional(),
  samples: z.number(),
  lostSamples: z.number(),
  repairedSamples: z.number(),
  reconnects: z.number(),
  lastSampleMs: z.number().optional(),
  lastReason: z.string().optional(),
  lastLostMs: z.number().optional(),
  placement: z.string().optional(),
  identity: z
    .object({
      model: z.string().optional(),
      serial: z.string().optional(),
      firmware: z.string().optional(),
      hardware: z.string().optional(),
    })
    .optional(),
  problem: z.string().optional(),
});
export type DeviceHealthPayload = z.infer<typeof deviceHealthPayload>;

/** `<pid>/ack/<alert_id>`, from a caregiver to Plumbline: who has seen it. Printable, no control characters. */
export const acknowledgePayload = z.object({
  by: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'expected printable characters'),
});
