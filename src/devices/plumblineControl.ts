/** The control point of the Plumbline IMU service: one request, one indication with the same token. */
import { PlumblineError } from '../model/errors.ts';
import { mps2FromG } from '../model/units.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { ClockSample, GattReply, GattScript } from './define.ts';
import {
  CONTROL_STATUS,
  ControlOp,
  type ControlOpName,
  PLUMBLINE,
  STATUS_BUSY,
  TICK_HZ,
  TICK_WRAP,
} from './plumblineProtocol.ts';

const REPLY_BIT = 0x80;
const REPLY_TIMEOUT_MS = 3000;
const BUSY_TRIES = 5;
const BUSY_WAIT_MS = 60;
const SYNC_EXCHANGES = 8;
/** The longest connection interval that we ask for. */
const INTERVAL_MS = 50;
/** The multiples of no other number are spread as evenly, whatever the time between two synchronisations. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
const GRAVITY_ONE_G = 16_384;

/** Fixed per operation: several operations may be under way, but never two of the same kind. */
const tokenOf = (op: number): number => 0x50 + op;

/**
 * Sends one operation, tries again while the device says "busy".
 * @throws PlumblineError `device/refused` with the status in words.
 */
export function* control(name: ControlOpName, params: Uint8Array = new Uint8Array()): GattScript<GattReply> {
  const op = ControlOp[name];
  const token = tokenOf(op);
  const bytes = new ByteWriter().u8(op).u8(token).raw(params).done();
  for (let tries = 1; ; tries++) {
    const reply = yield {
      op: 'request',
      uuid: PLUMBLINE.controlPoint,
      bytes,
      replyUuid: PLUMBLINE.controlPoint,
      isReply: (found) => found.length >= 3 && found[0] === (op | REPLY_BIT) && found[1] === token,
      timeoutMs: REPLY_TIMEOUT_MS,
    };
    const status = reply.bytes[2];
    if (status === 0) return { ...reply, bytes: reply.bytes.subarray(3) };
    if (status !== STATUS_BUSY || tries === BUSY_TRIES) {
      throw new PlumblineError(
        'device/refused',
        `${name}: expected the device to accept, found status ${status} (${CONTROL_STATUS[status] ?? 'unknown'})`,
        { context: { op, status } },
      );
    }
    yield { op: 'wait', ms: BUSY_WAIT_MS };
  }
}

export interface TimeSync {
  readonly sample: ClockSample;
  /** Of the boot that answered. */
  readonly bootId: number;
}

/**
 * Several exchanges, the one with the shortest round trip is kept: the others waited for a connection event. An answer comes at
 * such an event, so a request that followed it at once would always wait for a whole interval. Hence the pauses, which are spread
 * over an interval and differ from time to time: one of the requests is written just before an event.
 */
export function* synchronise(nowMs: number): GattScript<TimeSync> {
  const stepMs = INTERVAL_MS / SYNC_EXCHANGES;
  const share = ((nowMs / 60_000) * GOLDEN_RATIO) % 1;
  let best = yield* exchangeTime(nowMs);
  for (let i = 1; i < SYNC_EXCHANGES; i++) {
    yield { op: 'wait', ms: (i + share) * stepMs };
    const next = yield* exchangeTime(best.sample.hostMs);
    if (next.sample.uncertaintyMs < best.sample.uncertaintyMs) best = next;
  }
  return best;
}

function* exchangeTime(nowMs: number): GattScript<TimeSync> {
  // The device only notes our time; what we need is its own.
  const reply = yield* control('timeSync', new ByteWriter().u64(Math.round(nowMs * 1000)).done());
  const reader = new ByteReader(reply.bytes);
  if (reader.length < 12) {
    throw new PlumblineError('bytes/invalid', `timeSync: expected 12 bytes, found ${reader.length}`);
  }
  const tickRx = reader.u32(0);
  const heldTicks = (reader.u32(4) - tickRx + TICK_WRAP) % TICK_WRAP;
  const roundTripMs = reply.receivedMs - reply.sentMs - (heldTicks / TICK_HZ) * 1000;
  return {
    sample: {
      tick: (tickRx + heldTicks / 2) % TICK_WRAP,
      hostMs: (reply.sentMs + reply.receivedMs) / 2,
      uncertaintyMs: Math.max(0, roundTripMs) / 2,
    },
    bootId: reader.u32(8),
  };
}

/** The device averages while upright; its answer is the accelerometer reading in the sensor frame, m/s². */
export function* captureUpright(averageMs: number): GattScript<readonly [number, number, number]> {
  const reply = yield* control('captureUpright', new ByteWriter().u16(Math.round(averageMs)).done());
  const reader = new ByteReader(reply.bytes);
  if (reader.length < 6) {
    throw new PlumblineError('bytes/invalid', `captureUpright: expected 6 bytes, found ${reader.length}`);
  }
  const axis = (at: number): number => mps2FromG(reader.i16(at) / GRAVITY_ONE_G);
  return [axis(0), axis(2), axis(4)];
}
