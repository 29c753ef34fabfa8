/**
 * Polar Verity Sense: acceleration and rotation, each in compressed frames of its own, by the PMD service (Bluetooth
 * specification, section 1.2). In its SDK mode it offers other rates and ranges, and gives up its heart rate.
 */
import { defineDevice, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import { createPmdDecoder, PMD_GYR_RANGE_DPS, PMD_TICK_HZ } from './polarPmdPackets.ts';
import { PmdType } from './polarPmdProtocol.ts';
import { openPmd, setSdkMode, startPmdStream, stopPmdStream } from './polarPmdScript.ts';
import { readBattery, readIdentity } from './sigServices.ts';

const CHANNELS = 3;
/** PolarBleApi.kt names it for the sensor's predecessor, the OH1. */
const LEAST_MTU = 140;
/** The widest of each mode: a fall goes beyond 8 g. */
const MODES = {
  standard: { ratesHz: [52], accRangeG: 8 },
  sdk: { ratesHz: [26, 52, 104, 208], accRangeG: 16 },
} as const;

export const polarVerity = defineDevice({
  id: 'polar-verity',
  vendor: 'Polar',
  model: 'Polar Verity Sense',
  matches: ({ name }) => name?.startsWith('Polar Sense ') === true,
  description: {
    match: 'name begins with "Polar Sense "',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'on a strap around the chest or by its clip at the waistband; on the arm it knows nothing of the trunk',
    ranges: '±8 g and ±2000 deg/s, in SDK mode ±16 g and ±2000 deg/s, set at every start',
    identity: 'model, serial, firmware and hardware, from the Device Information Service',
    timeBase:
      'nanoseconds of the last sample in each packet; a step in them shows lost packets. The clock begins anew in 2019 when the battery was empty',
    limits: [
      'lost packets cannot be sent again',
      'acceleration and rotation come apart: what has lost its other half is missing',
      'in SDK mode it does not measure the heart rate, and empties its battery faster',
    ],
  },
  rateHz: { choices: MODES.standard.ratesHz, default: 52 },
  hasGyroscope: true,
  modes: [
    {
      id: 'standard',
      description: '52 Hz, ±8 g',
      rateHz: { choices: MODES.standard.ratesHz, default: 52 },
      hasGyroscope: true,
    },
    {
      id: 'sdk',
      description: '26 to 208 Hz, ±16 g; no heart rate, shorter battery life',
      rateHz: { choices: MODES.sdk.ratesHz, default: 104 },
      hasGyroscope: true,
    },
  ],
  clock: { tickHz: PMD_TICK_HZ, stampOf: 'last', wrapTicks: Infinity, quantisationS: 1 / PMD_TICK_HZ },
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  pairing: 'byStamp',
  capabilities: { falls: true, sway: 'full', haptic: false },
  start,
  *stop() {
    yield* stopStreams();
    yield* setSdkMode(false);
  },
  readStatus: readBattery,
  createDecoder: () => createPmdDecoder(MODES.sdk.accRangeG),
});

function* start({ rateHz: wishedHz, mode, mtu }: StreamRequest): GattScript<StreamStart> {
  const isSdk = mode === 'sdk';
  const { ratesHz, accRangeG } = isSdk ? MODES.sdk : MODES.standard;
  const rateHz = fittingRateHz<number>(ratesHz, wishedHz);
  const streams = [PmdType.acceleration, PmdType.rotation] as const;
  const offers = yield* openPmd(mtu, { model: 'a Polar Verity Sense', leastMtu: LEAST_MTU, streams });
  const identity = yield* readIdentity();
  // The mode cannot change while something streams, and an earlier link may have left anything behind.
  yield* stopStreams();
  if (isSdk || offers(PmdType.sdkMode)) yield* setSdkMode(isSdk);
  yield* startPmdStream(PmdType.acceleration, { rateHz, rangeUnits: accRangeG, channels: CHANNELS });
  yield* startPmdStream(PmdType.rotation, { rateHz, rangeUnits: PMD_GYR_RANGE_DPS, channels: CHANNELS });
  return { rateHz, hasGyroscope: true, epoch: '', backfillPackets: 0, identity };
}

function* stopStreams(): GattScript<void> {
  yield* stopPmdStream(PmdType.acceleration);
  yield* stopPmdStream(PmdType.rotation);
}
