/** The PMD service of a Polar sensor: control point, states and refusals as its description has them. */
import { AttError, GattRefusal, type VirtualService } from './peripheral.ts';
import {
  CLOCK_BEGINS_S,
  encodeAnswer,
  encodeFactor,
  encodeFeatures,
  parseSettings,
  PMD_CONTROL,
  PMD_DATA,
  PMD_SERVICE,
  PmdMeasurement,
  PmdOp,
  PmdStatus,
} from './polarPmdPacket.ts';
import { factorOf, PmdStream, type PmdStreamSettings } from './polarPmdStream.ts';
import { mixSeeds } from './seededRandom.ts';
import type { SampleStream, VirtualWearable } from './virtualWearable.ts';

/** What one measurement of a sensor can be set to. */
interface Offer {
  readonly ratesHz: readonly number[];
  readonly ranges: readonly number[];
  readonly coding: PmdStreamSettings['coding'];
  /** Has to be stated, and be this. */
  readonly channels?: number;
}

export interface PmdOffers {
  /** By measurement type. */
  readonly usual: Readonly<Record<number, Offer>>;
  /** In SDK mode; absent where there is none. */
  readonly sdk?: Readonly<Record<number, Offer>>;
  readonly leastMtu: number;
}

const Setting = { rate: 0, resolution: 1, range: 2, channels: 4 } as const;
const KNOWN_TYPES: readonly number[] = [0, 1, 2, 3, 5, 6, 7, 9];
/** Switched on within the day before the simulation began. */
const MAX_UPTIME_S = 86_400;

interface Active {
  readonly settings: PmdStreamSettings;
  /** Undefined when the link went while it ran: nobody stopped it, and the sensor stays awake for it. */
  stream: SampleStream | undefined;
}

export class PolarPmdService {
  readonly service: VirtualService;
  isInSdkMode = false;
  private readonly offers: PmdOffers;
  private readonly body: VirtualWearable;
  private active = new Map<number, Active>();
  private answer: ((value: Uint8Array) => boolean) | undefined;
  private send: ((value: Uint8Array) => boolean) | undefined;
  private streamCount = 0;
  private startUptimeS: number;

  constructor(offers: PmdOffers, body: VirtualWearable) {
    this.offers = offers;
    this.body = body;
    this.startUptimeS = body.bootRandom(1) % MAX_UPTIME_S;
    this.service = {
      uuid: PMD_SERVICE,
      characteristics: [
        {
          uuid: PMD_CONTROL,
          properties: ['read', 'write', 'indicate'],
          read: () => this.features(),
          write: (value) => this.command(value),
          onSubscribe: (send) => {
            this.answer = send;
          },
          onUnsubscribe: () => {
            this.answer = undefined;
          },
        },
        {
          uuid: PMD_DATA,
          properties: ['notify'],
          onSubscribe: (send) => {
            this.send = send;
          },
          onUnsubscribe: () => {
            this.send = undefined;
          },
        },
      ],
    };
  }

  /** Measurements that were started and not stopped, whether somebody listens or not. */
  get activeTypes(): readonly number[] {
    return [...this.active.keys()];
  }

  linkLost(): void {
    for (const active of this.active.values()) {
      if (active.stream) this.body.stopStream(active.stream);
      active.stream = undefined;
    }
    this.answer = undefined;
    this.send = undefined;
  }

  rebooted(): void {
    this.active.clear();
    this.isInSdkMode = false;
    this.startUptimeS = 0;
  }

  /** The sensor stops by itself, and says so. */
  stopUnasked(types: readonly number[]): void {
    this.fallSilent(types);
    this.answer?.(Uint8Array.of(0x01, ...types));
  }

  /** It stops, and does not say so. */
  fallSilent(types: readonly number[]): void {
    for (const type of types) this.stop(type);
  }

  private features(): Uint8Array {
    const types = Object.keys(this.offers.usual).map(Number);
    return encodeFeatures(this.offers.sdk ? [...types, PmdMeasurement.sdkMode] : types);
  }

  private command(value: Uint8Array): void {
    if (!this.answer) throw new GattRefusal(AttError.cccdImproperlyConfigured);
    if (value.length < 2) throw new GattRefusal(AttError.invalidAttributeLength);
    const [op, type] = value;
    const { status, parameters } = this.carryOut(op, type, value.subarray(2));
    this.body.after(0, () => this.answer?.(encodeAnswer(op, type, status, parameters)));
  }

  private carryOut(op: number, type: number, settings: Uint8Array): { status: number; parameters?: Uint8Array } {
    if (op !== PmdOp.start && op !== PmdOp.stop) return { status: PmdStatus.badOp };
    if (!KNOWN_TYPES.includes(type)) return { status: PmdStatus.badType };
    if (type === PmdMeasurement.sdkMode) return { status: this.setSdkMode(op === PmdOp.start) };
    const offer = (this.isInSdkMode ? this.offers.sdk : this.offers.usual)?.[type];
    if (!offer) return { status: PmdStatus.notSupported };
    if (op === PmdOp.start) return this.start(type, offer, settings);
    return { status: this.stop(type) ? PmdStatus.ok : PmdStatus.alreadyInState };
  }

  private setSdkMode(isOn: boolean): number {
    if (!this.offers.sdk) return PmdStatus.notSupported;
    if (isOn === this.isInSdkMode) return PmdStatus.alreadyInState;
    if (this.active.size > 0) return PmdStatus.invalidState;
    this.isInSdkMode = isOn;
    return PmdStatus.ok;
  }

  private start(type: number, offer: Offer, bytes: Uint8Array): { status: number; parameters?: Uint8Array } {
    const asked = parseSettings(bytes);
    if (!asked) return { status: PmdStatus.badLength };
    if (this.active.has(type)) return { status: PmdStatus.alreadyInState };
    const refusal = refusalOf(asked, offer);
    if (refusal !== undefined) return { status: refusal };
    if (this.body.notificationBytes() + 3 < this.offers.leastMtu) return { status: PmdStatus.badMtu };
    const settings: PmdStreamSettings = {
      type,
      rateHz: asked.get(Setting.rate) ?? 0,
      range: asked.get(Setting.range) ?? 0,
      coding: offer.coding,
    };
    this.active.set(type, { settings, stream: this.body.startStream(settings.rateHz, this.sinkFor(settings), type) });
    return { status: PmdStatus.ok, parameters: encodeFactor(factorOf(settings)) };
  }

  private stop(type: number): boolean {
    const active = this.active.get(type);
    if (active?.stream) this.body.stopStream(active.stream);
    return this.active.delete(type);
  }

  private sinkFor(settings: PmdStreamSettings): PmdStream {
    return new PmdStream(settings, {
      seed: mixSeeds(this.body.behaviour.seed, settings.type, this.streamCount++),
      lastNsAt: (deviceS) => this.nsAt(deviceS),
      notificationBytes: () => this.body.notificationBytes(),
      send: (bytes, lastDeviceS) => {
        if (this.send) this.body.transmit(bytes, this.send, this.body.hostMsOf(lastDeviceS));
      },
    });
  }

  /** Nobody has set the clock: it began in 2019 when the sensor was switched on. */
  private nsAt(deviceS: number): bigint {
    return BigInt(CLOCK_BEGINS_S + this.startUptimeS) * 1_000_000_000n + BigInt(Math.round(deviceS * 1e9));
  }
}

function refusalOf(asked: ReadonlyMap<number, number>, offer: Offer): number | undefined {
  const [rateHz, bits, range] = [Setting.rate, Setting.resolution, Setting.range].map((id) => asked.get(id));
  if (rateHz === undefined || bits === undefined || range === undefined) return PmdStatus.badParameter;
  if (!offer.ratesHz.includes(rateHz)) return PmdStatus.badRate;
  if (bits !== 16) return PmdStatus.badResolution;
  if (!offer.ranges.includes(range)) return PmdStatus.badRange;
  return asked.get(Setting.channels) === offer.channels ? undefined : PmdStatus.badChannels;
}
