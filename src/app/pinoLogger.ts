/** The `Logger` port over pino: one JSON line per event on stderr. */
import { pino } from 'pino';
import type { Logger } from '../model/ports.ts';

export function pinoLogger(level: string): Logger {
  // Synchronous, so that the last lines before an exit are not lost.
  const log = pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (event, fields) => log.debug({ ...fields, event }),
    info: (event, fields) => log.info({ ...fields, event }),
    warn: (event, fields) => log.warn({ ...fields, event }),
    error: (event, fields) => log.error({ ...fields, event }),
  };
}
