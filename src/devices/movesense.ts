/**
 * Movesense (HR2, HR+, Medical, Flash) with the GATT SensorData Protocol, firmware 2.3 or newer (Bluetooth specification, section 1.1).
 * Answers come as notifications and may be lost, so only a refusal in words or long silence counts as "no".
 */
import { PlumblineError } from '../model/errors.ts';
import { ByteReader, ByteWriter, textOf } from './bytes.ts';
import { defineDevice, type GattReply, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { decodeMovesense, IMU6_REFERENCE, MOVESENSE, NotificationCode } from './movesensePackets.ts';
import { readBattery, subscribeBattery } from './sigServices.ts';

const Command = { hello: 0, subscribe: 1, unsubscribe: 2, putUtcTime: 8 } as const;
const HELLO_REFERENCE = 0x64;
const TIME_REFERENCE = 0x74;
const REPLY_TIMEOUT_MS = 2000;
const SUBSCRIBE_TRIES = 2;

/** Samples in one packet by rate: about 77 ms of them, but no more than the firmware's MTU of 161 takes. 104 Hz is not verified on a device. */
const SAMPLES_PER_PACKET: Readonly<Record<number, number>> = { 13: 1, 26: 2, 52: 4, 104: 6 };
const RATES_HZ = [13, 26, 52, 104] as const;
/** ATT header, protocol header and timestamp, then 24 bytes for each IMU6 sample. */
const neededMtu = (rateHz: number): number => 3 + 6 + 24 * (SAMPLES_PER_PACKET[rateHz] ?? 1);

export const movesense = defineDevice({
  id: 'movesense',
  vendor: 'Movesense',
  model: 'Movesense sensor, GATT SensorData Protocol 1',
  matches: ({ name }) => name?.startsWith('Movesense ') === true,
  description: {
    match: 'name begins with "Movesense "',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'chest strap with snap connectors, or a clip at the waistband',
    ranges: '±8 g and ±2000 deg/s are the sensor’s own; the protocol cannot change them',
    timeBase: 'whole milliseconds since boot in each packet; a step in them shows lost packets',
    limits: ['lost packets cannot be sent again', 'a restart of the sensor looks like any other reconnection'],
  },
  rateHz: { choices: RATES_HZ, default: 52 },
  hasGyroscope: true,
  // Whole milliseconds since boot: at 52 Hz packets step 76.9 ms, so stamps alternate between 76 and 77.
  clock: { tickHz: 1000, stampOf: 'first', wrapTicks: 2 ** 32, quantisationS: 0.001 },
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  capabilities: { falls: true, sway: 'full', haptic: false },
  start,
  *stop() {
    yield { op: 'write', uuid: MOVESENSE.command, bytes: Uint8Array.of(Command.unsubscribe, IMU6_REFERENCE) };
  },
  readStatus: readBattery,
  createDecoder: () => decodeMovesense,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const rateHz = fittingRateHz(request);
  yield { op: 'subscribe', uuid: MOVESENSE.data };
  yield* subscribeBattery();
  yield* setTime(request.nowMs);
  const firmware = yield* hello();
  yield* subscribeImu6(rateHz);
  return {
    rateHz,
    hasGyroscope: true,
    // The stamps count from boot, but nothing in the protocol tells one boot from another.
    epoch: '',
    backfillPackets: 0,
    ...(firmware === undefined ? {} : { identity: { firmware } }),
  };
}

/** The wished rate, or the highest whose packets the link can carry: a longer packet would come truncated. */
function fittingRateHz({ rateHz, mtu }: StreamRequest): number {
  const fitting = RATES_HZ.filter((choice) => choice <= rateHz && neededMtu(choice) <= mtu).at(-1);
  if (fitting === undefined) {
    const expected = `an MTU of at least ${neededMtu(RATES_HZ[0])} and a rate of at least ${RATES_HZ[0]} Hz`;
    throw new PlumblineError('device/refused', `expected ${expected}, found MTU ${mtu} and ${rateHz} Hz`);
  }
  return fitting;
}

/** The sensor's calendar starts in 2015 after each power loss. */
function* setTime(nowMs: number): GattScript<void> {
  const bytes = new ByteWriter()
    .u8(Command.putUtcTime)
    .u8(TIME_REFERENCE)
    .u64(Math.round(nowMs * 1000))
    .done();
  yield* askWithoutInsisting(bytes, TIME_REFERENCE);
}

function* hello(): GattScript<string | undefined> {
  const reply = yield* askWithoutInsisting(Uint8Array.of(Command.hello, HELLO_REFERENCE), HELLO_REFERENCE);
  if (!reply || reply.bytes.length < 4) return undefined;
  // Protocol version, then serial, product, update address, application name and version, each ended by NUL.
  const texts: string[] = [];
  let from = 3;
  for (let at = from; at <= reply.bytes.length; at++) {
    if (at < reply.bytes.length && reply.bytes[at] !== 0) continue;
    texts.push(textOf(reply.bytes.subarray(from, at)));
    from = at + 1;
  }
  return texts[4] || undefined;
}

function* askWithoutInsisting(bytes: Uint8Array, reference: number): GattScript<GattReply | undefined> {
  try {
    return yield {
      op: 'request',
      uuid: MOVESENSE.command,
      bytes,
      replyUuid: MOVESENSE.data,
      isReply: (found) => found[0] === NotificationCode.response && found[1] === reference,
      timeoutMs: REPLY_TIMEOUT_MS,
    };
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'radio/timeout') return undefined;
    throw error;
  }
}

function* subscribeImu6(rateHz: number): GattScript<void> {
  const bytes = new ByteWriter().u8(Command.subscribe).u8(IMU6_REFERENCE).ascii(`/Meas/IMU6/${rateHz}`).u8(0).done();
  for (let tries = 1; ; tries++) {
    const reply = yield* askForData(bytes, tries === SUBSCRIBE_TRIES);
    if (!reply) continue;
    if (reply.bytes[0] === NotificationCode.data) return;
    const status = statusOf(reply.bytes);
    if (status >= 200 && status < 300) return;
    throw new PlumblineError('device/refused', `subscribe: expected status 200, found ${status}`, {
      context: { status },
    });
  }
}

/** The first data may come before, or instead of, the answer. */
function* askForData(bytes: Uint8Array, insist: boolean): GattScript<GattReply | undefined> {
  try {
    return yield {
      op: 'request',
      uuid: MOVESENSE.command,
      bytes,
      replyUuid: MOVESENSE.data,
      isReply: (found) =>
        (found[0] === NotificationCode.response || found[0] === NotificationCode.data) && found[1] === IMU6_REFERENCE,
      timeoutMs: REPLY_TIMEOUT_MS,
    };
  } catch (error) {
    if (!insist && error instanceof PlumblineError && error.code === 'radio/timeout') return undefined;
    throw error;
  }
}

/** HTTP-like status. Sample firmware sends its 507 high byte first, so both orders are read. */
export function statusOf(response: Uint8Array): number {
  const status = new ByteReader(response).u16(2);
  const isHttpLike = (value: number): boolean => value >= 100 && value < 600;
  const swapped = ((status & 0xff) << 8) | (status >> 8);
  return !isHttpLike(status) && isHttpLike(swapped) ? swapped : status;
}
