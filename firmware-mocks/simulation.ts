/** Virtual wearables from a JSON description, and the timer that keeps them alive. */
import { DAILY_LOOP } from './dailyLoop.ts';
import type { MotionSource } from './motionSource.ts';
import type { VirtualPeripheral } from './peripheral.ts';
import { RecordedMotion } from './recordedMotion.ts';
import { ScriptedMotion } from './scriptedMotion.ts';
import { mixSeeds } from './seededRandom.ts';
import {
  ImperfectSensor,
  NO_SENSOR_ERRORS,
  type SensorErrors,
  type SensorMounting,
  STRAIGHT_MOUNTING,
  TYPICAL_SENSOR_ERRORS,
} from './sensorErrors.ts';
import { mountOf, parseSimulationSpec, type WearableSpec } from './simulationSpec.ts';
import { type MotionStart, VirtualWearable } from './virtualWearable.ts';
import { type RunningWearable, WEARABLE_KINDS } from './wearableKinds.ts';

export type { WearableSpec } from './simulationSpec.ts';

export interface SimulationEnvironment {
  /** The host's clock, Unix ms; may run faster than real time. */
  readonly now: () => number;
  /** A motion that does not repeat has been played to its end; once per wearable. */
  readonly onEnd?: (peripheral: VirtualPeripheral) => void;
  /** False: nobody but the caller's `poll` drives the wearables. Default true. */
  readonly timer?: boolean;
}

export interface Simulation {
  readonly peripherals: VirtualPeripheral[];
  /** Does what is due now; called by the timer. */
  poll(): void;
  stop(): void;
}

const POLL_MS = 4;

/** @throws PlumblineError `config/invalid` that lists everything wrong with the description; `recording/invalid`. */
export function createSimulation(spec: unknown, environment: SimulationEnvironment): Simulation {
  const { wearables } = parseSimulationSpec(spec);
  const motionStarts = new Map<string, MotionStart>();
  const peripherals = wearables.map((wearable, i) => {
    const start = motionStarts.get(wearable.wearer ?? '') ?? { ms: undefined };
    if (wearable.wearer !== undefined) motionStarts.set(wearable.wearer, start);
    return createWearable(wearable, i, environment, start);
  });
  const poll = (): void => {
    for (const peripheral of peripherals) peripheral.poll();
  };
  const timer = environment.timer === false ? undefined : setInterval(poll, POLL_MS);
  timer?.unref();
  return { peripherals, poll, stop: () => clearInterval(timer) };
}

function createWearable(
  spec: WearableSpec,
  index: number,
  environment: SimulationEnvironment,
  motionStart: MotionStart,
): RunningWearable {
  const seed = spec.seed ?? index + 1;
  const source = createSource(spec);
  const mounting = mountingOf(spec);
  const errors = errorsOf(spec);
  const body = new VirtualWearable(
    {
      seed,
      driftPpm: spec.driftPpm ?? 0,
      lossRatio: spec.lossRatio ?? 0,
      jitterMs: spec.jitterMs ?? 0,
      batteryPct: spec.batteryPct ?? 87,
      dropLinkEveryS: spec.dropLinkEveryS,
      rebootEveryS: spec.rebootEveryS,
      overrunEveryS: spec.overrunEveryS,
      nonsenseEveryS: spec.nonsenseEveryS,
      rssiDbm: spec.rssiDbm ?? -58,
    },
    (streamSeed) => new ImperfectSensor(source, mounting, errors, seed, streamSeed),
    environment.now,
    motionStart,
  );
  const address = spec.address ?? addressFor(mixSeeds(seed, index));
  const peripheral = WEARABLE_KINDS[spec.kind]({ spec, index, address, body });
  body.onMotionEnd = () => environment.onEnd?.(peripheral);
  return peripheral;
}

function createSource({ motion }: WearableSpec): MotionSource {
  if ('recording' in motion) return new RecordedMotion(motion.recording.file, motion.recording.rateHz);
  const { script, loop, leverM } = motion;
  if (script === 'dailyLoop') return new ScriptedMotion(DAILY_LOOP, { loop: loop ?? true, leverM });
  return new ScriptedMotion(script, { loop: loop ?? false, leverM });
}

function mountingOf({ mount, tiltDeg = 0 }: WearableSpec): SensorMounting {
  return {
    mount: mount === undefined ? STRAIGHT_MOUNTING.mount : mountOf(mount),
    tiltDeg: typeof tiltDeg === 'number' ? [tiltDeg, 0, 0] : tiltDeg,
  };
}

function errorsOf({ errors, motion }: WearableSpec): SensorErrors {
  if (errors === undefined) return 'recording' in motion ? NO_SENSOR_ERRORS : TYPICAL_SENSOR_ERRORS;
  if (errors === 'none') return NO_SENSOR_ERRORS;
  return errors === 'typical' ? TYPICAL_SENSOR_ERRORS : { ...NO_SENSOR_ERRORS, ...errors };
}

/** A static random address: the two highest bits are set (Core Specification 5.3, Vol 6, Part B, 1.3.2.1). */
function addressFor(seed: number): string {
  const bytes = [0xc0 | (seed & 0x3f), 0x50, (seed >>> 24) & 255, (seed >>> 16) & 255, (seed >>> 8) & 255, seed & 255];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
