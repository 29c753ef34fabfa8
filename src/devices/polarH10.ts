/**
 * Polar H10 chest strap: acceleration alone, by the PMD service (Bluetooth specification, section 1.2).
 * Its streams must be stopped before the link ends, or it stays awake until its battery is empty (vendor's KnownIssues).
 */
import { defineDevice, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import { createPmdDecoder, PMD_TICK_HZ } from './polarPmdPackets.ts';
import { PmdType } from './polarPmdProtocol.ts';
import { openPmd, startPmdStream, stopPmdStream } from './polarPmdScript.ts';
import { readBattery, readIdentity } from './sigServices.ts';

const RATES_HZ = [25, 50, 100, 200] as const;
const ACC_RANGE_G = 8;
/** PolarBleApi.kt. */
const LEAST_MTU = 70;

export const polarH10 = defineDevice({
  id: 'polar-h10',
  vendor: 'Polar',
  model: 'Polar H10',
  matches: ({ name }) => name?.startsWith('Polar H10 ') === true,
  description: {
    match: 'name begins with "Polar H10 "',
    placements: ['chest'],
    wear: 'chest strap, the sensor over the sternum; the electrodes moist, or it switches off',
    ranges: '±8 g, set at every start; harder impacts are cut off there and marked',
    identity: 'model, serial, firmware and hardware, from the Device Information Service',
    timeBase:
      'nanoseconds of the last sample in each packet; a step in them shows lost packets. The clock begins anew in 2019 when the sensor was off the strap',
    limits: [
      'no gyroscope: no twists and turns, and bends are judged by gravity alone',
      'an impact above 8 g is known to be hard, but not how hard',
      'lost packets cannot be sent again',
      'disconnects 45 s after it has left the strap',
    ],
  },
  rateHz: { choices: RATES_HZ, default: 100 },
  hasGyroscope: false,
  clock: { tickHz: PMD_TICK_HZ, stampOf: 'last', wrapTicks: Infinity, quantisationS: 1 / PMD_TICK_HZ },
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  capabilities: { falls: true, sway: 'full', haptic: false },
  start,
  stop: () => stopPmdStream(PmdType.acceleration),
  readStatus: readBattery,
  createDecoder: () => createPmdDecoder(ACC_RANGE_G),
});

function* start({ rateHz: wishedHz, mtu }: StreamRequest): GattScript<StreamStart> {
  const rateHz = fittingRateHz(RATES_HZ, wishedHz);
  yield* openPmd(mtu, { model: 'a Polar H10', leastMtu: LEAST_MTU, streams: [PmdType.acceleration] });
  const identity = yield* readIdentity();
  yield* startPmdStream(PmdType.acceleration, { rateHz, rangeUnits: ACC_RANGE_G });
  return { rateHz, hasGyroscope: false, epoch: '', backfillPackets: 0, identity };
}
