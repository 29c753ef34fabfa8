/**
 * Damaged and hostile packets against every decoder and the stream behind it. `npm run fuzz` sends a million to each; the
 * ordinary test run a few thousand. FUZZ_SEED repeats or varies a run.
 */
import { expect, it } from 'vitest';
import type { DecodedItem, DeviceDefinition } from '../../src/devices/define.ts';
import { DEVICES } from '../../src/devices/index.ts';
import { SampleFlag } from '../../src/model/block.ts';
import { mps2FromG, radFromDeg } from '../../src/model/units.ts';
import { AccountedStream } from './accountedStream.ts';
import { goldenCorpus, mutatedPackets } from './mutations.ts';

const PACKETS = Number(process.env['FUZZ_PACKETS'] ?? 5000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_124);
/** A link's decoder lives as long as the link; what it remembers must not run away. */
const PACKETS_PER_LINK = 2000;
/** Twice what a link carries at its busiest; a compressed frame holds a second or two. */
const MOST_SAMPLES_PER_PACKET = 1024;
/** Beyond these no wearable of the book can measure (±32 g of fields, 16 bits at 70 mdps): such a sample has to be flagged. */
const MOST_ACC_MPS2 = mps2FromG(33);
const MOST_GYR_RADPS = radFromDeg(2320);

interface Samples {
  readonly n: number;
  readonly acc: Float64Array | undefined;
  readonly gyr: Float64Array | undefined;
  readonly flags: Uint8Array;
}

function samplesOf(item: DecodedItem): Samples | undefined {
  if (item.kind === 'imu') {
    const { n, accMps2, gyrRadps, flags } = item.packet;
    return { n, acc: accMps2, gyr: gyrRadps, flags };
  }
  if (item.kind !== 'part') return undefined;
  const { n, quantity, values, flags } = item.part;
  return { n, flags, acc: quantity === 'acc' ? values : undefined, gyr: quantity === 'gyr' ? values : undefined };
}

/** What is wrong with decoded samples, in words; undefined when nothing is. Plain comparisons: this runs a million times. */
function faultIn({ n, acc, gyr, flags }: Samples): string | undefined {
  if (!(n >= 1 && n <= MOST_SAMPLES_PER_PACKET)) return `${n} samples in one packet`;
  if (flags.length !== n) return `${flags.length} flags for ${n} samples`;
  for (const [values, most] of [[acc, MOST_ACC_MPS2] as const, [gyr, MOST_GYR_RADPS] as const]) {
    if (values === undefined) continue;
    if (values.length !== 3 * n) return `${values.length} values for ${n} samples`;
    for (let i = 0; i < n; i++) {
      const [x, y, z] = [values[3 * i], values[3 * i + 1], values[3 * i + 2]];
      const missing = Number(Number.isNaN(x)) + Number(Number.isNaN(y)) + Number(Number.isNaN(z));
      if (missing === 3) continue;
      if (missing > 0 || !Number.isFinite(x + y + z)) return `a sample that is half missing: ${x} ${y} ${z}`;
      const largest = Math.max(Math.abs(x), Math.abs(y), Math.abs(z));
      if (largest > most && !(flags[i] & SampleFlag.implausible)) return `an impossible ${largest} without a flag`;
    }
  }
  return undefined;
}

function streamFor(device: DeviceDefinition): AccountedStream {
  const accounted = new AccountedStream(device);
  accounted.stream.start({
    rateHz: device.rateHz.default,
    hasGyroscope: device.hasGyroscope,
    epoch: 'fuzz',
    // So that what is lost is asked for, waited for and given up.
    backfillPackets: device.backfill ? 255 : 0,
  });
  return accounted;
}

it.each(DEVICES.map((device) => [device.id, device] as const))(
  '%s: whatever the bytes, no exception, no unflagged impossible sample, no time that goes back',
  (id, device) => {
    const next = mutatedPackets(goldenCorpus(id), SEED);
    let decode = device.createDecoder();
    let accounted = streamFor(device);
    let understood = 0;
    let arrivalMs = 1_700_000_000_000;
    for (let sent = 0; sent < PACKETS; sent++) {
      if (sent % PACKETS_PER_LINK === 0) {
        accounted.expectBalanced();
        decode = device.createDecoder();
        accounted = streamFor(device);
      }
      const { uuid, bytes } = next();
      arrivalMs += 20;
      const found: DecodedItem[] = [];
      try {
        decode(uuid, bytes, (item) => found.push(item));
        for (const item of found) {
          const samples = samplesOf(item);
          if (!samples) continue;
          const fault = faultIn(samples);
          if (fault !== undefined) throw new Error(fault);
          understood += samples.n;
          if (item.kind === 'imu') accounted.push(item.packet, arrivalMs);
          else if (item.kind === 'part') accounted.stream.pushPart(item.part, arrivalMs);
        }
        accounted.stream.poll(arrivalMs);
      } catch (error) {
        const hex = Buffer.from(bytes).toString('hex');
        throw new Error(`packet ${sent} (seed ${SEED}), characteristic ${uuid}, ${hex}: ${String(error)}`, {
          cause: error,
        });
      }
    }
    // A decoder that understands nothing would pass everything above.
    expect(understood).toBeGreaterThan(PACKETS / 10);
  },
  60_000 + PACKETS / 2,
);
