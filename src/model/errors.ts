/** One error type for everything expected to go wrong: a stable code, what was expected, what was found, and context. */

export type ErrorCode =
  | 'bytes/invalid'
  | 'radio/unavailable'
  | 'radio/closed'
  | 'radio/timeout'
  | 'radio/refused'
  | 'radio/child-died'
  | 'device/unknown'
  | 'device/refused'
  | 'device/ambiguous'
  | 'recording/invalid'
  | 'config/invalid'
  | 'storage/locked'
  | 'storage/failed'
  | 'influx/rejected'
  | 'influx/unavailable'
  | 'mqtt/unavailable'
  | 'mqtt/rejected'
  | 'web/invalid'
  | 'web/port-in-use'
  | 'usage';

/**
 * `message` reads "expected …, found …". `context` holds ids and numbers with their unit in the key, never a person's name.
 */
export class PlumblineError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    { context = {}, cause }: { context?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'PlumblineError';
    this.code = code;
    this.context = context;
  }
}

/** One line that names the cause, for logs and command lines. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
