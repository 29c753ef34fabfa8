/**
 * Xsens DOT, later Movella DOT (Bluetooth specification, section 1.4). Start: end an old measurement → rate → battery →
 * payload → START. Orientation, free acceleration and recording in the sensor are not used.
 */
import { PlumblineError } from '../model/errors.ts';
import { ByteReader, hexOf } from './bytes.ts';
import { defineDevice, type DeviceIdentity, type GattScript, type StreamRequest, type StreamStart } from './define.ts';
import { fittingRateHz } from './fittingRate.ts';
import {
  batteryOf,
  CUSTOM_5,
  decodeXsensDot,
  identityOf,
  type PayloadLayout,
  RATE_QUANTITIES,
  XSENS_DOT,
} from './xsensDotPackets.ts';

/** Movella Technologies, formerly Xsens. */
const COMPANY_ID = 0x0886;
/** Of the live rates 1, 4, 10, 12, 15, 20, 30 and 60 Hz, those that a bend is still seen with; 120 Hz exists in recordings only. */
const RATES_HZ = [20, 30, 60] as const;
const RATE_CHOICES = { choices: RATES_HZ, default: 60 } as const;

/** First byte of a write to device control: which of its fields the write changes. */
const Visit = { identify: 0x01, outputRate: 0x10 } as const;
const DEVICE_CONTROL_BYTES = 32;
const IDENTIFY_AT = 1;
const RATE_AT = 24;
const CONTROL_TYPE = 1;
const Action = { stop: 0, start: 1 } as const;
/** After a measurement was ended, the next one may begin. */
const SETTLE_MS = 3000;

export const xsensDot = defineDevice({
  id: 'xsens-dot',
  vendor: 'Xsens',
  model: 'Xsens DOT, Movella DOT',
  matches: ({ name, companyId }) =>
    name === undefined ? companyId === COMPANY_ID : name.startsWith('Xsens DOT') || name.startsWith('Movella DOT'),
  description: {
    match:
      'name begins with "Xsens DOT" or "Movella DOT"; without a name, company 0x0886. All have the same name: enrol by address',
    placements: ['chest', 'lowerBack', 'waist'],
    wear: 'elastic strap or adhesive patch',
    ranges: '±16 g and ±2000 deg/s are the sensor’s own; the protocol cannot change them',
    identity: 'serial and firmware, from its device information',
    timeBase:
      'microseconds since power-on in each packet, which wrap after 71.6 minutes; a step in them shows lost samples',
    limits: [
      'lost samples cannot be sent again',
      'each sample is the mean over its interval: a short impact reads lower than it was, most of all at 20 and 30 Hz',
      'out of reach for 10 minutes it falls asleep and has to be woken by its button',
      'at most five sensors at a time on one radio',
    ],
  },
  rateHz: RATE_CHOICES,
  hasGyroscope: true,
  modes: [
    {
      id: 'rate-quantities',
      description: 'acceleration and rotation',
      rateHz: RATE_CHOICES,
      hasGyroscope: true,
    },
    {
      id: 'custom5',
      description: 'the same with the sensor’s own quaternion, which is not used: longer packets, needs an MTU of 66',
      rateHz: RATE_CHOICES,
      hasGyroscope: true,
    },
  ],
  clock: { tickHz: 1_000_000, stampOf: 'first', wrapTicks: 2 ** 32, quantisationS: 1e-6 },
  sequenceWrap: undefined,
  // 800 Hz inside, integrated over each output interval and divided by it again (user manual XD0502P, sections 3.1 and 4.2).
  gyroTiming: 'integratesBackward',
  capabilities: { falls: true, sway: 'full', haptic: false },
  start,
  stop,
  *readStatus() {
    const { bytes } = yield { op: 'read', uuid: XSENS_DOT.battery };
    return batteryOf(bytes) ?? {};
  },
  *identify() {
    yield* changeDeviceControl(Visit.identify, (bytes) => {
      bytes[IDENTIFY_AT] = 1;
    });
  },
  createDecoder: () => decodeXsensDot,
});

function* start(request: StreamRequest): GattScript<StreamStart> {
  const layout = request.mode === 'custom5' ? CUSTOM_5 : RATE_QUANTITIES;
  expectMtu(layout, request.mtu);
  const rateHz = fittingRateHz(RATES_HZ, request.rateHz);
  const identity = yield* readInfo();
  if (yield* endMeasurement()) yield { op: 'wait', ms: SETTLE_MS };
  yield* setRate(rateHz);
  yield { op: 'subscribe', uuid: XSENS_DOT.battery };
  yield { op: 'subscribe', uuid: layout.uuid };
  yield* beginMeasurement(layout.mode);
  return {
    rateHz,
    hasGyroscope: true,
    // The stamps count from power-on, but nothing in the protocol tells one from another.
    epoch: '',
    backfillPackets: 0,
    ...(identity === undefined ? {} : { identity }),
  };
}

/** A notification that the link cannot carry whole comes cut off behind the acceleration. */
function expectMtu({ mode, notificationBytes }: PayloadLayout, mtu: number): void {
  const neededMtu = 3 + notificationBytes;
  if (mtu >= neededMtu) return;
  throw new PlumblineError('device/refused', `mode ${mode}: expected an MTU of at least ${neededMtu}, found ${mtu}`);
}

function* readInfo(): GattScript<DeviceIdentity | undefined> {
  const { bytes } = yield { op: 'read', uuid: XSENS_DOT.info };
  return identityOf(bytes);
}

/** Another program, or a link that was lost, may have left it measuring, in whatever mode. Answers whether it was. */
function* endMeasurement(): GattScript<boolean> {
  const { bytes } = yield { op: 'read', uuid: XSENS_DOT.measurementControl };
  const [, action, mode = RATE_QUANTITIES.mode] = bytes;
  if (action !== Action.start) return false;
  yield {
    op: 'write',
    uuid: XSENS_DOT.measurementControl,
    bytes: Uint8Array.of(CONTROL_TYPE, Action.stop, mode),
  };
  return true;
}

/** Not heard while it still settles from a measurement that was ended just now, so it is said a second time if need be. */
function* beginMeasurement(mode: number): GattScript<void> {
  const bytes = Uint8Array.of(CONTROL_TYPE, Action.start, mode);
  yield { op: 'write', uuid: XSENS_DOT.measurementControl, bytes };
  const { bytes: found } = yield { op: 'read', uuid: XSENS_DOT.measurementControl };
  if (found[1] === Action.start) return;
  yield { op: 'wait', ms: SETTLE_MS };
  yield { op: 'write', uuid: XSENS_DOT.measurementControl, bytes };
}

function* stop(): GattScript<void> {
  yield* endMeasurement();
}

/** Read, changed, written back whole, and read again: the sensor keeps its old rate in silence when it will not change it. */
function* setRate(rateHz: number): GattScript<void> {
  if (rateOf(yield* readDeviceControl()) === rateHz) return;
  yield* changeDeviceControl(Visit.outputRate, (bytes) => {
    bytes[RATE_AT] = rateHz & 0xff;
    bytes[RATE_AT + 1] = rateHz >> 8;
  });
  const foundHz = rateOf(yield* readDeviceControl());
  if (foundHz === rateHz) return;
  throw new PlumblineError('device/refused', `rate: expected ${rateHz} Hz, found ${foundHz} Hz after it was set`);
}

function* changeDeviceControl(visit: number, change: (bytes: Uint8Array) => void): GattScript<void> {
  const bytes = (yield* readDeviceControl()).slice();
  bytes[0] = visit;
  change(bytes);
  yield { op: 'write', uuid: XSENS_DOT.deviceControl, bytes };
}

function* readDeviceControl(): GattScript<Uint8Array> {
  const { bytes } = yield { op: 'read', uuid: XSENS_DOT.deviceControl };
  if (bytes.length === DEVICE_CONTROL_BYTES) return bytes;
  const found = `${bytes.length}: ${hexOf(bytes)}`;
  throw new PlumblineError('device/refused', `device control: expected ${DEVICE_CONTROL_BYTES} bytes, found ${found}`);
}

const rateOf = (deviceControl: Uint8Array): number => new ByteReader(deviceControl).u16(RATE_AT);
