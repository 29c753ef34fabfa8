/** TI CC2650 SensorTag (Bluetooth specification, section 1.8): ten samples a second, which is enough for posture and nothing else. */
import { PlumblineError } from '../model/errors.ts';
import { defineDevice, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { decodeSensortag, MOVEMENT_OFF, MOVEMENT_ON, SENSORTAG } from './sensortagPackets.ts';
import { readBattery, readIdentity, subscribeBattery } from './sigServices.ts';

const NAMES = ['CC2650 SensorTag', 'SensorTag 2.0'];
const RATE_HZ = 10;
/** The least that the firmware takes; told in steps of 10 ms. */
const PERIOD_MS = 100;

export const sensortag = defineDevice({
  id: 'sensortag-cc2650',
  vendor: 'Texas Instruments',
  model: 'CC2650 SensorTag',
  matches: ({ name, serviceUuids }) =>
    serviceUuids.includes(SENSORTAG.advertised) || (name !== undefined && NAMES.includes(name)),
  description: {
    match: 'service aa80, or named "CC2650 SensorTag" or "SensorTag 2.0"',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'has no strap of its own: a pouch on a chest strap or belt that holds it tight',
    ranges: '±8 g is set; the gyroscope has ±256 deg/s and no other range',
    timeBase: 'none: times rest on arrivals alone, and lost packets are not noticed',
    identity: 'model, serial, firmware and hardware, as far as its Device Information Service has them',
    limits: [
      'at most 10 samples a second: posture only, neither falls nor sway',
      'fast turns go beyond the range of the gyroscope',
      'lost packets are neither noticed nor sent again',
    ],
  },
  rateHz: { choices: [RATE_HZ], default: RATE_HZ },
  hasGyroscope: true,
  clock: undefined,
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  capabilities: { falls: false, sway: 'none', haptic: false },
  start,
  *stop() {
    yield { op: 'write', uuid: SENSORTAG.config, bytes: Uint8Array.from(MOVEMENT_OFF) };
  },
  readStatus: readBattery,
  createDecoder: () => decodeSensortag,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  if (request.rateHz < RATE_HZ) {
    throw new PlumblineError('device/refused', `expected a rate of ${RATE_HZ} Hz, found ${request.rateHz} Hz`);
  }
  const identity = yield* readIdentity();
  yield* subscribeBattery();
  yield { op: 'write', uuid: SENSORTAG.period, bytes: Uint8Array.of(PERIOD_MS / 10) };
  yield { op: 'write', uuid: SENSORTAG.config, bytes: Uint8Array.from(MOVEMENT_ON) };
  yield { op: 'subscribe', uuid: SENSORTAG.data };
  return { rateHz: RATE_HZ, hasGyroscope: true, epoch: '', backfillPackets: 0, identity };
}
