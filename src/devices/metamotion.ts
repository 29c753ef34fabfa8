/**
 * MbientLab MetaMotion with the MetaWear register protocol (Bluetooth specification, section 1.3). Which chip a board has, and
 * what its firmware can do, is read from it at the start. Commands are not answered; only reads are, by notification.
 */
import { PlumblineError } from '../model/errors.ts';
import { ByteWriter, hexOf } from './bytes.ts';
import {
  defineDevice,
  type DeviceStatus,
  type GattReply,
  type GattScript,
  type HapticCue,
  type StreamRequest,
  type StreamStart,
} from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import {
  BATTERY_READ,
  batteryOf,
  createMetamotionDecoder,
  MetaModule,
  METAMOTION,
  type MetamotionRanges,
  READ_BIT,
  SESSION_RANGES,
} from './metamotionPackets.ts';
import { readIdentity } from './sigServices.ts';

const RATES_HZ = [25, 50, 100, 200] as const;
type RateHz = (typeof RATES_HZ)[number];
const REPLY_TIMEOUT_MS = 2000;
/** Answers are notifications, which may be lost. */
const READ_TRIES = 2;
const PACKED_FROM_REVISION = 1;

/** Registers that accelerometer and gyroscope have in common. */
const MODULE_INFO = READ_BIT;
const POWER = 0x01;
const ENABLE = 0x02;
const CONFIG = 0x03;

const PULSE = 0x01;
const MOTOR = 0;
const MOTOR_FULL_DUTY = 248;
const LONGEST_PULSE_MS = 0xffff;

/** What differs between the two chips. */
interface Chip {
  readonly accConfigBase: number;
  readonly accRange: Readonly<Record<MetamotionRanges['accG'], number>>;
  readonly packed: { readonly acc: number; readonly gyr: number };
  readonly plain: { readonly acc: number; readonly gyr: number };
}

export const BMI160: Chip = {
  accConfigBase: 0x20,
  accRange: { 2: 0x03, 4: 0x05, 8: 0x08, 16: 0x0c },
  packed: { acc: 0x1c, gyr: 0x07 },
  plain: { acc: 0x04, gyr: 0x05 },
};
export const BMI270: Chip = {
  accConfigBase: 0xa0,
  accRange: { 2: 0x00, 4: 0x01, 8: 0x02, 16: 0x03 },
  packed: { acc: 0x05, gyr: 0x05 },
  plain: { acc: 0x04, gyr: 0x04 },
};
/** By the implementation number that a module states. */
const ACC_CHIPS: Readonly<Record<number, Chip>> = { 1: BMI160, 4: BMI270 };
const GYR_CHIPS: Readonly<Record<number, Chip>> = { 0: BMI160, 1: BMI270 };
const ODR_CODE: Readonly<Record<RateHz, number>> = { 25: 6, 50: 7, 100: 8, 200: 9 };
const GYR_FILTER = 0x20;
const GYR_RANGE: Readonly<Record<MetamotionRanges['gyrDps'], number>> = { 2000: 0, 1000: 1, 500: 2, 250: 3, 125: 4 };

interface Board {
  readonly accChip: Chip;
  /** Undefined: no gyroscope that we know. */
  readonly gyrChip: Chip | undefined;
  readonly accRevision: number;
  readonly gyrRevision: number;
}

export const metamotion = defineDevice({
  id: 'metamotion',
  vendor: 'MbientLab',
  model: 'MetaMotion R, RL, S, C (MetaWear protocol)',
  matches: ({ name, serviceUuids }) => serviceUuids.includes(METAMOTION.service) || name === 'MetaWear',
  description: {
    match: 'service 326a9000-85cb-9195-d9dd-464cfbbae75a, or the name is "MetaWear"',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'clip or strap',
    ranges: '±16 g and ±2000 deg/s are set at every start; packets do not state them',
    identity: 'model, serial, firmware and hardware, from the Device Information Service',
    timeBase:
      'none: times are learned from when packets arrive, tens of milliseconds from the truth; a loss shows only as a silence or a lasting delay',
    limits: [
      'no time stamps and no counters: frequencies of sway are not computed',
      'acceleration and rotation come apart and are paired by their order; where one is lost the other is not used',
      'lost packets cannot be sent again, and a single lost pair of packets is noticed late or not at all',
      'a board whose link is lost goes on measuring until it is connected again, and empties its battery',
    ],
  },
  rateHz: { choices: RATES_HZ, default: 100 },
  hasGyroscope: true,
  modes: [
    {
      id: 'imu',
      description: 'acceleration and rotation',
      rateHz: { choices: RATES_HZ, default: 100 },
      hasGyroscope: true,
    },
    {
      id: 'acc',
      description: 'acceleration alone: half the packets and a longer battery life, twists and turns are not seen',
      rateHz: { choices: RATES_HZ, default: 100 },
      hasGyroscope: false,
    },
  ],
  clock: undefined,
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  pairing: 'byArrival',
  capabilities: { falls: true, sway: 'timeDomain', haptic: true },
  start,
  stop,
  readStatus,
  haptic,
  createDecoder: () => createMetamotionDecoder(),
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const rateHz = fittingRateHz(RATES_HZ, request.rateHz);
  // Before notifications are on: a board that lost its link may still be measuring, with whatever ranges it was given.
  yield* powerOff();
  yield { op: 'subscribe', uuid: METAMOTION.notification };
  const board = yield* readBoard();
  const identity = yield* readIdentity();
  const hasGyroscope = request.mode !== 'acc' && board.gyrChip !== undefined;
  const quantities = hasGyroscope ? (['acc', 'gyr'] as const) : (['acc'] as const);
  const registers = sampleRegisters(board, hasGyroscope);
  yield* command(MetaModule.acc, CONFIG, ...accConfig(board.accChip, rateHz, SESSION_RANGES.accG));
  if (hasGyroscope) yield* command(MetaModule.gyr, CONFIG, ...gyrConfig(rateHz, SESSION_RANGES.gyrDps));
  for (const quantity of quantities) yield* command(MetaModule[quantity], registers[quantity], 1);
  for (const quantity of quantities) yield* command(MetaModule[quantity], ENABLE, 1, 0);
  for (const quantity of quantities) yield* command(MetaModule[quantity], POWER, 1);
  return { rateHz, hasGyroscope, epoch: '', backfillPackets: 0, identity };
}

/** In reverse; what saves the battery comes first, because a farewell may be cut short. */
function* stop(): GattScript<void> {
  yield* powerOff();
  yield* command(MetaModule.acc, ENABLE, 0, 1);
  yield* command(MetaModule.gyr, ENABLE, 0, 1);
  const board = yield* readBoard();
  const registers = sampleRegisters(board, board.gyrChip !== undefined);
  yield* command(MetaModule.acc, registers.acc, 0);
  if (board.gyrChip) yield* command(MetaModule.gyr, registers.gyr, 0);
}

function* powerOff(): GattScript<void> {
  yield* command(MetaModule.acc, POWER, 0);
  yield* command(MetaModule.gyr, POWER, 0);
}

function* command(...bytes: readonly number[]): GattScript<void> {
  yield { op: 'write', uuid: METAMOTION.command, bytes: Uint8Array.from(bytes) };
}

/** Data rate and filter, then range: the two bytes of `03 03`. */
export function accConfig(chip: Chip, rateHz: RateHz, rangeG: MetamotionRanges['accG']): [number, number] {
  return [chip.accConfigBase | ODR_CODE[rateHz], chip.accRange[rangeG]];
}

/** The two bytes of `13 03`. */
export function gyrConfig(rateHz: RateHz, rangeDps: MetamotionRanges['gyrDps']): [number, number] {
  return [GYR_FILTER | ODR_CODE[rateHz], GYR_RANGE[rangeDps]];
}

/** Three samples in a packet where all modules that send can do it: halves of different lengths would not pair. */
function sampleRegisters({ accChip, gyrChip, accRevision, gyrRevision }: Board, hasGyroscope: boolean) {
  const revision = hasGyroscope ? Math.min(accRevision, gyrRevision) : accRevision;
  const how = revision >= PACKED_FROM_REVISION ? 'packed' : 'plain';
  return { acc: accChip[how].acc, gyr: (gyrChip ?? accChip)[how].gyr };
}

/** @throws `device/refused` when the accelerometer is not one of the two chips whose registers we know. */
function* readBoard(): GattScript<Board> {
  const acc = (yield* read(MetaModule.acc, MODULE_INFO)).bytes;
  const accChip = ACC_CHIPS[acc[2]];
  if (!accChip) {
    const expected = 'accelerometer: expected implementation 1 (BMI160) or 4 (BMI270)';
    throw new PlumblineError('device/refused', `${expected}, found ${acc[2] ?? 'none'}: ${hexOf(acc)}`);
  }
  const gyr = (yield* read(MetaModule.gyr, MODULE_INFO)).bytes;
  return { accChip, gyrChip: GYR_CHIPS[gyr[2]], accRevision: acc[3] ?? 0, gyrRevision: gyr[3] ?? 0 };
}

function* read(module: number, register: number): GattScript<GattReply> {
  for (let tries = 1; ; tries++) {
    try {
      return yield {
        op: 'request',
        uuid: METAMOTION.command,
        bytes: Uint8Array.of(module, register),
        replyUuid: METAMOTION.notification,
        isReply: (found) => found[0] === module && found[1] === register,
        timeoutMs: REPLY_TIMEOUT_MS,
      };
    } catch (error) {
      const isLost = error instanceof PlumblineError && error.code === 'radio/timeout';
      if (!isLost || tries === READ_TRIES) throw error;
    }
  }
}

function* readStatus(): GattScript<DeviceStatus> {
  const { bytes } = yield* read(MetaModule.settings, BATTERY_READ);
  return batteryOf(bytes) ?? {};
}

/** The board knows no pattern: each pulse is a command of its own, which ends by itself. */
function* haptic({ intensityPct, onMs, offMs, repeats }: HapticCue): GattScript<void> {
  const duty = Math.round((MOTOR_FULL_DUTY * Math.max(0, Math.min(100, intensityPct))) / 100);
  const pulseMs = Math.max(0, Math.min(LONGEST_PULSE_MS, Math.round(onMs)));
  const bytes = new ByteWriter().u8(MetaModule.haptic).u8(PULSE).u8(duty).u16(pulseMs).u8(MOTOR).done();
  for (let i = 0; i < repeats; i++) {
    yield { op: 'write', uuid: METAMOTION.command, bytes };
    if (i + 1 < repeats) yield { op: 'wait', ms: onMs + offMs };
  }
}
