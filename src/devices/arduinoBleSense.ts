/**
 * Arduino Nano 33 BLE Sense with the "BLESense" sketch (Bluetooth specification, section 1.7). It measures from the moment that
 * somebody subscribes, at its own pace; nothing can be configured.
 */
import { ARDUINO, decodeArduinoBleSense } from './arduinoBleSensePackets.ts';
import { defineDevice, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { readIdentity } from './sigServices.ts';

/**
 * In the middle of 104 and 119 Hz, the data rates of the chips and libraries of its revisions; the loop of the sketch decides
 * in the end. The true rate is learned from arrivals.
 */
const RATE_HZ = 110;

export const arduinoBleSense = defineDevice({
  id: 'arduino-blesense',
  vendor: 'Arduino',
  model: 'Nano 33 BLE Sense, sketch "BLESense"',
  matches: ({ name, serviceUuids }) => serviceUuids.includes(ARDUINO.service) || name?.startsWith('BLESense-') === true,
  description: {
    match: 'service 6fbe1da7-0000-44de-92c4-bb6e04fb0212, or name begins with "BLESense-"',
    placements: ['chest', 'waist', 'lowerBack'],
    wear: 'a bare board: it needs a case, a battery and a strap of your own',
    ranges: 'those of the sketch, ±4 g and ±2000 deg/s with Arduino’s libraries; they are not stated and cannot be set',
    timeBase:
      'none: times are learned from when packets arrive, tens of milliseconds from the truth; a loss shows only as a silence or a lasting delay',
    limits: [
      'not recommended: for trying things out; a sketch that speaks the Plumbline IMU profile serves the same board better',
      'no time stamps and no counters: frequencies of sway are not computed',
      'the rate is that of the sketch’s loop, up to a tenth off its name',
      'acceleration and rotation come apart, one sample in a packet: about 220 packets a second, and some will be lost',
      'falls are not judged: ±4 g clips an impact',
    ],
  },
  rateHz: { choices: [RATE_HZ], default: RATE_HZ },
  hasGyroscope: true,
  clock: undefined,
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  pairing: 'byArrival',
  capabilities: { falls: false, sway: 'timeDomain', haptic: false },
  start,
  // It ends with the subscription, which goes with the link.
  *stop() {},
  createDecoder: () => decodeArduinoBleSense,
});

function* start(_request: StreamRequest): GattScript<StreamStart> {
  const identity = yield* readIdentity();
  yield { op: 'subscribe', uuid: ARDUINO.acceleration };
  yield { op: 'subscribe', uuid: ARDUINO.gyroscope };
  return { rateHz: RATE_HZ, hasGyroscope: true, epoch: '', backfillPackets: 0, identity };
}
