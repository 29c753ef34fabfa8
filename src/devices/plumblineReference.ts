/**
 * The open Plumbline IMU service (Bluetooth specification, section 2): our own documented protocol, for the open firmware.
 * Start: info → control point → time sync → configuration → data → START.
 */
import { PlumblineError } from '../model/errors.ts';
import { ByteWriter, hexOf } from './bytes.ts';
import { defineDevice, type GattScript, type HapticCue, type StreamRequest, type StreamStart } from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import { decodeCalibration, encodeCalibration } from './plumblineCalibration.ts';
import { captureUpright, control, synchronise } from './plumblineControl.ts';
import { decodePlumbline, statusOf } from './plumblinePackets.ts';
import {
  Capability,
  decodeInfo,
  maxSamplesPerPacket,
  PLUMBLINE,
  type PlumblineInfo,
  SEQUENCE_WRAP,
  SESSION_ACC_CODE,
  SESSION_GYR_CODE,
  STATUS_BUSY,
  TICK_HZ,
  TICK_WRAP,
} from './plumblineProtocol.ts';
import { readIdentity, subscribeBattery } from './sigServices.ts';

/** A packet waits at most this long in the wearable before it is sent: short against a person's reaction time. */
const BATCH_LATENCY_MS = 100;
const LPF_CODE_DEFAULT = 0;
const RATES_HZ = [25, 50, 100, 200] as const;

export const plumblineReference = defineDevice({
  id: 'plumbline',
  vendor: 'Plumbline',
  model: 'Plumbline IMU reference profile 1',
  matches: ({ name, serviceUuids }) =>
    serviceUuids.includes(PLUMBLINE.service) || name?.startsWith('Plumbline-') === true,
  description: {
    match: 'service 03220001-81aa-478a-8efb-3160cf7a3ccc, or name begins with "Plumbline-"',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'strap or clip; the wearable remembers how it sits',
    ranges: '±16 g and ±2000 deg/s are set; each packet states its own ranges, so a change is never misread',
    timeBase: 'ticks of 1/32768 s, compared with the host’s clock every minute; packets and samples are counted',
    identity: 'model, serial, firmware and hardware, from the Device Information Service',
    limits: ['one sample per packet and at most 100 Hz on links that carry only 20 bytes'],
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
      description: 'acceleration alone: the battery lasts longer, twists and turns are not seen',
      rateHz: { choices: RATES_HZ, default: 100 },
      hasGyroscope: false,
    },
  ],
  clock: { tickHz: TICK_HZ, stampOf: 'first', wrapTicks: TICK_WRAP, quantisationS: 1 / TICK_HZ },
  sequenceWrap: SEQUENCE_WRAP,
  gyroTiming: 'integratesBackward',
  capabilities: { falls: true, sway: 'full', haptic: true },
  start,
  stop: stopStream,
  upkeep: {
    everyS: 60,
    *script(nowMs) {
      return (yield* synchronise(nowMs)).sample;
    },
  },
  backfill,
  haptic,
  *readStatus() {
    const { bytes } = yield { op: 'read', uuid: PLUMBLINE.status };
    return statusOf(bytes) ?? {};
  },
  *identify() {
    yield* control('identify');
  },
  captureUpright,
  calibrationStore: {
    *read() {
      const { bytes } = yield { op: 'read', uuid: PLUMBLINE.calibration };
      return decodeCalibration(bytes);
    },
    *write(calibration) {
      yield { op: 'write', uuid: PLUMBLINE.calibration, bytes: encodeCalibration(calibration) };
    },
  },
  createDecoder: () => decodePlumbline,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const info = yield* readInfo();
  const hasGyroscope = request.mode !== 'acc' && (info.capabilities & Capability.gyro) !== 0;
  const rateHz = possibleRateHz(request.rateHz, info.maxRateHz);
  const identity = yield* readIdentity();
  yield { op: 'subscribe', uuid: PLUMBLINE.controlPoint };
  yield { op: 'subscribe', uuid: PLUMBLINE.status };
  yield* subscribeBattery();
  const sync = yield* synchronise(request.nowMs);
  yield* insist('setConfig', configValue(rateHz, request.mtu));
  yield { op: 'subscribe', uuid: PLUMBLINE.imuData };
  yield* insist('start', new ByteWriter().u8(Capability.acc | (hasGyroscope ? Capability.gyro : 0)).done());
  return {
    rateHz,
    hasGyroscope,
    epoch: sync.bootId.toString(16).padStart(8, '0'),
    backfillPackets: (info.capabilities & Capability.backfill) === 0 ? 0 : info.backfillPackets,
    identity,
    clockSamples: [sync.sample],
  };
}

/**
 * A session outlives its link, and START with what already runs goes on with it (`docs/plumbline-profile.md`). A session that
 * runs otherwise than we wish, perhaps another program's, makes the device answer "busy": it is ended first.
 */
function* insist(name: 'setConfig' | 'start', params: Uint8Array): GattScript<void> {
  try {
    yield* control(name, params);
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.context?.['status'] !== STATUS_BUSY) throw error;
    yield* control('stop');
    yield* control(name, params);
  }
}

function possibleRateHz(wishedHz: number, maxHz: number): number {
  return fittingRateHz(RATES_HZ, Math.min(wishedHz, maxHz), `${wishedHz} Hz wished, ${maxHz} Hz possible`);
}

function* readInfo(): GattScript<PlumblineInfo> {
  const { bytes } = yield { op: 'read', uuid: PLUMBLINE.info };
  const info = decodeInfo(bytes);
  if (info?.major !== 1) {
    const found = info ? `major version ${info.major}` : `${bytes.length} bytes: ${hexOf(bytes)}`;
    throw new PlumblineError('device/refused', `info: expected 16 bytes of major version 1, found ${found}`);
  }
  if ((info.capabilities & Capability.acc) === 0) {
    throw new PlumblineError('device/refused', 'info: expected an accelerometer, found none among the capabilities');
  }
  return info;
}

function configValue(rateHz: number, mtu: number): Uint8Array {
  const perLatency = Math.max(1, Math.round((rateHz * BATCH_LATENCY_MS) / 1000));
  const maxBatch = Math.min(perLatency, maxSamplesPerPacket(mtu));
  return new ByteWriter()
    .u16(rateHz)
    .u8(SESSION_ACC_CODE)
    .u8(SESSION_GYR_CODE)
    .u8(maxBatch)
    .u8(BATCH_LATENCY_MS / 10)
    .u8(LPF_CODE_DEFAULT)
    .u8(0)
    .done();
}

function* stopStream(): GattScript<void> {
  yield* control('stop');
}

function* backfill(firstSequence: number, count: number): GattScript<void> {
  for (let done = 0; done < count; done += 255) {
    const first = (firstSequence + done) % SEQUENCE_WRAP;
    yield* control(
      'backfill',
      new ByteWriter()
        .u16(first)
        .u8(Math.min(255, count - done))
        .done(),
    );
  }
}

const clampByte = (value: number, max: number): number => Math.max(0, Math.min(max, Math.round(value)));

function* haptic(cue: HapticCue): GattScript<void> {
  const bytes = new ByteWriter()
    .u8(1)
    .u8(clampByte(cue.intensityPct, 100))
    .u16(clampByte(cue.onMs, 0xffff))
    .u16(clampByte(cue.offMs, 0xffff))
    .u8(clampByte(cue.repeats, 0xff))
    .done();
  yield { op: 'write', uuid: PLUMBLINE.haptic, bytes };
}
