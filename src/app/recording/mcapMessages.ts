/** Messages of an MCAP recording → blocks and notes, checked: what was decoded is what a sensor can have sent. */
import { emptyBlock, type ImuBlock } from '../../model/block.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { ACC_UNITS, GYR_UNITS } from '../../model/units.ts';
import { clockQuality, gap, imuSamples, type ImuSamples } from './imuMessage.ts';
import { LONGEST_MESSAGE_S, type McapAbout, TOPICS } from './mcapAbout.ts';
import { type PackedSeries, seriesLength, unpackSeries } from './numberSeries.ts';
import { type ReadRequest, type RecordingListener, type RecordingNote, type SensorName, SENSORS } from './recording.ts';
import { isWithin } from './recordingNotes.ts';
import { SensorPairing } from './sensorPairing.ts';
import type { Sidecar } from './sidecar.ts';

export interface McapMessage {
  readonly channelId: number;
  readonly topic: string;
  readonly sequence: number;
  readonly data: Uint8Array;
}

type Take = (sensor: SensorName, data: Uint8Array) => void | 'stop';

const AXES = ['x', 'y', 'z'] as const;
/** Times are rounded to microseconds. */
const TOLERANCE_S = 1e-3;

export class McapMessages {
  readonly #about: McapAbout;
  readonly #request: Required<ReadRequest>;
  readonly #listener: RecordingListener;
  readonly #accScale: number;
  readonly #gyrScale: number;
  readonly #pairing: SensorPairing | undefined;
  readonly #taking = new Map<string, { sensor: SensorName; take: Take }>();
  readonly #sequences = new Map<number, number>();
  readonly #lastS = new Map<SensorName, number>();

  #lateLeftOut = 0;
  #reused: ImuBlock | undefined;

  constructor(about: McapAbout, sidecar: Sidecar, request: ReadRequest, listener: RecordingListener) {
    const { rateHz, units, fromS = -Infinity, toS = Infinity } = request;
    this.#about = about;
    this.#request = { rateHz, units, fromS, toS };
    this.#listener = listener;
    const { main, pelvis } = about.sensors;
    if (!sidecar.gyrUnit && (main.hasGyroscope || pelvis?.hasGyroscope)) {
      throw new PlumblineError(
        'recording/invalid',
        'expected gyrUnit "deg/s" or "rad/s" for the gyroscope, found none',
      );
    }
    this.#accScale = units === 'si' ? ACC_UNITS[sidecar.accUnit] : 1;
    this.#gyrScale = units === 'si' ? GYR_UNITS[sidecar.gyrUnit ?? 'rad/s'] : 1;
    this.#pairing = pelvis && new SensorPairing(pelvis.hasGyroscope, (blocks) => listener.onBlocks(blocks));
    for (const sensor of SENSORS) {
      this.#taking.set(TOPICS.imu[sensor], { sensor, take: (_, data) => this.#samples(sensor, data) });
      this.#taking.set(TOPICS.gap[sensor], { sensor, take: (_, data) => this.#gap(sensor, data) });
      this.#taking.set(TOPICS.clock[sensor], { sensor, take: (_, data) => this.#clock(sensor, data) });
    }
  }

  /** Samples that came late and have no place in the order of the file. */
  get lateLeftOut(): number {
    return this.#lateLeftOut;
  }

  /**
   * @param order of the messages: as they stand in the file, or by the time of their first sample
   * @throws PlumblineError `recording/invalid`
   */
  take({ channelId, topic, sequence, data }: McapMessage, order: 'asWritten' | 'byTime' = 'asWritten'): void | 'stop' {
    if (topic === TOPICS.late.main) return this.#late(data, order);
    const taking = this.#taking.get(topic);
    // Somebody else's, beside ours.
    if (!taking) return undefined;
    const before = this.#sequences.get(channelId);
    if (before !== undefined && sequence !== before + 1) {
      throw new PlumblineError('recording/invalid', `expected message ${before + 1} of ${topic}, found ${sequence}`);
    }
    this.#sequences.set(channelId, sequence);
    try {
      return taking.take(taking.sensor, data);
    } catch (error) {
      if (error instanceof PlumblineError) throw error;
      throw new PlumblineError(
        'recording/invalid',
        `expected a message of ${topic}, found ${messageOf(error)} (message ${sequence})`,
        { cause: error },
      );
    }
  }

  finish(): void {
    this.#pairing?.finish();
  }

  #samples(sensor: SensorName, data: Uint8Array): void | 'stop' {
    const block = this.#wanted(this.#block(sensor, imuSamples.decode(data)));
    if (block.n === 0) return undefined;
    return this.#pairing ? this.#pairing[sensor](block) : this.#listener.onBlocks({ main: block, pelvis: undefined });
  }

  /** They are numbered in the order in which gaps were filled, which is no order of time. */
  #late(data: Uint8Array, order: 'asWritten' | 'byTime'): void | 'stop' {
    try {
      if (order === 'byTime') return this.#samples('main', data);
      this.#lateLeftOut += seriesLength(imuSamples.decode(data).t_s);
      return undefined;
    } catch (error) {
      if (error instanceof PlumblineError) throw error;
      throw new PlumblineError(
        'recording/invalid',
        `expected a message of ${TOPICS.late.main}, found ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  #gap(sensor: SensorName, data: Uint8Array): void {
    const { start_s: startS, end_s: endS, missing_samples: missingSamples, reason } = gap.decode(data);
    this.#note({ kind: 'gap', sensor, startS, endS, missingSamples, reason });
  }

  #clock(sensor: SensorName, data: Uint8Array): void {
    const { t_s: tS, residual_ms: residualMs } = clockQuality.decode(data);
    this.#note({ kind: 'clock', sensor, tS, residualMs });
  }

  #note(note: RecordingNote): void {
    if (isWithin(note, this.#request)) this.#listener.onNote?.(note);
  }

  /** @throws PlumblineError `recording/invalid` */
  #block(sensor: SensorName, message: ImuSamples<PackedSeries>): ImuBlock {
    const layout = this.#about.sensors[sensor];
    if (!layout) fail(`samples of the sensors ${Object.keys(this.#about.sensors).join(', ')}`, sensor);
    if (!(message.rate_hz > 0)) fail('a rate above 0 Hz', `${message.rate_hz}`);
    const n = seriesLength(message.t_s);
    if (n === 0) fail(`samples in a message of ${sensor}`, 'none');
    // The second sensor's own rate says what a gap is in its samples.
    const rateHz = sensor === 'main' ? this.#request.rateHz : message.rate_hz;
    const block = this.#emptyBlock(n, rateHz, layout.hasGyroscope);
    unpackSeries(message.t_s, n, { into: block.tS, at: 0, stride: 1, scale: 1 });
    for (const [c, axis] of AXES.entries()) {
      const acc = message[`acc_${axis}`] ?? fail(`acc_${axis} of ${sensor}`, 'none');
      unpackSeries(acc, n, { into: block.accMps2, at: c, stride: 3, scale: this.#accScale });
      const gyr = message[`gyr_${axis}`];
      if ((gyr !== undefined) !== layout.hasGyroscope)
        fail(`a gyroscope of ${sensor}: ${layout.hasGyroscope}`, `${gyr !== undefined}`);
      if (gyr && block.gyrRadps)
        unpackSeries(gyr, n, { into: block.gyrRadps, at: c, stride: 3, scale: this.#gyrScale });
    }
    const flagged = layout.hasFlags ? n : 0;
    if (message.flags.length !== flagged) fail(`${flagged} flags for ${n} times`, `${message.flags.length}`);
    if (flagged > 0) block.flags.set(message.flags);
    this.#checkTimes(sensor, block.tS);
    return block;
  }

  /** One block again and again, unless it has to wait for the other sensor. */
  #emptyBlock(n: number, rateHz: number, withGyroscope: boolean): ImuBlock {
    if (this.#pairing) return emptyBlock(n, rateHz, withGyroscope);
    if (this.#reused?.n !== n) this.#reused = emptyBlock(n, rateHz, withGyroscope);
    return this.#reused;
  }

  /** @throws PlumblineError `recording/invalid` */
  #checkTimes(sensor: SensorName, tS: Float64Array): void {
    let lastS = this.#lastS.get(sensor) ?? -Infinity;
    for (let i = 0; i < tS.length; i++) {
      if (!(tS[i] > lastS)) fail(`t_s of ${sensor} to increase`, `${tS[i]} after ${lastS}`);
      lastS = tS[i];
    }
    const lengthS = lastS - tS[0];
    if (lengthS > LONGEST_MESSAGE_S + TOLERANCE_S) fail(`messages of at most ${LONGEST_MESSAGE_S} s`, `${lengthS} s`);
    this.#lastS.set(sensor, lastS);
  }

  /** The part that is asked for. */
  #wanted(block: ImuBlock): ImuBlock {
    const { fromS, toS } = this.#request;
    const { n, tS, accMps2, gyrRadps, flags } = block;
    if (tS[0] >= fromS && tS[n - 1] < toS) return block;
    let from = 0;
    let to = n;
    while (from < n && tS[from] < fromS) from++;
    while (to > from && tS[to - 1] >= toS) to--;
    return {
      ...block,
      n: to - from,
      tS: tS.subarray(from, to),
      accMps2: accMps2.subarray(3 * from, 3 * to),
      gyrRadps: gyrRadps?.subarray(3 * from, 3 * to),
      flags: flags.subarray(from, to),
    };
  }
}

function fail(expected: string, found: string): never {
  throw new PlumblineError('recording/invalid', `expected ${expected}, found ${found}`);
}
