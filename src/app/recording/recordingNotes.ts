/** Gaps and clock quality as a sidecar has them, under the keys `gaps` and `clock`. */
import { z } from 'zod';
import { type ReadRequest, type RecordingNote, SENSORS } from './recording.ts';

const sensor = z.enum(SENSORS).default('main');
const gapsSchema = z.array(
  z.object({ sensor, startS: z.number(), endS: z.number(), missingSamples: z.number(), reason: z.string() }),
);
const clockSchema = z.array(z.object({ sensor, tS: z.number(), residualMs: z.number() }));

/** Notes in the order of time, and the keys that are none. A key of that name with something else in it stays a key. */
export function notesOf(sidecar: Readonly<Record<string, unknown>>): {
  readonly notes: readonly RecordingNote[];
  readonly rest: Readonly<Record<string, unknown>>;
} {
  const { gaps, clock, ...rest } = sidecar;
  const parsedGaps = gapsSchema.safeParse(gaps);
  const parsedClock = clockSchema.safeParse(clock);
  const notes: RecordingNote[] = [
    ...(parsedGaps.data ?? []).map((gap) => ({ kind: 'gap' as const, ...gap })),
    ...(parsedClock.data ?? []).map((quality) => ({ kind: 'clock' as const, ...quality })),
  ];
  return {
    notes: notes.sort((a, b) => noteTimeS(a) - noteTimeS(b)),
    rest: {
      ...rest,
      ...(parsedGaps.success || gaps === undefined ? {} : { gaps }),
      ...(parsedClock.success || clock === undefined ? {} : { clock }),
    },
  };
}

export const noteTimeS = (note: RecordingNote): number => (note.kind === 'gap' ? note.startS : note.tS);

/** Whether its time is asked for. */
export const isWithin = (
  note: RecordingNote,
  { fromS = -Infinity, toS = Infinity }: Pick<ReadRequest, 'fromS' | 'toS'>,
): boolean => noteTimeS(note) >= fromS && noteTimeS(note) < toS;

/** The keys to add to a sidecar. */
export function notesJson(notes: readonly RecordingNote[]): Record<string, unknown> {
  const gaps: object[] = [];
  const clock: object[] = [];
  for (const { kind, ...values } of notes) (kind === 'gap' ? gaps : clock).push(values);
  return { ...(gaps.length > 0 ? { gaps } : {}), ...(clock.length > 0 ? { clock } : {}) };
}
