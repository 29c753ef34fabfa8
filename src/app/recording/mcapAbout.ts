/** What an MCAP recording says about itself: the attachment `recording.json`, which has a checksum of its own. */
import { z } from 'zod';
import { PlumblineError, messageOf } from '../../model/errors.ts';

export const ABOUT_NAME = 'recording.json';
export const ABOUT_MEDIA_TYPE = 'application/json';
/** Of MCAP's header: which conventions a file follows. */
export const PROFILE = 'plumbline';
/** A message spans at most so much; who looks for a time starts so much before it. */
export const LONGEST_MESSAGE_S = 10;

export const TOPICS = {
  imu: { main: '/main/imu', pelvis: '/pelvis/imu' },
  gap: { main: '/main/gap', pelvis: '/pelvis/gap' },
  /** What came after the samples around it had been written: their place is by time. */
  late: { main: '/main/late', pelvis: '/pelvis/late' },
  clock: { main: '/main/clock', pelvis: '/pelvis/clock' },
} as const;

const sensorSchema = z.object({ hasGyroscope: z.boolean(), hasFlags: z.boolean() });

const aboutSchema = z.object({
  format: z.literal('plumbline-recording/1'),
  software: z.string(),
  rateHz: z.number().positive(),
  /** Unix ms that `log_time` has where `t_s` is 0. */
  logTimeZeroMs: z.int(),
  sensors: z.object({ main: sensorSchema, pelvis: sensorSchema.optional() }),
  sidecar: z.record(z.string(), z.unknown()),
});
export type McapAbout = z.infer<typeof aboutSchema>;

export const aboutBytes = (about: McapAbout): Uint8Array => Buffer.from(JSON.stringify(about, null, 1));

/** @throws PlumblineError `recording/invalid` */
export function parseAbout(bytes: Uint8Array): McapAbout {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new PlumblineError('recording/invalid', `expected JSON in ${ABOUT_NAME}, found ${messageOf(error)}`);
  }
  const parsed = aboutSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PlumblineError(
    'recording/invalid',
    `${ABOUT_NAME}: ${issue.path.join('.')}: ${issue.message}, found something else`,
  );
}

const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1e9;

/** MCAP's time of a time of the recording. What would be before 1970 is at its beginning. */
export function logTimeOf(tS: number, { logTimeZeroMs }: Pick<McapAbout, 'logTimeZeroMs'>): bigint {
  const timeNs = BigInt(logTimeZeroMs) * NS_PER_MS + BigInt(Math.round(tS * NS_PER_S));
  return timeNs > 0n ? timeNs : 0n;
}

/** From the sidecar's `utcStart`; without it `t_s` itself is the time, moved only where it would be negative. */
export function logTimeZeroMsOf(utcStart: unknown, firstS: number): number {
  const startMs = typeof utcStart === 'string' ? Date.parse(utcStart) : NaN;
  if (!Number.isNaN(startMs)) return startMs;
  return firstS < 0 ? Math.ceil(-firstS) * 1000 : 0;
}
