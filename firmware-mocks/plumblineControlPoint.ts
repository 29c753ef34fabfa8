/** Characteristic 0003: requests `[op][token][params]`, answered by the indication `[op|0x80][token][status][params]`. */
import { bytesOf } from './plumblinePacket.ts';

const Op = {
  start: 1,
  stop: 2,
  setConfig: 3,
  timeSync: 4,
  backfill: 5,
  captureUpright: 6,
  identify: 7,
} as const;

export const Status = {
  ok: 0,
  op: 1,
  length: 2,
  param: 3,
  busy: 4,
  mtuTooSmall: 5,
  notWorn: 6,
  storage: 7,
} as const;

/** Length of the parameters of each operation, in bytes. */
const PARAM_BYTES: Readonly<Record<number, number>> = {
  [Op.start]: 1,
  [Op.stop]: 0,
  [Op.setConfig]: 8,
  [Op.timeSync]: 8,
  [Op.backfill]: 3,
  [Op.captureUpright]: 2,
  [Op.identify]: 0,
};

export interface CaptureResult {
  readonly status: number;
  /** x y z in 1/16384 g, sensor frame. */
  readonly gravity?: readonly number[];
}

/** What the operations do; all return a status. */
export interface ControlActions {
  start(mask: number): number;
  stop(): number;
  setConfig(bytes: Uint8Array): number;
  /** Sends stored packets after the answer. */
  backfill(firstSeq: number, count: number): { status: number; afterwards?: () => void };
  /** Calls back when the averaging is over, unless it returns a status other than ok. */
  captureUpright(averageMs: number, done: (result: CaptureResult) => void): number;
  identify(): number;
  tickNow(): number;
  bootId(): number;
}

/**
 * Handles one request; `reply` is called once for each, perhaps later.
 * The tick of arrival is taken here, the tick of departure by `reply`'s caller just before it sends.
 */
export function handleRequest(
  request: Uint8Array,
  actions: ControlActions,
  reply: (makeResponse: () => Uint8Array, afterwards?: () => void) => void,
): void {
  const op = request[0];
  const token = request[1] ?? 0;
  const answer = (status: number, params: Uint8Array = new Uint8Array()): Uint8Array =>
    Uint8Array.of(op | 0x80, token, status, ...params);
  const expectedBytes = PARAM_BYTES[op];
  if (expectedBytes === undefined) return reply(() => answer(Status.op));
  if (request.length !== 2 + expectedBytes) return reply(() => answer(Status.length));
  const params = new DataView(request.buffer, request.byteOffset + 2, expectedBytes);
  switch (op) {
    case Op.start: {
      const status = actions.start(params.getUint8(0));
      return reply(() => answer(status));
    }
    case Op.stop: {
      const status = actions.stop();
      return reply(() => answer(status));
    }
    case Op.setConfig: {
      const status = actions.setConfig(bytesOf(params).slice());
      return reply(() => answer(status));
    }
    case Op.timeSync: {
      const receivedTick = actions.tickNow();
      return reply(() => answer(Status.ok, threeWords(receivedTick, actions.tickNow(), actions.bootId())));
    }
    case Op.backfill: {
      const { status, afterwards } = actions.backfill(params.getUint16(0, true), params.getUint8(2));
      return reply(() => answer(status), afterwards);
    }
    case Op.captureUpright: {
      const refused = actions.captureUpright(params.getUint16(0, true), ({ status, gravity }) =>
        reply(() => answer(status, gravity && int16Bytes(gravity))),
      );
      if (refused !== Status.ok) reply(() => answer(refused));
      return;
    }
    default: {
      const status = actions.identify();
      return reply(() => answer(status));
    }
  }
}

function threeWords(...words: [number, number, number]): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  return bytesOf(view);
}

function int16Bytes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setInt16(2 * i, Math.max(-32_768, Math.min(32_767, value)), true));
  return bytesOf(view);
}
