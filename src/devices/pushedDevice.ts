/**
 * A wearable that is not asked: it sends whole messages by itself (HTTP, MQTT) to whoever it was told to. There is no start script,
 * so the decoder says with its first items what stream has begun, and says it again when that changes.
 */
import type { PushAnswer } from '../model/ports.ts';
import type { DecodedItem, DeviceFacts, StreamStart } from './define.ts';

/** `start` comes before the samples that belong to it, and whenever rates, gyroscope or epoch change. */
export type PushedItem = DecodedItem | { readonly kind: 'start'; readonly start: StreamStart };

/** `arrivalMs` is that of the message which the item came from; items of messages that were held back keep their own. */
export type EmitPushed = (item: PushedItem, arrivalMs: number) => void;

/** What became of one message; where it was taken, also its sender's own id, which no answer tells. */
export type PushOutcome =
  | Exclude<PushAnswer, { kind: 'taken' }>
  | (Extract<PushAnswer, { kind: 'taken' }> & { readonly senderId: string });

export interface PushDecoderOptions {
  /** The sender's own id; absent: the first one that is heard, for as long as the decoder lives. */
  readonly senderId?: string;
  /** One of the device's modes; absent: its first. */
  readonly mode?: string;
}

/** Pure but for what it remembers of its stream. Never throws, whatever the message; what it keeps is bounded. */
export interface PushDecoder {
  push(message: string, arrivalMs: number, emit: EmitPushed): PushOutcome;
  /** Gives up messages that have been waited for long enough. */
  poll(nowMs: number, emit: EmitPushed): void;
  /** Hands out everything that is held back. */
  flush(emit: EmitPushed): void;
}

export interface PushedDevice extends DeviceFacts {
  readonly source: 'push';
  readonly createDecoder: (options: PushDecoderOptions) => PushDecoder;
}

export function definePushedDevice(definition: Omit<PushedDevice, 'source'>): PushedDevice {
  return { ...definition, source: 'push' };
}
