/** Nordic Thingy:52 with its own firmware (Bluetooth specification, section 1.6). */
import { PlumblineError } from '../model/errors.ts';
import { ByteReader, ByteWriter, hexOf } from './bytes.ts';
import { defineDevice, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import { readBattery, readIdentity, subscribeBattery } from './sigServices.ts';
import { decodeThingy52, THINGY52 } from './thingy52Packets.ts';

const RATES_HZ = [50, 100, 200] as const;
const CONFIG_BYTES = 9;
/** After the intervals of pedometer, temperature and compass, two bytes each. */
const RATE_OFFSET = 6;
const RATE_BOUNDS_HZ = [5, 200] as const;

export const thingy52 = defineDevice({
  id: 'thingy52',
  vendor: 'Nordic Semiconductor',
  model: 'Thingy:52',
  matches: ({ name, serviceUuids }) =>
    serviceUuids.includes(THINGY52.configuration) || name?.startsWith('Thingy') === true,
  description: {
    match: 'service ef680100-9b35-4933-9b10-52ffa9740042, or name begins with "Thingy"',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'has no strap of its own: a pouch on a chest strap or belt that holds it tight',
    ranges:
      'none can be set; the numbers reach ±32 g and ±1024 deg/s, the accelerometer itself is left at its driver’s default, most likely ±2 g',
    timeBase: 'none: times rest on arrivals alone, and lost packets are not noticed',
    identity: 'model, serial, firmware and hardware, as far as its Device Information Service has them',
    limits: [
      'hard impacts are cut off by its range, so falls are not judged',
      'sway in the time domain only',
      'lost packets are neither noticed nor sent again',
    ],
  },
  rateHz: { choices: RATES_HZ, default: 100 },
  hasGyroscope: true,
  clock: undefined,
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  // A fall's floor rule begins at 3 g, and `drv_motion.c` leaves the range at what the chip's driver sets.
  capabilities: { falls: false, sway: 'timeDomain', haptic: false },
  start,
  /** Nothing can be told: the firmware switches the sensor off when the link is let go, which follows. */
  *stop() {},
  readStatus: readBattery,
  createDecoder: () => decodeThingy52,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const identity = yield* readIdentity();
  const rateHz = yield* setRate(fittingRateHz(RATES_HZ, request.rateHz));
  yield* subscribeBattery();
  // Whoever subscribes switches the sensor on.
  yield { op: 'subscribe', uuid: THINGY52.raw };
  return { rateHz, hasGyroscope: true, epoch: '', backfillPackets: 0, identity };
}

/** The configuration is kept in flash, so it is written only where it differs, and the rest of it stays as it is. */
function* setRate(wishedHz: number): GattScript<number> {
  const config = yield* readConfig();
  if (rateHzOf(config) === wishedHz) return wishedHz;
  const bytes = new ByteWriter()
    .raw(config.subarray(0, RATE_OFFSET))
    .u16(wishedHz)
    .raw(config.subarray(RATE_OFFSET + 2))
    .done();
  yield { op: 'write', uuid: THINGY52.motionConfig, bytes };
  const foundHz = rateHzOf(yield* readConfig());
  const [least, most] = RATE_BOUNDS_HZ;
  if (foundHz >= least && foundHz <= most) return foundHz;
  throw new PlumblineError('device/refused', `motion configuration: expected ${wishedHz} Hz, found ${foundHz} Hz`);
}

function* readConfig(): GattScript<Uint8Array> {
  const { bytes } = yield { op: 'read', uuid: THINGY52.motionConfig };
  if (bytes.length === CONFIG_BYTES) return bytes;
  const found = `${bytes.length}: ${hexOf(bytes)}`;
  throw new PlumblineError('device/refused', `motion configuration: expected ${CONFIG_BYTES} bytes, found ${found}`);
}

const rateHzOf = (config: Uint8Array): number => new ByteReader(config).u16(RATE_OFFSET);
