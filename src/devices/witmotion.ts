/**
 * WitMotion with Bluetooth 5.0: BWT901BLE5.0C, WT901BLECL, WT9011DCL (Bluetooth specification, section 1.5). It streams as soon
 * as somebody listens; start only sees to the rate. Registers are written without an answer, so the rate is read again.
 */
import { PlumblineError } from '../model/errors.ts';
import { defineDevice, type DeviceIdentity, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import {
  batteryPctOf,
  createWitmotionDecoder,
  DUAL_MODE,
  identityOf,
  RegisterAnswer,
  SINGLE_MODE,
  type WitmotionUuids,
} from './witmotionPackets.ts';

const Register = { save: 0x00, rate: 0x03, readFrom: 0x27, version: 0x2e, battery: 0x64, unlock: 0x69 } as const;
const UNLOCK_KEY = 0xb588;
const BETWEEN_WRITES_MS = 100;
const ANSWER_TIMEOUT_MS = 1000;
const ANSWER_TRIES = 2;
/** What stands in the rate register. Slower rates exist, but a bend is over before they have seen it. */
const RATE_CODES: Readonly<Record<number, number>> = { 10: 0x06, 20: 0x07, 50: 0x08, 100: 0x09, 200: 0x0b };
const RATES_HZ = [10, 20, 50, 100, 200] as const;

export const witmotion = defineDevice({
  id: 'witmotion',
  vendor: 'WitMotion',
  model: 'WitMotion BLE 5.0 (BWT901BLE5.0C, WT901BLECL, WT9011DCL)',
  // The vendor looks for any name with "WT" in it, which other makers' products have as well.
  matches: ({ name, serviceUuids }) =>
    serviceUuids.includes(SINGLE_MODE.service) || (name !== undefined && /(?:^|[^A-Za-z])B?WT(?:S|\d)/.test(name)),
  description: {
    match:
      'service 0000ffe5-0000-1000-8000-00805f9a34fb, or a word in the name that begins with WT or BWT and a digit, or WTS',
    placements: ['chest', 'lowerBack', 'waist'],
    wear: 'strap or clip of one’s own',
    ranges: '±16 g and ±2000 deg/s are the sensor’s own; a value at the end of its range is flagged',
    identity: 'firmware, from its version register',
    timeBase: 'none: times rest on arrivals, and lost samples are not noticed',
    limits: [
      'neither time nor count in its packets: lost samples cannot be counted, and spectra of sway are not trustworthy',
      'frames have no checksum: damaged bytes are told by their place in the stream alone',
      'falls need 50 Hz or more: at 10 and 20 Hz an impact falls between two samples',
      'it cannot be told to stop or to sleep: switch it off after use',
      'the rate stays set in the sensor for its next user',
    ],
  },
  rateHz: { choices: RATES_HZ, default: 50 },
  hasGyroscope: true,
  clock: undefined,
  sequenceWrap: undefined,
  gyroTiming: 'instantaneous',
  capabilities: { falls: true, sway: 'timeDomain', haptic: false },
  start,
  // It stops by itself when the link ends.
  *stop() {
    yield* [];
  },
  *readStatus() {
    const uuids = yield* listen();
    const batteryPct = batteryPctOf((yield* readRegister(uuids, Register.battery))[0]);
    return batteryPct === undefined ? {} : { batteryPct };
  },
  createDecoder: createWitmotionDecoder,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const rateHz = fittingRateHz(RATES_HZ, request.rateHz);
  const uuids = yield* listen();
  const identity = yield* readIdentity(uuids);
  const wasChanged = yield* setRate(uuids, rateHz);
  return {
    rateHz,
    hasGyroscope: true,
    epoch: '',
    backfillPackets: 0,
    ...(identity ? { identity } : {}),
    ...(wasChanged ? { discardsEarlier: true } : {}),
  };
}

/** Models with classic Bluetooth as well have a service of their own. Answers which of the two is there. */
function* listen(): GattScript<WitmotionUuids> {
  try {
    yield { op: 'subscribe', uuid: SINGLE_MODE.notify };
    return SINGLE_MODE;
  } catch (error) {
    if (!(error instanceof PlumblineError && error.code === 'radio/refused')) throw error;
  }
  yield { op: 'subscribe', uuid: DUAL_MODE.notify };
  return DUAL_MODE;
}

function* readIdentity(uuids: WitmotionUuids): GattScript<DeviceIdentity | undefined> {
  try {
    return identityOf(yield* readRegister(uuids, Register.version));
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'radio/timeout') return undefined;
    throw error;
  }
}

/** The rate is stored, and memory wears out: it is written only when it differs. Answers whether it was. */
function* setRate(uuids: WitmotionUuids, rateHz: number): GattScript<boolean> {
  const code = RATE_CODES[rateHz];
  if ((yield* readRegister(uuids, Register.rate))[0] === code) return false;
  yield* writeRegister(uuids, Register.unlock, UNLOCK_KEY);
  yield { op: 'wait', ms: BETWEEN_WRITES_MS };
  yield* writeRegister(uuids, Register.rate, code);
  yield { op: 'wait', ms: BETWEEN_WRITES_MS };
  yield* writeRegister(uuids, Register.save, 0);
  yield { op: 'wait', ms: BETWEEN_WRITES_MS };
  const [found] = yield* readRegister(uuids, Register.rate);
  if (found === code) return true;
  throw new PlumblineError('device/refused', `rate: expected code ${code} for ${rateHz} Hz, found ${found}`);
}

function* writeRegister(uuids: WitmotionUuids, register: number, value: number): GattScript<void> {
  yield { op: 'write', uuid: uuids.write, bytes: Uint8Array.of(0xff, 0xaa, register, value & 0xff, value >> 8) };
}

/** The register and the seven behind it. An answer can be lost among the data, so it is asked for once more. */
function* readRegister(uuids: WitmotionUuids, register: number): GattScript<readonly number[]> {
  for (let tries = 1; ; tries++) {
    const answer = new RegisterAnswer(register);
    try {
      yield {
        op: 'request',
        uuid: uuids.write,
        bytes: Uint8Array.of(0xff, 0xaa, Register.readFrom, register, 0),
        replyUuid: uuids.notify,
        isReply: (notification) => answer.push(notification),
        timeoutMs: ANSWER_TIMEOUT_MS,
      };
    } catch (error) {
      const isLost = error instanceof PlumblineError && error.code === 'radio/timeout';
      if (!isLost || tries === ANSWER_TRIES) throw error;
      continue;
    }
    if (answer.values) return answer.values;
    throw new PlumblineError('device/refused', `register ${register}: expected its eight values, found none`);
  }
}
