/** What the service and its radio process say to each other over the IPC channel (structured clone, bytes as Uint8Array). */
import { type ErrorCode, messageOf, PlumblineError } from '../model/errors.ts';
import type { Advertisement, CentralState, GattCharacteristic } from '../model/ports.ts';
import type { RadioLimits } from './limits.ts';
import type { NobleLibrary } from './nobleLibrary.ts';
import type { RadioClockSetting } from './radioClock.ts';

/** Which radio the child opens. */
export type RadioAdapter =
  | { readonly kind: 'noble'; readonly library?: NobleLibrary; readonly hciDevice?: number }
  /** `module` is the file URL of a module that exports `createVirtualRadioFromSpec(spec, { now })` → HCI socket class. */
  | { readonly kind: 'virtual'; readonly library?: NobleLibrary; readonly module: string; readonly spec: unknown };

export interface RadioSettings {
  readonly adapter: RadioAdapter;
  readonly clock: RadioClockSetting;
  readonly limits: Partial<RadioLimits>;
  /** As in `NobleScanOptions`. */
  readonly deafReplacements?: number | undefined;
}

/** Requests; each is answered by one `reply` with the same `call`. */
export type RadioRequest =
  | { readonly op: 'startScan' }
  | { readonly op: 'stopScan' }
  | { readonly op: 'connect'; readonly id: string }
  | { readonly op: 'read'; readonly link: number; readonly uuid: string }
  | {
      readonly op: 'write';
      readonly link: number;
      readonly uuid: string;
      readonly bytes: Uint8Array;
      readonly withoutResponse: boolean;
    }
  | { readonly op: 'subscribe'; readonly link: number; readonly uuid: string }
  | { readonly op: 'rssi'; readonly link: number }
  | { readonly op: 'disconnect'; readonly link: number };

export type ToChild =
  | { readonly type: 'start'; readonly settings: RadioSettings }
  | { readonly type: 'call'; readonly call: number; readonly request: RadioRequest }
  | { readonly type: 'ping' }
  | { readonly type: 'stop' };

/** An error as data, for the way through the channel. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: Readonly<Record<string, unknown>>;
}

export interface OpenedLink {
  readonly link: number;
  readonly id: string;
  readonly mtu: number;
  readonly characteristics: readonly GattCharacteristic[];
}

export interface Notification {
  readonly link: number;
  readonly uuid: string;
  readonly bytes: Uint8Array;
  readonly arrivalMs: number;
}

export type ReplyValue = OpenedLink | Uint8Array | number | undefined;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly error: ErrorData }
  | { readonly type: 'state'; readonly state: CentralState }
  | { readonly type: 'advertisement'; readonly advertisement: Advertisement }
  | { readonly type: 'reply'; readonly call: number; readonly value: ReplyValue }
  | { readonly type: 'refusal'; readonly call: number; readonly error: ErrorData }
  | { readonly type: 'notifications'; readonly items: readonly Notification[] }
  | {
      readonly type: 'closed';
      readonly link: number;
      readonly reason: string;
      readonly hciReason: number | undefined;
    }
  | { readonly type: 'scan-restarted' }
  /** The scan was restarted several times in vain; the process ends. */
  | { readonly type: 'scan-dead' }
  | { readonly type: 'pong' }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly event: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

export function errorData(error: unknown): ErrorData {
  if (error instanceof PlumblineError) return { code: error.code, message: error.message, context: error.context };
  return { code: 'radio/refused', message: messageOf(error), context: {} };
}

export const errorFromData = ({ code, message, context }: ErrorData): PlumblineError =>
  new PlumblineError(code, message, { context });
