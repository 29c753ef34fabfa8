/** The steps that Polar's PMD sensors share: opening, starting and stopping streams (Bluetooth specification, 1.2). */
import { PlumblineError } from '../model/errors.ts';
import type { GattScript } from './define.ts';
import {
  PMD,
  PmdCommand,
  pmdFeaturesOf,
  type PmdResponse,
  PmdResponseCollector,
  type PmdSettings,
  pmdStartCommand,
  PmdStatus,
  pmdStatusWords,
  type PmdStream,
  PmdType,
} from './polarPmdProtocol.ts';
import { subscribeBattery } from './sigServices.ts';

const REPLY_TIMEOUT_MS = 2000;
/** Two streams and the mode are ended within the time that a session has for its farewell. */
const STOP_TIMEOUT_MS = 250;
/** Insufficient authentication, insufficient encryption. */
const PAIRING_ERRORS: readonly unknown[] = [0x05, 0x0f];

interface PmdNeeds {
  readonly model: string;
  readonly leastMtu: number;
  readonly streams: readonly PmdStream[];
}

/**
 * Subscribes, the control point first, and asks what the sensor offers.
 * @throws PlumblineError `device/refused` when the link is too narrow, wants to be paired, or a stream is not offered
 */
export function* openPmd(mtu: number, { model, leastMtu, streams }: PmdNeeds): GattScript<(type: number) => boolean> {
  if (mtu < leastMtu) {
    throw new PlumblineError('device/refused', `expected an MTU of at least ${leastMtu} for ${model}, found ${mtu}`);
  }
  try {
    yield { op: 'subscribe', uuid: PMD.control };
    yield { op: 'subscribe', uuid: PMD.data };
    const { bytes } = yield { op: 'read', uuid: PMD.control };
    yield* subscribeBattery();
    const features = pmdFeaturesOf(bytes);
    const absent = streams.find((type) => features && !features.offers(type));
    if (absent !== undefined) {
      throw new PlumblineError(
        'device/refused',
        `expected ${model} to offer ${nameOf(absent)}, found that it does not`,
      );
    }
    return features?.offers ?? (() => true);
  } catch (error) {
    throw wantsPairing(error) ? pairingNeeded(model, error) : error;
  }
}

const wantsPairing = (error: unknown): error is PlumblineError =>
  error instanceof PlumblineError &&
  error.code === 'radio/refused' &&
  PAIRING_ERRORS.includes(error.context['attError']);

/** Some firmware wants it, and the radio library can only pair in the oldest way. */
function pairingNeeded(model: string, cause: PlumblineError): PlumblineError {
  const found = `${cause.message}; pair it once with bluetoothctl`;
  return new PlumblineError('device/refused', `expected ${model} to accept this computer, found: ${found}`, { cause });
}

/** @throws PlumblineError `device/refused` with the sensor's own reason */
export function* startPmdStream(type: PmdStream, settings: PmdSettings): GattScript<void> {
  const command = pmdStartCommand(type, settings);
  let response = yield* ask(command, REPLY_TIMEOUT_MS);
  if (response.status === PmdStatus.alreadyInState) {
    // Left running by an earlier link, in settings that nobody knows.
    yield* stopPmdStream(type);
    response = yield* ask(command, REPLY_TIMEOUT_MS);
  }
  if (response.status === PmdStatus.ok) return;
  throw new PlumblineError(
    'device/refused',
    `start of ${nameOf(type)}: expected status 0, found ${pmdStatusWords(response.status)}`,
    { context: { status: response.status } },
  );
}

/** Whether it ran or not: afterwards it does not. */
export function* stopPmdStream(type: PmdStream): GattScript<void> {
  yield* askWithoutInsisting(Uint8Array.of(PmdCommand.stop, type));
}

/** All streams have to be stopped before. @throws PlumblineError `device/refused` when it cannot be switched on */
export function* setSdkMode(isOn: boolean): GattScript<void> {
  if (!isOn) {
    yield* askWithoutInsisting(Uint8Array.of(PmdCommand.stop, PmdType.sdkMode));
    return;
  }
  const { status } = yield* ask(Uint8Array.of(PmdCommand.start, PmdType.sdkMode), REPLY_TIMEOUT_MS);
  if (status === PmdStatus.ok || status === PmdStatus.alreadyInState) return;
  throw new PlumblineError('device/refused', `SDK mode: expected status 0, found ${pmdStatusWords(status)}`, {
    context: { status },
  });
}

function* askWithoutInsisting(bytes: Uint8Array): GattScript<void> {
  try {
    yield* ask(bytes, STOP_TIMEOUT_MS);
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'radio/timeout') throw error;
  }
}

/** Writes a command and collects its answer, which may come in several indications. */
function* ask(bytes: Uint8Array, timeoutMs: number): GattScript<PmdResponse> {
  const collector = new PmdResponseCollector();
  let response: PmdResponse | undefined;
  const isReply = (found: Uint8Array): boolean => {
    const answer = collector.push(found);
    if (answer?.command !== bytes[0] || answer.type !== bytes[1]) return false;
    response = answer;
    return true;
  };
  const last = yield { op: 'request', uuid: PMD.control, bytes, replyUuid: PMD.control, isReply, timeoutMs };
  if (response === undefined) isReply(last.bytes);
  if (response !== undefined) return response;
  throw new PlumblineError('bytes/invalid', 'control point: expected an answer to the command, found something else');
}

const nameOf = (type: PmdStream): string => (type === PmdType.acceleration ? 'acceleration' : 'rotation');
