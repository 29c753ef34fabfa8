/** Movesense (HR2, HR+, Medical, Flash) with the GATT SensorData Protocol, firmware 2.3 or newer (Bluetooth specification, section 1.1). */
import { PlumblineError } from '../model/errors.ts';
import { defineDevice, type DeviceStatus, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { energyLevelPct, hello, setTime, subscribeTo, unsubscribe } from './movesenseCommands.ts';
import { decodeMovesense, MOVESENSE, MOVESENSE_STREAMS, type MovesenseStream } from './movesensePackets.ts';
import { readBattery, subscribeBattery } from './sigServices.ts';

const RATES_HZ = [13, 26, 52, 104] as const;
const RATES = { choices: RATES_HZ, default: 52 } as const;
const STREAM_OF_MODE: Readonly<Record<string, MovesenseStream>> = { imu6: 'IMU6', imu9: 'IMU9', acc: 'Acc' };
const HEADER_BYTES = 6;
/** The firmware keeps a notification within an MTU of 161. */
const MOST_BYTES = 158;
const ATT_HEADER_BYTES = 3;
const PACKET_RATE_HZ = 13;

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
    identity: 'model, serial and firmware, from its answer to HELLO',
    limits: [
      'lost packets cannot be sent again',
      'a restart of the sensor looks like any other reconnection',
      'packets of 104 Hz were not seen from a device: where the link cuts them, choose 52 Hz',
    ],
  },
  rateHz: RATES,
  hasGyroscope: true,
  modes: [
    { id: 'imu6', description: 'acceleration and rotation', rateHz: RATES, hasGyroscope: true },
    {
      id: 'imu9',
      description: 'acceleration, rotation and magnetic field; the field is not used, so it only costs battery',
      rateHz: RATES,
      hasGyroscope: true,
    },
    {
      id: 'acc',
      description: 'acceleration alone: the battery lasts longer, twists and turns are not seen',
      rateHz: RATES,
      hasGyroscope: false,
    },
  ],
  // Whole milliseconds since boot: at 52 Hz packets step 76.9 ms, so stamps alternate between 76 and 77.
  clock: { tickHz: 1000, stampOf: 'first', wrapTicks: 2 ** 32, quantisationS: 0.001 },
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  capabilities: { falls: true, sway: 'full', haptic: false },
  start,
  *stop() {
    // Whichever of them runs; one that does not is answered 404, which harms nothing.
    for (const { reference } of Object.values(MOVESENSE_STREAMS)) yield* unsubscribe(reference);
  },
  readStatus,
  createDecoder: () => decodeMovesense,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const stream = STREAM_OF_MODE[request.mode ?? 'imu6'];
  const { reference, arrays } = MOVESENSE_STREAMS[stream];
  const rateHz = fittingRateHz(request, arrays.length);
  yield { op: 'subscribe', uuid: MOVESENSE.data };
  yield* subscribeBattery();
  yield* setTime(request.nowMs);
  const identity = yield* hello();
  yield* subscribeTo(`/Meas/${stream}/${rateHz}`, reference);
  return {
    rateHz,
    hasGyroscope: stream !== 'Acc',
    // The stamps count from boot, but nothing in the protocol tells one boot from another.
    epoch: '',
    backfillPackets: 0,
    identity,
  };
}

/** About 77 ms of samples in one packet, but no more than fit. */
function neededMtu(rateHz: number, countArrays: number): number {
  const sampleBytes = 12 * countArrays;
  const fitting = Math.floor((MOST_BYTES - HEADER_BYTES) / sampleBytes);
  return ATT_HEADER_BYTES + HEADER_BYTES + sampleBytes * Math.min(Math.round(rateHz / PACKET_RATE_HZ), fitting);
}

/** The wished rate, or the highest whose packets the link can carry: a longer packet would come truncated. */
function fittingRateHz({ rateHz, mtu }: StreamRequest, countArrays: number): number {
  const fitting = RATES_HZ.filter((choice) => choice <= rateHz && neededMtu(choice, countArrays) <= mtu).at(-1);
  if (fitting === undefined) {
    const leastMtu = neededMtu(RATES_HZ[0], countArrays);
    const expected = `an MTU of at least ${leastMtu} and a rate of at least ${RATES_HZ[0]} Hz`;
    throw new PlumblineError('device/refused', `expected ${expected}, found MTU ${mtu} and ${rateHz} Hz`);
  }
  return fitting;
}

/** The battery service is on most firmware; what lacks it may still tell when asked in its own protocol. */
function* readStatus(): GattScript<DeviceStatus> {
  try {
    return yield* readBattery();
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'radio/refused') throw error;
    const batteryPct = yield* energyLevelPct();
    return batteryPct === undefined ? {} : { batteryPct };
  }
}
