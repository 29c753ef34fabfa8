/** A logger that remembers instead of printing. */
import type { Logger } from '../../src/model/ports.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class QuietLogger implements Logger {
  readonly lines: LogLine[] = [];

  debug(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'debug', event, fields });
  }

  info(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'info', event, fields });
  }

  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'warn', event, fields });
  }

  error(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push({ level: 'error', event, fields });
  }

  of(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }
}
