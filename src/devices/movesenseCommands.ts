/**
 * Requests of the Movesense GATT SensorData Protocol and their answers (Bluetooth specification, section 1.1).
 * Answers come as notifications and may be lost, so only a refusal in words or long silence counts as "no".
 */
import { PlumblineError } from '../model/errors.ts';
import { ByteReader, ByteWriter, textOf } from './bytes.ts';
import type { DeviceIdentity, GattReply, GattScript } from './define.ts';
import { MOVESENSE, NotificationCode } from './movesensePackets.ts';
import { batteryPctOf } from './sigServices.ts';

const Command = { hello: 0, subscribe: 1, unsubscribe: 2, get: 4, putUtcTime: 8 } as const;
/** The client chooses them; any but 0, and none that a subscription has. */
const HELLO_REFERENCE = 0x64;
const TIME_REFERENCE = 0x74;
const ENERGY_REFERENCE = 0x65;
const REPLY_TIMEOUT_MS = 2000;
const SUBSCRIBE_TRIES = 2;
const STATUS_WORDS: Readonly<Record<number, string>> = {
  400: 'bad request',
  404: 'no such measurement on this sensor',
  409: 'conflict',
  503: 'not available now',
  507: 'no room for another subscription',
};

/** The sensor's calendar starts in 2015 after each power loss. */
export function* setTime(nowMs: number): GattScript<void> {
  const bytes = new ByteWriter()
    .u8(Command.putUtcTime)
    .u8(TIME_REFERENCE)
    .u64(Math.round(nowMs * 1000))
    .done();
  yield* askWithoutInsisting(bytes, TIME_REFERENCE);
}

/** The answer has no status: protocol version, then serial, product, update address, application name and version, each ended by NUL. */
export function* hello(): GattScript<DeviceIdentity> {
  const reply = yield* askWithoutInsisting(Uint8Array.of(Command.hello, HELLO_REFERENCE), HELLO_REFERENCE);
  const [serial, model, , , firmware] = reply ? endedTexts(reply.bytes.subarray(3)) : [];
  return { ...(model ? { model } : {}), ...(serial ? { serial } : {}), ...(firmware ? { firmware } : {}) };
}

/** A text without its NUL was cut off by a narrow link, and half a name is none. */
function endedTexts(bytes: Uint8Array): string[] {
  const texts: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0) continue;
    texts.push(textOf(bytes.subarray(from, at)));
    from = at + 1;
  }
  return texts;
}

/** @throws PlumblineError `device/refused`; `radio/timeout` when nothing at all comes, twice */
export function* subscribeTo(path: string, reference: number): GattScript<void> {
  const bytes = new ByteWriter().u8(Command.subscribe).u8(reference).ascii(path).u8(0).done();
  for (let tries = 1; ; tries++) {
    const reply = yield* askForData(bytes, reference, tries === SUBSCRIBE_TRIES);
    if (!reply) continue;
    if (reply.bytes[0] === NotificationCode.data) return;
    const status = statusOf(reply.bytes);
    if (isOk(status)) return;
    const words = STATUS_WORDS[status] ? ` (${STATUS_WORDS[status]})` : '';
    throw new PlumblineError('device/refused', `subscribe: expected status 200, found ${status}${words} for ${path}`, {
      context: { status },
    });
  }
}

/** No answer is waited for: a reference that is not subscribed is answered 404 and nothing else. */
export function* unsubscribe(reference: number): GattScript<void> {
  yield { op: 'write', uuid: MOVESENSE.command, bytes: Uint8Array.of(Command.unsubscribe, reference) };
}

/** For firmware without the battery service; it may answer 400 or 503 to this as well. */
export function* energyLevelPct(): GattScript<number | undefined> {
  const bytes = new ByteWriter().u8(Command.get).u8(ENERGY_REFERENCE).ascii('/System/Energy/Level').u8(0).done();
  const reply = yield* askWithoutInsisting(bytes, ENERGY_REFERENCE);
  return reply && isOk(statusOf(reply.bytes)) ? batteryPctOf(reply.bytes.subarray(4)) : undefined;
}

/** HTTP-like status. Sample firmware sends its 507 high byte first, so both orders are read. */
export function statusOf(response: Uint8Array): number {
  const status = new ByteReader(response).u16(2);
  const isHttpLike = (value: number): boolean => value >= 100 && value < 600;
  const swapped = ((status & 0xff) << 8) | (status >> 8);
  return !isHttpLike(status) && isHttpLike(swapped) ? swapped : status;
}

const isOk = (status: number): boolean => status >= 200 && status < 300;

function* askWithoutInsisting(bytes: Uint8Array, reference: number): GattScript<GattReply | undefined> {
  const isAnswer = (found: Uint8Array): boolean => found[0] === NotificationCode.response && found[1] === reference;
  return yield* ask(bytes, isAnswer, false);
}

/** The first data may come before, or instead of, the answer. */
function* askForData(bytes: Uint8Array, reference: number, insist: boolean): GattScript<GattReply | undefined> {
  const isAnswer = (found: Uint8Array): boolean =>
    (found[0] === NotificationCode.response || found[0] === NotificationCode.data) && found[1] === reference;
  return yield* ask(bytes, isAnswer, insist);
}

function* ask(
  bytes: Uint8Array,
  isReply: (found: Uint8Array) => boolean,
  insist: boolean,
): GattScript<GattReply | undefined> {
  try {
    return yield {
      op: 'request',
      uuid: MOVESENSE.command,
      bytes,
      replyUuid: MOVESENSE.data,
      isReply,
      timeoutMs: REPLY_TIMEOUT_MS,
    };
  } catch (error) {
    if (!insist && error instanceof PlumblineError && error.code === 'radio/timeout') return undefined;
    throw error;
  }
}
