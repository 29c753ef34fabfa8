/** Run with --min-semi-space-size=64 (MB: hardly ever a collection): prints how many bytes per sample the named part of the built motion core adds to the heap. */
import { TrunkMotion } from '../../dist/src/motion/index.js';
import { createFrame } from '../../dist/src/motion/motionFrame.js';
import { Vqf } from '../../dist/src/motion/orientation/vqf.js';

const RATE_HZ = 100;
const CHUNK_SAMPLES = 10_000;
const BLOCK_SAMPLES = 10;
const CHUNKS = 160;

/** Upright and moving: swaying, every other 10 s walking, turning slowly to and fro. */
function blockAt(b) {
  const n = BLOCK_SAMPLES;
  const block = { n, rateHz: RATE_HZ, flags: new Uint8Array(n), tS: new Float64Array(n) };
  const accMps2 = new Float64Array(3 * n);
  const gyrRadps = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    const tS = (b * n + i) / RATE_HZ;
    const walks = tS % 20 > 10 ? 1 : 0;
    block.tS[i] = tS;
    accMps2.set([0.4 * Math.sin(tS), 9.8 + walks * 2.5 * Math.sin(11.3 * tS), 0.3 * Math.cos(2 * tS)], 3 * i);
    gyrRadps.set([0.02 * Math.sin(tS), 0.3 * Math.sin(0.8 * tS), 0.1 * walks * Math.sin(5.6 * tS)], 3 * i);
  }
  return { ...block, accMps2, gyrRadps };
}

const blocks = Array.from({ length: CHUNK_SAMPLES / BLOCK_SAMPLES }, (_, b) => blockAt(b));

function core(withSettled) {
  const nothing = () => undefined;
  const sink = { onFrame: nothing, onEvent: nothing, onSecond: nothing };
  if (withSettled) sink.onSettled = nothing;
  const calibration = { mount: [1, 0, 0, 0, 1, 0, 0, 0, 1], method: 'stated', confidence: 1 };
  const motion = new TrunkMotion({ rateHz: RATE_HZ, placement: 'chest', hasGyroscope: true, calibration }, sink);
  return (block) => {
    motion.push(block);
    // The same samples again and again, on a clock that goes on.
    for (let i = 0; i < block.n; i++) block.tS[i] += CHUNK_SAMPLES / RATE_HZ;
  };
}

function orientation() {
  const vqf = new Vqf(RATE_HZ);
  const frame = createFrame(BLOCK_SAMPLES);
  frame.n = BLOCK_SAMPLES;
  frame.stepS.fill(1 / RATE_HZ);
  return (block) => {
    frame.acc.set(block.accMps2);
    frame.gyr.set(block.gyrRadps);
    vqf.push(frame);
  };
}

/** What the test has to notice. */
function boxing() {
  const kept = ['anything', 'but numbers'];
  return (block) => {
    for (let i = 0; i < block.n; i++) kept[i & 1] = block.accMps2[i] + 0.5;
  };
}

const push = { core: () => core(false), settled: () => core(true), orientation, boxing }[process.argv[2]]();
const grown = [];
for (let c = 0; c < CHUNKS; c++) {
  const before = process.memoryUsage().heapUsed;
  for (let b = 0; b < blocks.length; b++) push(blocks[b]);
  grown.push((process.memoryUsage().heapUsed - before) / CHUNK_SAMPLES);
}
// On a busy machine the code is optimised late: only the last quarter counts; a collection now and then only makes it less, so its median.
const [median] = grown
  .slice(-CHUNKS / 4)
  .sort((a, b) => a - b)
  .slice(CHUNKS / 8);
process.stdout.write(String(median));
