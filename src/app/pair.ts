/**
 * `plumbline pair`: finds a wearable, enrols it to a person in the configuration file, and takes the wearer's upright in a
 * guided stance.
 */
import { existsSync } from 'node:fs';
import { type Config, configPath, loadConfig } from '../config.ts';
import { deviceById } from '../devices/index.ts';
import { messageOf, PlumblineError } from '../model/errors.ts';
import { type Mount, mountFromRows, parseMount } from '../model/frames.ts';
import { PERSON_ID, type Calibration, type Placement } from '../model/person.ts';
import type { DeviceHealth, Logger } from '../model/ports.ts';
import type { RadioProcess } from '../ble/radioProcess.ts';
import { SqliteRecordStore } from '../sinks/sqlite/sqliteRecordStore.ts';
import { readConfigFile } from './configuration/configFile.ts';
import { HeardDevices } from './heardDevices.ts';
import { mountRows } from './mountSchema.ts';
import { enrolInFile, type NewWearable, planEnrolment } from './pairing/enrolmentFile.ts';
import { guideStance } from './pairing/guideStance.ts';
import { StanceGuide } from './pairing/stanceGuide.ts';
import { type Dialog, terminalDialog } from './pairing/terminalDialog.ts';
import { type Candidate, candidatesOf, type ChoiceWish, identifierOf, theOnly } from './pairing/wearableChoice.ts';
import { PairedWearable } from './pairing/pairedWearable.ts';
import { pinoLogger } from './pinoLogger.ts';
import { radioOf, startRadio } from './radioOf.ts';
import { pause, systemTimers } from './session/timers.ts';
import { untilSignal } from './start.ts';

export interface PairCommand {
  /** The record, where the upright posture is kept. */
  readonly recordFile: string;
  /** Whose wearables are not to be taken. */
  readonly enrolled: Config['people'];
  /** Where the enrolment is written. */
  readonly file: string;
  readonly personId: string;
  readonly placement: Placement;
  readonly wish: ChoiceWish;
  readonly mount: string | undefined;
  readonly mode: string | undefined;
  readonly listenS: number;
  /** Without it the wearer's upright is taken by itself, the first time they stand still after walking. */
  readonly withStance: boolean;
  readonly radio: RadioProcess;
  readonly logger: Logger;
  readonly dialog: Dialog;
  readonly signal: AbortSignal;
  /** Seconds of the radio in one of the wall clock; 1 but in tests. */
  readonly speed?: number;
}

const CONNECT_LIMIT_S = 30;
const DEFAULT_FILE = 'plumbline.yaml';

type Wishes = Pick<PairCommand, 'personId' | 'placement' | 'wish' | 'mount' | 'mode' | 'listenS' | 'withStance'>;

/** @throws PlumblineError as `pair` does, and `config/invalid` */
export async function pairAtTerminal({ file, ...wishes }: Wishes & { file: string | undefined }): Promise<number> {
  const path = configPath(file) ?? DEFAULT_FILE;
  const abort = new AbortController();
  void untilSignal().then(() => abort.abort());
  const isThere = existsSync(path);
  const config = loadConfig(isThere ? path : undefined);
  const logger = pinoLogger(config.log.level);
  // Whoever the demonstration invents is nobody.
  const isSomebody = isThere && Object.hasOwn(Object(readConfigFile(path).json), 'people');
  const enrolled = isSomebody ? config.people : [];
  try {
    return await pair({
      ...wishes,
      recordFile: config.storage.file,
      enrolled,
      file: path,
      radio: radioOf(config, logger),
      logger,
      dialog: terminalDialog(),
      signal: abort.signal,
    });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    process.stderr.write('\nEnded; nothing was written.\n');
    return 1;
  }
}

/** @throws PlumblineError what stood in the way; nothing is written then */
export async function pair(command: PairCommand): Promise<number> {
  expectPersonId(command.personId);
  const { radio } = command;
  const record = new SqliteRecordStore(command.recordFile);
  try {
    // A running service holds the record, and the wearables that it is connected to do not advertise.
    record.open();
    if (!(await startRadio(radio, command.signal))) return 1;
    const chosen = await chooseWearable(command);
    return await pairWith(command, chosen, record);
  } finally {
    await radio.stop();
    record.close();
  }
}

function expectPersonId(personId: string): void {
  if (PERSON_ID.test(personId)) return;
  throw new PlumblineError('usage', `--person: expected a pseudonym of a-z, 0-9 and -, found "${personId}"`);
}

async function chooseWearable(command: PairCommand): Promise<Candidate> {
  const { radio, enrolled, personId, wish, listenS, dialog, signal, speed = 1 } = command;
  const heard = new HeardDevices(
    enrolled.flatMap(({ id, wearables }) => wearables.map((wearable) => ({ ...wearable, personId: id }))),
  );
  const off = radio.onAdvertisement((advertisement) => heard.see(advertisement));
  dialog.say(`Listening for ${listenS} s. Switch the wearable on and hold it near.`);
  await radio.startScan();
  await pause(systemTimers(speed), listenS * 1000, signal);
  await radio.stopScan();
  off();
  signal.throwIfAborted();
  const candidates = candidatesOf(heard.list(), personId, wish);
  if (candidates.length < 2) return theOnly(candidates);
  const lines = candidates.map(
    ({ name, kind, address, rssiDbm }) => `${name ?? '–'}  ${kind}  ${address}  ${rssiDbm} dBm`,
  );
  const at = await dialog.choose('Which one', lines, signal);
  return at === undefined ? theOnly(candidates) : candidates[at];
}

async function pairWith(command: PairCommand, chosen: Candidate, record: SqliteRecordStore): Promise<number> {
  const { radio, logger, dialog, personId, placement, file, signal, speed = 1 } = command;
  const device = deviceById(chosen.kind);
  if (!device) throw new PlumblineError('device/unknown', `expected a known wearable, found ${chosen.kind}`);
  const entry = entryOf(command, chosen, undefined);
  // Before anybody stands, walks and leans for it.
  const { change, wearable } = planEnrolment(file, personId, entry, chosen);
  if (change !== undefined) dialog.say(`Note: ${change}.`);
  const mount = mountOf(wearable.mount);
  const guide = new StanceGuide({ placement, gyroTiming: device.gyroTiming, mount });
  const paired = new PairedWearable(
    { personId, device, address: chosen.address, mode: wearable.mode, rateHz: wearable.rateHz },
    { radio, logger, speed, onBlock: (block) => guide.push(block), onProblem: (text) => dialog.say(text) },
  );
  try {
    dialog.say(`Connecting to ${chosen.name ?? chosen.address} …`);
    const health = await paired.started(CONNECT_LIMIT_S, signal);
    dialog.say(descriptionOf(device.model, health));
    if (await paired.showItself()) dialog.say('It blinks or buzzes now, so that you can see that it is the right one.');
    const calibration = command.withStance ? await guideStance(guide, dialog, systemTimers(speed), signal) : undefined;
    signal.throwIfAborted();
    enrolInFile(file, personId, entryOf(command, chosen, mount ? undefined : calibration), chosen);
    dialog.say(`${chosen.name ?? chosen.address} is enrolled for ${personId} (${placement}) in ${file}.`);
    // The service takes a stored upright for the very mount of the file only, so that one is kept.
    if (calibration) await keepCalibration(command, mount ? calibration : asWritten(calibration), paired, record);
    else
      dialog.say('The upright posture is taken by itself, the first time that the wearer stands still after walking.');
    return 0;
  } finally {
    await paired.stop();
  }
}

function descriptionOf(model: string, { batteryPct, identity, rssiDbm }: DeviceHealth): string {
  const parts = [
    identity?.serial && `serial ${identity.serial}`,
    identity?.firmware && `firmware ${identity.firmware}`,
    batteryPct !== undefined && `battery ${Math.round(batteryPct)} %`,
    rssiDbm !== undefined && `signal ${Math.round(rssiDbm)} dBm`,
  ].filter(Boolean);
  return `${model}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
}

function entryOf(
  { placement, mount: statedMount, mode }: PairCommand,
  chosen: Candidate,
  calibration: Calibration | undefined,
): NewWearable {
  const found = calibration && roundedRows(calibration.mount);
  return {
    device: chosen.kind,
    ...identifierOf(chosen),
    placement,
    ...(statedMount === undefined ? {} : { mount: statedMount }),
    ...(found ? { mount: found } : {}),
    ...(mode === undefined ? {} : { mode }),
  };
}

function mountOf(mount: NewWearable['mount']): Mount | undefined {
  if (mount === undefined) return undefined;
  return typeof mount === 'string' ? parseMount(mount) : mountFromRows(mount);
}

/** Four decimals are a hundredth of a degree. */
const roundedRows = (mount: Mount): number[][] =>
  mountRows(mount).map((row) => row.map((value) => Math.round(value * 1e4) / 1e4));

const asWritten = (calibration: Calibration): Calibration => ({
  ...calibration,
  mount: mountFromRows(roundedRows(calibration.mount)),
});

async function keepCalibration(
  { personId, placement, dialog }: PairCommand,
  calibration: Calibration,
  paired: PairedWearable,
  record: SqliteRecordStore,
): Promise<void> {
  record.saveCalibration(personId, placement, calibration, paired.nowMs());
  dialog.say(`Upright posture saved; confidence ${Math.round(calibration.confidence * 100)} %.`);
  try {
    if (await paired.storeCalibration(calibration)) dialog.say('The wearable remembers it as well.');
  } catch (error) {
    dialog.say(`The wearable could not store it: ${messageOf(error)}. That does no harm.`);
  }
}
