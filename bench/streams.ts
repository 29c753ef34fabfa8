/** Many wearers on one core: their motion cores in turn, a packet each, and what one of them keeps in memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ImuBlock } from '../src/model/block.ts';
import { IDENTITY_MOUNT } from '../src/model/frames.ts';
import { TrunkMotion } from '../src/motion/index.ts';
import { RATE_HZ } from './samples.ts';
import { bestNsPerSample } from './timing.ts';

const STREAMS = 2000;
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
  let round = 0;
  const pass = (): void => {
    for (let r = 0; r < rounds; r++, round++) {
      for (let c = 0; c < streams; c++) cores[c].push(blocks[(round + c) % blocks.length]);
    }
  };
  return bestNsPerSample(rounds * streams * blocks[0].n, pass);
}

/** Bytes that one more stream takes after some blocks: objects and the memory of typed arrays. */
function bytesPerStream(blocks: readonly ImuBlock[], withSettled: boolean): { objects: number; arrays: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const before = process.memoryUsage();
  const cores = Array.from({ length: STREAMS }, () => createStream(withSettled));
  for (const core of cores) core.push(blocks[0]);
  collect();
  collect();
  const after = process.memoryUsage();
  for (const core of cores) core.flush();
  return {
    objects: (after.heapUsed - before.heapUsed) / STREAMS,
    arrays: (after.arrayBuffers - before.arrayBuffers) / STREAMS,
  };
}

export function streamLines(blocks: readonly ImuBlock[]): string[] {
  const size = (withSettled: boolean): string => {
    const { objects, arrays } = bytesPerStream(blocks, withSettled);
    return `${((objects + arrays) / 1024).toFixed(1)} KB (objects ${(objects / 1024).toFixed(1)}, arrays ${(arrays / 1024).toFixed(1)})`;
  };
  // Before anything else leaves memory behind that is freed meanwhile.
  const memory = [size(false), size(true)];
  const one = roundRobinNs(blocks, 1);
  const many = roundRobinNs(blocks, STREAMS);
  return [
    `whole motion core, blocks of ${blocks[0].n}: 1 stream ${one.toFixed(0)} ns per sample, ${STREAMS} streams in turn ${many.toFixed(0)}`,
    `memory of one stream: causal ${memory[0]}, with settled ${memory[1]}; budget 4 KB, longer windows apart`,
  ];
}
