/**
 * What the client's errors mean. Only one of its classes is exported, so they are told apart by name; a body is only kept for
 * 4xx; a refused connection is a plain Error with a code; after any 5xx the client itself says "No host available".
 */
import { messageOf, PlumblineError } from '../../model/errors.ts';

/** The points themselves are wrong (or too many at once): the same points will be refused again. */
const WRONG_POINTS: readonly number[] = [400, 413, 422];
/** All other points of the batch were stored. */
const TOO_OLD = /points beyond retention policy dropped=(\d+)/;

/** How many points InfluxDB dropped as older than what it keeps; undefined: something else is wrong. */
export function countTooOld(error: unknown): number | undefined {
  const [, count] = TOO_OLD.exec(messageOf(error)) ?? [];
  return count === undefined ? undefined : Number(count);
}

/**
 * `influx/rejected` when the points will never be accepted, `influx/unavailable` for everything that may be over later:
 * also wrong passwords (401), rights (403) and missing databases (404), because no data is lost by waiting for those.
 */
export function influxFault(error: unknown, url: string): PlumblineError {
  if (error instanceof PlumblineError) return error;
  const statusCode = statusOf(error);
  if (statusCode !== undefined && WRONG_POINTS.includes(statusCode)) {
    return new PlumblineError('influx/rejected', `expected InfluxDB to accept the points, found ${wordsOf(error)}`, {
      context: { statusCode },
      cause: error,
    });
  }
  const context = { url, ...(statusCode === undefined ? {} : { statusCode }) };
  const found = `${wordsOf(error)}${adviceFor(statusCode)}`;
  return new PlumblineError('influx/unavailable', `expected InfluxDB at ${url} to store points, found ${found}`, {
    context,
    cause: error,
  });
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || error.constructor.name !== 'RequestError' || !('res' in error)) return undefined;
  const { res } = error;
  if (typeof res !== 'object' || res === null || !('statusCode' in res)) return undefined;
  return typeof res.statusCode === 'number' ? res.statusCode : undefined;
}

function adviceFor(statusCode: number | undefined): string {
  if (statusCode === 401) return '; check influx.username and influx.password';
  if (statusCode === 403) return '; the user needs the right to WRITE';
  if (statusCode === 404) return '; create the databases first';
  return '';
}

/** One line: a proxy's answer may be a page. */
function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = messageOf(error).replaceAll(/\s+/g, ' ').trim().slice(0, 300);
  return words === '' ? code || 'an error without words' : words;
}
