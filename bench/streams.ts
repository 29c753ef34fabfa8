/** Many wearers on one core: their motion cores in turn, a packet each, and what one of them keeps in memory, by what it is for. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ImuBlock } from '../src/model/block.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import { TrunkMotion } from '../src/motion/index.ts';
import { RATE_HZ } from './samples.ts';
import { FreshBlock } from './stages.ts';
import { bestNsPerSample } from './timing.ts';

const STREAMS = 2000;
/** Enough that a backward pass has been made: its memory is shared. */
const FILLED_S = 7;
const nothing = (): void => undefined;

function createStream(withSettled: boolean): TrunkMotion {
  const sink = { onFrame: nothing, onEvent: nothing, onSecond: nothing };
  return new TrunkMotion(
    {
      rateHz: RATE_HZ,
      placement: 'chest',
      hasGyroscope: true,
      calibration: { mount: IDENTITY_MOUNT, neutralUp: [0, 1, 0], method: 'stated', confidence: 1 },
    },
    withSettled ? { ...sink, onSettled: nothing } : sink,
  );
}

/** ns per sample when every stream gets a block in turn; each sees a different part of the day. */
function roundRobinNs(blocks: readonly ImuBlock[], streams: number): number {
  const cores = Array.from({ length: streams }, () => createStream(false));
  const rounds = Math.max(1, Math.floor(blocks.length / streams));
  const fresh = new FreshBlock(blocks[0].n);
  const turns =
    (push: (core: TrunkMotion, block: ImuBlock) => void): (() => void) =>
    () => {
      for (let r = 0; r < rounds; r++, round++) {
        for (let c = 0; c < streams; c++) push(cores[c], fresh.of(blocks[(round + c) % blocks.length]));
      }
    };
  let round = 0;
  const samples = rounds * streams * blocks[0].n;
  const overheadNs = bestNsPerSample(samples, turns(nothing));
  return (
    bestNsPerSample(
      samples,
      turns((core, block) => core.push(block)),
    ) - overheadNs
  );
}

/** Heap and typed arrays now, bytes. */
interface Used {
  readonly objects: number;
  readonly arrays: number;
}

function used(): Used {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { objects: heapUsed, arrays: arrayBuffers };
}

/** Bytes that one more stream takes, once what streams share is there. */
function perStream(blocks: readonly ImuBlock[], withSettled: boolean): Used {
  const before = used();
  const cores = Array.from({ length: STREAMS }, () => createStream(withSettled));
  for (const core of cores) core.push(blocks[0]);
  const after = used();
  for (const core of cores) core.flush();
  return {
    objects: (after.objects - before.objects) / STREAMS,
    arrays: (after.arrays - before.arrays) / STREAMS,
  };
}

/** What one stream leaves behind for the next ones when it is gone: working memory of the process. */
function sharedBytes(blocks: readonly ImuBlock[]): number {
  const before = used();
  const core = createStream(true);
  for (const block of blocks.slice(0, (FILLED_S * RATE_HZ) / blocks[0].n)) core.push(block);
  core.flush();
  const own = numbersIn(core.snapshot());
  return used().arrays - before.arrays - own;
}

/** Bytes of the numbers in a snapshot: what has to be kept of a stream, in whatever form. */
function numbersIn(snapshot: unknown): number {
  if (ArrayBuffer.isView(snapshot)) return snapshot.byteLength;
  if (typeof snapshot === 'number' || typeof snapshot === 'boolean') return 8;
  if (typeof snapshot !== 'object' || snapshot === null) return 0;
  return Object.values(snapshot).reduce<number>((sum, part) => sum + numbersIn(part), 0);
}

const kB = (bytes: number): string => (bytes / 1024).toFixed(1);

/** To be called first: what streams share is there only once. */
export function memoryLines(blocks: readonly ImuBlock[]): string[] {
  const shared = sharedBytes(blocks);
  const causal = perStream(blocks, false);
  const settled = perStream(blocks, true);
  const state = numbersIn(createStream(false).snapshot());
  const total = causal.objects + causal.arrays;
  const window = settled.objects + settled.arrays - total;
  return [
    `memory    working memory shared by all streams ${kB(shared)} KB`,
    `          one stream ${kB(total)} KB: state ${kB(state)} KB (budget 4), the objects and buffers that hold it ${kB(total - state)} KB`,
    `          windows apart: of settled angles, the last 6 s, ${kB(window)} KB`,
  ];
}

export function streamLines(blocks: readonly ImuBlock[]): string[] {
  const one = roundRobinNs(blocks, 1);
  const many = roundRobinNs(blocks, STREAMS);
  return [
    `whole motion core, blocks of ${blocks[0].n}: 1 stream ${one.toFixed(0)} ns per sample, ${STREAMS} streams in turn ${many.toFixed(0)}`,
  ];
}
