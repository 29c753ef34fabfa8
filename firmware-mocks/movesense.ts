/** A Movesense sensor with the GATT SensorData Protocol, on a virtual body. */
import { PlumblineError } from '../src/model/errors.ts';
import { AttError, GattRefusal, type VirtualPeripheral } from './peripheral.ts';
import { encodeHello, encodeResponse, GSP_COMMAND, GSP_DATA, GSP_SERVICE, GspCommand } from './movesensePacket.ts';
import { MovesenseSubscription, parseResource } from './movesenseSubscription.ts';
import { deviceInformationService } from './sigServices.ts';
import type { SampleStream, VirtualWearable } from './virtualWearable.ts';
import type { WearableMaking } from './wearableKinds.ts';
import { type PeripheralIdentity, WearablePeripheral } from './wearablePeripheral.ts';

interface MovesenseIdentity extends PeripheralIdentity {
  /** Twelve digits. */
  readonly serial: string;
  /** The answer to SUBSCRIBE is lost: the first data come instead of it. */
  readonly skipsAcknowledgements: boolean;
  /** `gspOnly`: no battery service, its own protocol tells the level; `silent`: that answers 503 as well. */
  readonly battery: Battery;
  /** Every so many packets the values of one are not numbers. Undefined: never. */
  readonly notFiniteEveryPackets?: number | undefined;
}

const BATTERIES = ['service', 'gspOnly', 'silent'] as const;
type Battery = (typeof BATTERIES)[number];

const MAX_SUBSCRIPTIONS = 4;
const SYSTEM_MODE_REBOOT = 5;
const TIMESTAMP_WRAP = 2 ** 32;
/** Within the first day after boot. */
const MAX_UPTIME_MS = 86_400_000;
/** Where the values of a measurement begin. */
const VALUES_OFFSET = 6;
/** A float32 of these bytes is NaN. */
const NAN_BYTE = 0xff;

/** HTTP-like. */
const Status = {
  ok: 200,
  accepted: 202,
  badRequest: 400,
  notFound: 404,
  conflict: 409,
  unavailable: 503,
  insufficientStorage: 507,
};

export function createMovesense({ spec, index, address, body }: WearableMaking): Movesense {
  const serial = spec.serial ?? String(123_456_789_012 + index);
  const { name = `Movesense ${serial}`, maxMtu = 161, skipsAcknowledgements = false, notFiniteEveryPackets } = spec;
  const battery = batteryOf(spec.variant);
  return new Movesense({ address, name, serial, maxMtu, skipsAcknowledgements, battery, notFiniteEveryPackets }, body);
}

/** The variants of this kind differ in how firmware tells its battery level. */
function batteryOf(variant: string = BATTERIES[0]): Battery {
  const found = BATTERIES.find((battery) => battery === variant);
  if (found) return found;
  throw new PlumblineError('config/invalid', `movesense: expected variant ${BATTERIES.join(', ')}, found ${variant}`);
}

interface Running {
  readonly path: string;
  readonly subscription: MovesenseSubscription;
  readonly stream: SampleStream;
}

export class Movesense extends WearablePeripheral {
  readonly addressType = 'random';
  /** The 128-bit service is not in the advertisement. */
  readonly advertisedServices = ['fdf3'];
  readonly services: VirtualPeripheral['services'];
  /** Set by PUT_UTCTIME, µs since 1970. */
  utcTimeUs: bigint | undefined;
  private readonly identity: MovesenseIdentity;
  private send: ((value: Uint8Array) => boolean) | undefined;
  private running: Running[] = [];
  private packetCount = 0;

  constructor(identity: MovesenseIdentity, body: VirtualWearable) {
    super(identity, body);
    this.identity = identity;
    this.services = [
      deviceInformationService({
        manufacturer: 'Movesense',
        model: 'HR2',
        serial: identity.serial,
        firmware: '2.3.0',
        hardware: 'virtual',
      }),
      ...(identity.battery === 'service' ? [this.battery.service] : []),
      {
        uuid: GSP_SERVICE,
        characteristics: [
          { uuid: GSP_COMMAND, properties: ['write'], write: (value) => this.command(value) },
          {
            uuid: GSP_DATA,
            properties: ['notify'],
            onSubscribe: (send) => {
              this.send = send;
            },
            onUnsubscribe: () => {
              this.send = undefined;
            },
          },
        ],
      },
    ];
    body.onReboot = () => {
      this.running = [];
    };
  }

  /** The firmware forgets all subscriptions when the link is lost. */
  onDisconnect(): void {
    for (const { stream } of this.running) this.body.stopStream(stream);
    this.running = [];
    this.send = undefined;
    this.battery.stop();
    this.body.disconnected();
  }

  private command(value: Uint8Array): void {
    if (value.length < 2) throw new GattRefusal(AttError.invalidAttributeLength);
    const command = value[0];
    const ref = value[1];
    const data = value.slice(2);
    if (command === GspCommand.hello) {
      const { serial, address } = this.identity;
      const hello = { serial, product: 'Movesense HR2', dfuAddress: address, appName: 'GSP', appVersion: '2.3.0' };
      return this.reply(encodeHello(ref, hello));
    }
    const status = ref === 0 ? Status.badRequest : this.carryOut(command, ref, data);
    if (typeof status !== 'number') return this.reply(status);
    if (command === GspCommand.subscribe && status === Status.ok && this.identity.skipsAcknowledgements) return;
    this.reply(encodeResponse(ref, status));
  }

  /** A status, or a whole answer. */
  private carryOut(command: number, ref: number, data: Uint8Array): number | Uint8Array {
    switch (command) {
      case GspCommand.subscribe:
        return this.subscribe(ref, pathOf(data));
      case GspCommand.unsubscribe:
        return this.unsubscribe(ref);
      case GspCommand.get:
        if (pathOf(data) !== '/System/Energy/Level') return Status.notFound;
        if (this.identity.battery === 'silent') return Status.unavailable;
        return encodeResponse(ref, Status.ok, Uint8Array.of(this.body.batteryPct()));
      case GspCommand.fetchLog:
        return Status.notFound;
      case GspCommand.putUtcTime:
        if (data.length !== 8) return Status.badRequest;
        this.utcTimeUs = new DataView(data.buffer, data.byteOffset).getBigUint64(0, true);
        return Status.ok;
      case GspCommand.putSystemMode:
        if (data[0] === SYSTEM_MODE_REBOOT) this.body.after(50, () => this.body.reboot());
        return Status.accepted;
      case GspCommand.clearLogbook:
      case GspCommand.putDataloggerConfig:
      case GspCommand.putDataloggerState:
        return Status.ok;
      default:
        return Status.badRequest;
    }
  }

  private subscribe(ref: number, path: string | undefined): number {
    if (path === undefined) return Status.badRequest;
    const resource = parseResource(path);
    if (!resource) return Status.notFound;
    if (resource.quantities.includes('mag') && !this.body.knowsMagneticField) return Status.notFound;
    const known = this.running.find(({ subscription }) => subscription.ref === ref);
    // A client whose answer was lost asks again.
    if (known) return known.path === path ? Status.ok : Status.conflict;
    if (this.running.length >= MAX_SUBSCRIPTIONS) return Status.insufficientStorage;
    const subscription = new MovesenseSubscription(ref, resource, {
      timestampMsAt: (deviceS) => this.timestampMsAt(deviceS),
      magneticFieldInto: (deviceS, out) => this.body.magneticFieldInto(deviceS, out),
      send: (bytes, lastDeviceS) => this.sendData(bytes, lastDeviceS),
    });
    this.running.push({ path, subscription, stream: this.body.startStream(resource.rateHz, subscription, ref) });
    return Status.ok;
  }

  private unsubscribe(ref: number): number {
    const found = this.running.find(({ subscription }) => subscription.ref === ref);
    if (!found) return Status.notFound;
    this.body.stopStream(found.stream);
    this.running = this.running.filter((one) => one !== found);
    return Status.ok;
  }

  /** ms since boot, whole; the device was switched on some time before the simulation began. */
  private timestampMsAt(deviceS: number): number {
    return Math.floor((this.body.bootRandom(1) % MAX_UPTIME_MS) + deviceS * 1000) % TIMESTAMP_WRAP;
  }

  /** The firmware does not look at the MTU: what does not fit is cut off by its stack. */
  private sendData(bytes: Uint8Array, lastDeviceS: number): void {
    const { send } = this;
    if (!send) return;
    if (++this.packetCount % (this.identity.notFiniteEveryPackets ?? Infinity) === 0)
      bytes.fill(NAN_BYTE, VALUES_OFFSET);
    this.body.transmit(bytes.subarray(0, this.body.notificationBytes()), send, this.body.hostMsOf(lastDeviceS));
  }

  private reply(bytes: Uint8Array): void {
    this.body.after(0, () => this.send?.(bytes.subarray(0, this.body.notificationBytes())));
  }
}

/** A path is ASCII and ends with a NUL; undefined when it does not. */
function pathOf(data: Uint8Array): string | undefined {
  return data.at(-1) === 0 ? String.fromCharCode(...data.subarray(0, -1)) : undefined;
}
