/**
 * How a sensor sits is not stated: the same events as when it is? And does the medio-lateral axis come out the same twice?
 * `MOUNT_SWEEP=full npx vitest run --config test/vitest.config.ts test/validation/unknownMount.test.ts` turns each recording all
 * 24 ways and tilts it by 0, 20 and 40°; without it a few of these, chosen in turn.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { angleDeg, type Vector } from '../../src/motion/alignment/vector.ts';
import { MountWatch } from '../../src/motion/index.ts';
import { hasShared, SHARED } from '../sharedData.ts';
import { placedRecordings } from './placedRecordings.ts';
import {
  axisRotations,
  calibrated,
  eventsOf,
  type PlacedRecording,
  sameEvents,
  tilt,
  times,
  turned,
} from './unknownMount.ts';

const IS_FULL = process.env.MOUNT_SWEEP === 'full';
const TILTS_DEG = [0, 20, 40];
/** Of each recording, unless all are asked for. */
const TURNS = 3;
const LIMIT_MS = 3_600_000;

const SETS: readonly { readonly name: string; readonly set: string; readonly wanted: RegExp }[] = [
  { name: 'TrunkyXL, upper back, sitting', set: 'trunkyxl', wanted: /./ },
  { name: 'UMAFall bending', set: 'umafall', wanted: /^Bending/ },
  { name: 'UMAFall walking', set: 'umafall', wanted: /^Walking/ },
  { name: 'SisFall D16, bending', set: 'sisfall', wanted: /^D16/ },
  { name: 'SisFall D01, walking', set: 'sisfall', wanted: /^D01/ },
  { name: 'Voisard, walking there and back', set: 'voisard-gait', wanted: /./ },
];

/** The figures are the point of it. */
const report = (line: string): boolean => process.stdout.write(`${line}\n`);

const ROTATIONS = axisRotations();

function recordingsOf(set: string, wanted: RegExp): PlacedRecording[] {
  const subjects = readdirSync(join(SHARED, 'data', set)).filter((file) => file.endsWith('.bin.gz'));
  return subjects.flatMap((file) => placedRecordings(set, file.replace('.bin.gz', ''), wanted));
}

/** Which of the 72 ways this recording is turned. */
function waysOf(index: number): number[] {
  const all = ROTATIONS.length * TILTS_DEG.length;
  const count = IS_FULL ? all : TURNS;
  return Array.from({ length: count }, (_, k) => (IS_FULL ? k : (index * 29 + k * 25) % all));
}

function agreementOf(recording: PlacedRecording, index: number): { readonly same: number; readonly tried: number } {
  const expected = eventsOf(recording, calibrated(recording.block, recording.mount));
  const ways = waysOf(index);
  const same = ways.filter((way) => {
    const rotation = ROTATIONS[way % ROTATIONS.length];
    const deg = TILTS_DEG[Math.floor(way / ROTATIONS.length)];
    const block = turned(recording.block, times(tilt(deg, 100 * index + way), rotation));
    return sameEvents(eventsOf({ ...recording, block }, calibrated(block)), expected);
  });
  return { same: same.length, tried: ways.length };
}

describe.skipIf(!hasShared)(`unknown mount${hasShared ? '' : ' (skipped: no ../shared)'}`, () => {
  it(
    'gives the events of the right mount in 95 % of recordings, however the sensor is turned',
    () => {
      let same = 0;
      let tried = 0;
      for (const { name, set, wanted } of SETS) {
        const found = recordingsOf(set, wanted).map(agreementOf);
        const sameHere = found.reduce((sum, one) => sum + one.same, 0);
        const triedHere = found.reduce((sum, one) => sum + one.tried, 0);
        same += sameHere;
        tried += triedHere;
        report(`${name}: ${sameHere} of ${triedHere} (${found.length} recordings)`);
      }
      report(`all: ${same} of ${tried}, ${((100 * same) / tried).toFixed(1)} %`);
      expect(tried).toBeGreaterThan(400);
      expect(same / tried).toBeGreaterThanOrEqual(0.95);
    },
    LIMIT_MS,
  );

  it('finds the medio-lateral axis again within 1.5° (median) in other trials of the same wear (TrunkyXL)', () => {
    const apartDeg: number[] = [];
    const subjects = new Set(recordingsOf('trunkyxl', /./).map(({ name }) => name.split(' ')[1]));
    for (const subject of subjects) {
      const axes = placedRecordings('trunkyxl', subject, /./).map(({ block }) => calibrated(block).mount);
      axes.forEach((a, i) => {
        for (const b of axes.slice(0, i)) apartDeg.push(angleDeg([a[6], a[7], a[8]], [b[6], b[7], b[8]]));
      });
    }
    apartDeg.sort((a, b) => a - b);
    const at = (share: number): number => apartDeg[Math.floor(share * (apartDeg.length - 1))];
    report(`${apartDeg.length} pairs: median ${at(0.5).toFixed(2)}°, p90 ${at(0.9).toFixed(2)}°`);
    expect(at(0.5)).toBeLessThanOrEqual(1.5);
  });

  it('forward is where they walk, in 95 % of walks (SisFall D01, Voisard)', () => {
    const walks = [...recordingsOf('sisfall', /^D01/), ...recordingsOf('voisard-gait', /./)];
    const right = walks.filter(({ block, mount }) => {
      const found = calibrated(block).mount;
      return angleDeg([found[0], found[1], found[2]], [mount[0], mount[1], mount[2]]) < 45;
    });
    report(`forward within 45° in ${right.length} of ${walks.length} walks`);
    expect(right.length / walks.length).toBeGreaterThanOrEqual(0.95);
  });

  it.each([
    ['as stated', [1, 0, 0, 0, 1, 0, 0, 0, 1], undefined],
    ['upside down', [1, 0, 0, 0, -1, 0, 0, 0, -1], 'upsideDown'],
    ['back to front', [-1, 0, 0, 0, 1, 0, 0, 0, -1], 'backToFront'],
  ] as const)('while they walk, a sensor that sits %s is seen as such (SisFall D01, D02)', (_, turn, wornAs) => {
    const walks = recordingsOf('sisfall', /^D0[12]/);
    const found = walks.map(({ block, mount }) => {
      // `turn` is about the axes of the body.
      const inSensor = times(times(transposed(mount), turn), mount);
      const watch = new MountWatch(block.rateHz);
      return watch.push(turned(block, inSensor), {
        mount,
        neutralUp: upOf(block, mount),
        method: 'autoStance',
        confidence: 0.5,
      });
    });
    const seen = found.filter((one) => one?.wornAs === wornAs).length;
    const wrong = found.filter((one) => one !== undefined && one.wornAs !== wornAs).length;
    report(`${wornAs ?? 'nothing'}: ${seen} of ${walks.length}, something else: ${wrong}`);
    expect(wrong).toBe(0);
    expect(seen / walks.length).toBeGreaterThan(0.7);
  });
});

const transposed = (m: readonly number[]): number[] => [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];

/** The wearer's own upright under the mount that is stated. */
const upOf = (block: PlacedRecording['block'], mount: PlacedRecording['mount']): Vector =>
  calibrated(block, mount).neutralUp ?? [0, 1, 0];
