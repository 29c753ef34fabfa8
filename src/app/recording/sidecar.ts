/** The sidecar `x.json` beside a recording `x.csv`: units, placement, mount, person. Keys as in the analyze contract. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { PLACEMENTS } from '../../model/person.ts';
import { EXERCISE_IDS, parameterProblems } from '../../motion/index.ts';
import { mountSchema } from '../mountSchema.ts';
import { sidecarPathOf } from './recordingName.ts';

const span = z
  .object({ startS: z.number(), endS: z.number() })
  .refine((s) => s.endS > s.startS, 'expected endS after startS');

const CONDITIONS = ['eyesOpen', 'eyesClosed', 'feetTogether', 'semiTandem', 'tandem', 'oneLeg'] as const;

/** Guided exercises: a span is kept as a whole while it is counted. */
const LONGEST_EXERCISE_S = 3600;
const exercise = z
  .object({
    startS: z.number(),
    endS: z.number(),
    exercise: z.enum(EXERCISE_IDS),
    /** The person's own limits, where they are known; clinical specification 2.3. */
    flexCautionDeg: z.number().min(10).max(60).optional(),
    impactCapG: z.number().min(1).max(9).optional(),
  })
  .refine((s) => s.endS > s.startS, 'expected endS after startS')
  .refine((s) => s.endS - s.startS <= LONGEST_EXERCISE_S, `expected ${LONGEST_EXERCISE_S} s at most`);

/** Thresholds of the motion core in place of the defaults. */
const parameters = z.record(z.string(), z.number()).superRefine((changes, context) => {
  for (const message of parameterProblems(changes)) context.addIssue({ code: 'custom', message });
});

const sidecarSchema = z.object({
  accUnit: z.enum(['g', 'm/s2']),
  gyrUnit: z.enum(['deg/s', 'rad/s']).optional(),
  placement: z.enum(PLACEMENTS),
  mount: mountSchema.optional(),
  pelvisMount: mountSchema.optional(),
  rateHz: z.number().min(5).max(2000).optional(),
  neutral: span.optional(),
  gyroTiming: z.enum(['integratesBackward', 'instantaneous']).default('integratesBackward'),
  /** Of the second sensor, where it differs. */
  pelvisGyroTiming: z.enum(['integratesBackward', 'instantaneous']).optional(),
  tests: z.array(z.object({ startS: z.number(), endS: z.number(), condition: z.enum(CONDITIONS) })).optional(),
  exercises: z.array(exercise).optional(),
  parameters: parameters.optional(),
  heightM: z.number().min(0.5).max(2.5).optional(),
  massKg: z.number().min(10).max(400).optional(),
  ageYears: z.number().min(0).max(130).optional(),
  sex: z.string().optional(),
  utcStart: z.iso.datetime({ offset: true }).optional(),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

/** @throws PlumblineError `recording/invalid` */
export function readSidecarJson(csvPath: string): Record<string, unknown> {
  const path = sidecarPathOf(csvPath);
  if (!existsSync(path)) {
    throw new PlumblineError('recording/invalid', `expected a sidecar ${path} with accUnit and placement, found none`);
  }
  try {
    // What is not an object is refused with its keys.
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new PlumblineError('recording/invalid', `expected JSON in the sidecar ${path}, found ${messageOf(error)}`);
  }
}

/** @throws PlumblineError `recording/invalid` naming every bad key, what was expected and what was found. */
export function parseSidecar(json: unknown): Sidecar {
  const parsed = sidecarSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const key = issue.path.join('.') || '(whole file)';
    return `${key}: ${issue.message}, found ${JSON.stringify(valueAt(json, issue.path)) ?? 'nothing'}`;
  });
  throw new PlumblineError('recording/invalid', `sidecar ${problems.join('; ')}`);
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], json);
}
