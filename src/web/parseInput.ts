/** zod at the edge: what does not fit becomes one `HttpProblem` that lists every bad field. */
import { z } from 'zod';
import { HttpProblem } from './problem.ts';

const FOUND_LENGTH = 60;

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > FOUND_LENGTH ? `${text.slice(0, FOUND_LENGTH)}…` : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

/** @throws HttpProblem 400. Error messages of the schema are noun phrases: what is expected. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 10);
  const named = (path: readonly PropertyKey[]): string => (path.length > 0 ? `${path.map(String).join('.')} ` : '');
  const expected = issues.map((issue) => `${named(issue.path)}to be ${issue.message}`).join('; ');
  const found = issues.map((issue) => show(valueAt(input, issue.path))).join('; ');
  throw new HttpProblem(400, expected, found);
}

const personIdText = 'a person id such as "anna"';
export const personIdInput = z
  .string({ error: personIdText })
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, personIdText);

const siteText = 'a sensor site such as "chest"';
export const siteInput = z.string({ error: siteText }).regex(/^[A-Za-z0-9_-]{1,64}$/, siteText);

const instantText = 'Unix milliseconds or an ISO 8601 time with its offset';
/** Reads `1764000000000` and `2026-01-31T12:00:00Z` to Unix ms. */
export const instantInput = z.string({ error: instantText }).transform((text, context) => {
  const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const tMs = /^\d{1,15}$/.test(text) ? Number(text) : iso ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(tMs)) return tMs;
  context.addIssue({ code: 'custom', message: instantText });
  return z.NEVER;
});

/** @throws HttpProblem 400 when `fromMs` is not before `toMs`. */
export function checkRange(fromMs: number | undefined, toMs: number | undefined): void {
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new HttpProblem(400, 'from to be before to', `from ${fromMs} and to ${toMs}`);
  }
}
