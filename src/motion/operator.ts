/** The shape of everything that processes a stream. */
import type { MotionEvent } from '../model/event.ts';
import type { MotionFrame } from './motionFrame.ts';

export type EmitEvent = (event: MotionEvent) => void;

/**
 * Consumes frames in time order. What it fills or emits must not depend on how the stream is cut into frames.
 * `snapshot` returns plain data (structured-cloneable); `restore` of it continues as if never interrupted, bit for bit.
 */
export interface Operator {
  push(frame: MotionFrame, emit: EmitEvent): void;
  /** The stream ends: emit what is complete. */
  flush?(emit: EmitEvent): void;
  /** As new. */
  reset(): void;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}
