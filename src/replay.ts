/**
 * Plays a recording through the *live* path: a virtual wearable sends it over the virtual radio, noble receives it, and
 * everything after that is the running service.
 */
import { mkdtempSync, openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { calibrateRecording } from './app/calibrateRecording.ts';
import { openRecording } from './app/recording/openRecording.ts';
import type { Recording } from './app/recording/recording.ts';
import { recordingStemOf } from './app/recording/recordingName.ts';
import { rateOf } from './app/recording/recordingRate.ts';
import { runService, virtualRadio } from './app/start.ts';
import type { Config } from './config.ts';
import { plumblineReference } from './devices/plumblineReference.ts';
import type { ImuBlock } from './model/block.ts';
import { PlumblineError } from './model/errors.ts';
import type { LiveMessage } from './model/ports.ts';
import { IDENTITY_MOUNT } from './model/frames.ts';
import type { Service } from './service.ts';

export interface ReplayOptions {
  readonly path: string;
  readonly config: Config;
  readonly speed: number;
  /** Keep the service and its page running afterwards. */
  readonly stay: boolean;
}

/** After the last sample: bends end, holds are decided, messages leave; seconds of the recording's time. */
const SETTLE_S = 2;
/** The wearable is found and started before the first sample leaves; wall seconds. */
const CONNECT_LIMIT_S = 20;
const DRAIN_LIMIT_MS = 15_000;
const POLL_MS = 50;
/** No sample for so long: the last one has come; wall time. */
const LATE_MS = 100;

/** @throws PlumblineError `recording/invalid` */
export async function replay({ path, config, speed, stay }: ReplayOptions): Promise<number> {
  const recording = await openRecording(path);
  const { sidecar } = recording;
  const rateHz = await rateOf(recording);
  const calibration = await calibrateRecording(recording, rateHz);
  if (!calibration.mainHasGyroscope) {
    throw new PlumblineError(
      'recording/invalid',
      'expected gyr_x gyr_y gyr_z for the wearable that plays it, found an accelerometer-only recording',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-replay-'));
  try {
    const raw = join(folder, 'motion.f64');
    const { samples, cut } = await writeRaw(recording, raw, rateHz);
    if (cut !== undefined) process.stdout.write(`The recording was cut off: ${cut}\n`);
    const durationS = samples / rateHz;
    const name = 'Plumbline-PLAY';
    const personId = pseudonymOf(path);
    const person = {
      id: personId,
      displayName: basename(path),
      tier: config.people[0]?.tier ?? 'T2',
      limits: config.people[0]?.limits ?? [],
      wearables: [
        {
          device: plumblineReference.id,
          name,
          placement: sidecar.placement,
          mount: IDENTITY_MOUNT,
          rateHz: deviceRate(rateHz),
        },
      ],
    } as const satisfies Config['people'][number];
    const adapter = virtualRadio({
      wearables: [{ kind: plumblineReference.id, name, motion: { recording: { file: raw, rateHz } } }],
    });
    if (calibration.pelvis)
      process.stdout.write('The second sensor (pelvis) is left out: a replay plays the first one only\n');
    process.stdout.write(`Playing ${basename(path)}: ${durationS.toFixed(1)} s at ${speed}× as ${personId}\n`);
    return await runService({ ...config, people: [person] }, adapter, speed, {
      calibrations: new Map([[`${personId} ${sidecar.placement}`, calibration.main]]),
      until: async (service) => {
        const told: LiveMessage[] = [];
        service.feed.subscribe((message) => {
          if (message.type === 'motionEvent' || message.type === 'clinicalEvent') told.push(message);
        });
        await played(service, durationS, speed);
        report(service, told);
        if (stay) await new Promise(() => undefined);
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until the recording has been sent and everything that follows from it is stored and told. */
async function played(service: Service, durationS: number, speed: number): Promise<void> {
  const connected = await waitFor(() => service.progress().samples > 0, CONNECT_LIMIT_S * 1000);
  if (!connected)
    throw new PlumblineError('radio/timeout', `expected the first sample within ${CONNECT_LIMIT_S} s, found none`);
  await pause(((durationS + SETTLE_S) * 1000) / speed);
  // A machine that has much to do is late.
  for (let before = NaN; before !== service.progress().samples; await pause(LATE_MS))
    before = service.progress().samples;
  await service.endStreams();
  await waitFor(() => service.progress().waiting === 0, DRAIN_LIMIT_MS);
}

function report(service: Service, told: readonly LiveMessage[]): void {
  const { samples, lost } = service.progress();
  process.stdout.write(`${samples} samples received, ${lost} lost\n`);
  for (const message of told) {
    if (message.type === 'motionEvent') {
      const { id, event } = message.stored;
      process.stdout.write(`event  ${id}  ${event.type}${depth(event.peakDeg)}\n`);
    } else if (message.type === 'clinicalEvent') {
      process.stdout.write(`alert  ${message.event.id}  ${message.event.text}\n`);
    }
  }
}

const depth = (peakDeg: unknown): string => (typeof peakDeg === 'number' ? ` ${peakDeg.toFixed(0)}°` : '');

/** Uniform rows of little-endian float64 `acc xyz m/s², gyr xyz rad/s`; a missing sample is a row of NaN. */
async function writeRaw(
  recording: Recording,
  rawPath: string,
  rateHz: number,
): Promise<{ samples: number; cut: string | undefined }> {
  const file = openSync(rawPath, 'w');
  let firstS = NaN;
  let written = 0;
  let cut: string | undefined;
  try {
    const onBlock = (block: ImuBlock): void => {
      if (Number.isNaN(firstS)) firstS = block.tS[0];
      const rows: number[] = [];
      for (let i = 0; i < block.n; i++) {
        const at = Math.round((block.tS[i] - firstS) * rateHz);
        // Samples of one instant after rounding: the first one stands.
        if (at < written) continue;
        for (; written < at; written++) rows.push(NaN, NaN, NaN, NaN, NaN, NaN);
        rows.push(
          ...block.accMps2.subarray(3 * i, 3 * i + 3),
          ...(block.gyrRadps as Float64Array).subarray(3 * i, 3 * i + 3),
        );
        written++;
      }
      writeSync(file, new Uint8Array(Float64Array.from(rows).buffer));
    };
    const request = { rateHz, units: 'si' } as const;
    ({ cut } = await recording.read(request, { onBlocks: ({ main }) => onBlock(main) }));
  } finally {
    closeSync(file);
  }
  if (written === 0) {
    throw new PlumblineError('recording/invalid', `expected samples in ${basename(recording.path)}, found none`);
  }
  return { samples: written, cut };
}

/** The slowest rate of the wearable that loses nothing, else its fastest. */
function deviceRate(rateHz: number): number {
  const choices = [...plumblineReference.rateHz.choices].sort((a, b) => a - b);
  return choices.find((choice) => choice >= rateHz * 0.99) ?? (choices.at(-1) as number);
}

function pseudonymOf(path: string): string {
  const slug = recordingStemOf(path)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50);
  return `replay-${slug || 'recording'}`.replace(/-+$/, '');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function waitFor(condition: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > endMs) return false;
    await pause(POLL_MS);
  }
  return true;
}
