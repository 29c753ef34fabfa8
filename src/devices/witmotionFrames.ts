/**
 * A WitMotion sends a stream of bytes, and notifications cut it where they please: frames come several together or in pieces
 * (Bluetooth specification, section 1.5). They have no length and no checksum, so a frame is believed by its first two bytes
 * and by what follows it: nothing yet, the next frame, or the eight bytes of date that newer units put behind each frame.
 */

export const FRAME_BYTES = 20;
const FRAME_START = 0x55;
export const FrameType = { data: 0x61, register: 0x71 } as const;
/** The 28-byte variant: year, month, day, hour, minute, second, then milliseconds as 16 bits. */
const DATE_BYTES = 8;
/** The largest value of each of its bytes; the year stays below `FRAME_START`. A clock that was never set reads zeros. */
const DATE_MOST = [FRAME_START - 1, 12, 31, 23, 59, 59, 255, 3];

export interface FrameSink {
  /** `FRAME_BYTES` long, valid during the call only. */
  readonly frame: (bytes: Uint8Array) => void;
  /** Once for each run of bytes that are no frames, with those that had come when it was noticed. */
  readonly garbage: (bytes: Uint8Array) => void;
}

type Verdict = 'yes' | 'no' | 'undecided';

/** What it remembers of the stream is the beginning of a frame: less than two frames long. */
export class FrameSplitter {
  #pending = new Uint8Array();
  #isAfterFrame = false;
  /** A frame is expected at the next byte: the one before it has ended, or a notification begins. */
  #isInStep = true;
  #isGarbageTold = false;

  push(notification: Uint8Array, sink: FrameSink): void {
    const held = this.#pending.length;
    const bytes = new Uint8Array(held + notification.length);
    bytes.set(this.#pending);
    bytes.set(notification, held);
    let at = 0;
    let garbageAt = 0;
    while (at < bytes.length) {
      if (at === held) this.#isInStep = true;
      const date = this.#isAfterFrame ? dateAt(bytes, at) : 'no';
      const frame = date === 'no' ? this.#frameAt(bytes, at, held) : 'no';
      if (date === 'undecided' || frame === 'undecided') break;
      if (date === 'no' && frame === 'no') {
        this.#isAfterFrame = false;
        this.#isInStep = false;
        at++;
        continue;
      }
      this.#tellGarbage(bytes.subarray(garbageAt, at), sink);
      if (frame === 'yes') {
        this.#isGarbageTold = false;
        sink.frame(bytes.subarray(at, at + FRAME_BYTES));
      }
      this.#isAfterFrame = frame === 'yes';
      this.#isInStep = true;
      at += frame === 'yes' ? FRAME_BYTES : DATE_BYTES;
      garbageAt = at;
    }
    this.#tellGarbage(bytes.subarray(garbageAt, at), sink);
    this.#pending = bytes.slice(at);
  }

  #tellGarbage(bytes: Uint8Array, sink: FrameSink): void {
    if (bytes.length === 0) return;
    if (!this.#isGarbageTold) sink.garbage(bytes);
    this.#isGarbageTold = true;
  }

  /** A frame whose rest was lost is not completed with the beginning of the next one. `held`: where the notification begins. */
  #frameAt(bytes: Uint8Array, at: number, held: number): Verdict {
    const isAcross = at < held && at + FRAME_BYTES > held;
    if (isAcross && frameAt(bytes, held, true) === 'yes') return 'no';
    return frameAt(bytes, at, this.#isInStep);
  }
}

/** In step, a frame is taken unless what follows contradicts it; among garbage it waits until what follows confirms it. */
function frameAt(bytes: Uint8Array, at: number, isInStep: boolean): Verdict {
  const header = headerAt(bytes, at);
  if (header !== 'yes') return header;
  const end = at + FRAME_BYTES;
  if (end > bytes.length) return 'undecided';
  const next = end === bytes.length ? 'undecided' : eitherOf(headerAt(bytes, end), dateAt(bytes, end));
  return isInStep && next === 'undecided' ? 'yes' : next;
}

function headerAt(bytes: Uint8Array, at: number): Verdict {
  if (bytes[at] !== FRAME_START) return 'no';
  if (at + 1 === bytes.length) return 'undecided';
  const type = bytes[at + 1];
  return type === FrameType.data || type === FrameType.register ? 'yes' : 'no';
}

function dateAt(bytes: Uint8Array, at: number): Verdict {
  const date = bytes.subarray(at, at + DATE_BYTES);
  if (date.some((byte, i) => byte > DATE_MOST[i])) return 'no';
  return date.length < DATE_BYTES ? 'undecided' : 'yes';
}

const eitherOf = (one: Verdict, other: Verdict): Verdict => (one === 'no' ? other : one);
