/** Recordings of public sets in which it is known how the sensor sat, as blocks. */
import type { ImuBlock } from '../../src/model/block.ts';
import { parseMount } from '../../src/model/frames.ts';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { type SharedRecording, sharedRecordings } from '../sharedData.ts';
import type { PlacedRecording } from './unknownMount.ts';

const SCALES: Readonly<Record<string, number>> = {
  g: STANDARD_GRAVITY_MPS2,
  'm/s2': 1,
  'm/s^2': 1,
  'deg/s': RAD_PER_DEG,
  'rad/s': 1,
};

type SetRecording = SharedRecording & { readonly quality?: string; readonly accScaleBad?: boolean };

/** The README of the set: in these sessions the waist sensor did not sit as stated. */
const OTHER_MOUNT = /^umafall S(02|04|08|17) .*_waist$/;

/** @param wanted by the recording's id, such as `Bending_1_2016…_chest` */
export function placedRecordings(set: string, subject: string, wanted: RegExp): PlacedRecording[] {
  return (sharedRecordings(set, subject) as SetRecording[])
    .filter(({ id, quality, accScaleBad }) => wanted.test(id) && quality !== 'suspect' && !accScaleBad)
    .map((recording) => ({
      name: `${set} ${subject} ${recording.id}`,
      block: blockOf(recording, set === 'trunkyxl' ? 'upper_' : ''),
      placement: PLACEMENTS[set] ?? (recording.placement?.includes('chest') ? 'chest' : 'waist'),
      mount: mountOf(recording, set),
    }))
    .filter(({ name }) => !OTHER_MOUNT.test(name));
}

const PLACEMENTS: Readonly<Record<string, PlacedRecording['placement']>> = { trunkyxl: 'chest' };

function blockOf({ n, rateHz, data, channels }: SharedRecording, prefix: string): ImuBlock {
  const of = (kind: string): Float64Array => {
    const out = new Float64Array(3 * n);
    ['x', 'y', 'z'].forEach((axis, c) => {
      const name = `${prefix}${kind}_${axis}`;
      const scale = SCALES[channels.find((channel) => channel.name === name)?.unit ?? ''];
      for (let i = 0; i < n; i++) out[3 * i + c] = data[name][i] * scale;
    });
    return out;
  };
  const tS = Float64Array.from({ length: n }, (_, i) => i / rateHz);
  return { n, rateHz, tS, accMps2: of('acc'), gyrRadps: of('gyr'), flags: new Uint8Array(n) };
}

/** The sets state forward, left and up; a mount string states anterior, superior, right. */
function mountOf({ axes: { forward, left, up } }: SharedRecording, set: string): PlacedRecording['mount'] {
  if (set === 'trunkyxl') return parseMount('-Z-X+Y');
  if (!forward || !left || !up) throw new Error('expected a recording whose axes are known');
  return parseMount(forward + up + (left.startsWith('+') ? '-' : '+') + left.slice(1));
}
