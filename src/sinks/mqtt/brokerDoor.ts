/** Who is inside the embedded broker and what each may make it hold: so many connections, and so much of a packet that is not whole yet. */
import type { Socket } from 'node:net';
import type { Clock, Logger } from '../../model/ports.ts';
import { PacketMeter } from './packetMeter.ts';

/** As far as a connection has shown who it is; `guest`: a wearable with its token. */
export type Standing = 'unknown' | 'stranger' | 'guest' | 'service';

/** A megabyte of samples with its topic around it; `PushDesk` judges the samples. */
const MOST_PACKET_BYTES = 1_100_000;
/** From whoever has shown nothing: an acknowledgement is far smaller. */
const MOST_STRANGERS_BYTES = 65_536;
/**
 * Each standing has its own places, so that no crowd of strangers keeps the service or a wearable out. Where all are taken the
 * newcomer comes in, and of those who take most places one goes: sooner one that listens to nothing, then the one that has been silent
 * longest. Caregivers are strangers too. The service has one client id and so one connection.
 */
const MOST_CONNECTIONS: Readonly<Record<Standing, number>> = {
  unknown: 100,
  stranger: 100,
  guest: 100,
  service: Infinity,
};
const LOG_INTERVAL_MS = 60_000;

/** aedes' client, as far as the door looks at it. */
export interface DoorClient {
  /** Whether its CONNECT has been answered. */
  readonly connected: boolean;
  /** By filter. */
  readonly subscriptions: Readonly<Record<string, unknown>>;
}

interface Visitor {
  readonly socket: Socket;
  readonly meter: PacketMeter;
  standing: Standing;
  /** Who takes the place: its address, of a wearable its topic. */
  holder: string;
  /** Order of what came from everybody: how long it has been silent. */
  lastHeard: number;
}

type DoorEvent = 'mqtt.embedded.cut-off' | 'mqtt.embedded.full';

export class BrokerDoor {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #visitors = new Map<DoorClient, Visitor>();
  #heard = 0;
  readonly #logged = new Map<DoorEvent, { readonly atMs: number; heldBack: number }>();

  constructor({ clock, logger }: { clock: Clock; logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** It has not said yet who it is. */
  enter(client: DoorClient, socket: Socket): void {
    this.#makeRoom('unknown');
    const holder = socket.remoteAddress ?? '';
    const visitor: Visitor = {
      socket,
      meter: new PacketMeter(),
      standing: 'unknown',
      holder,
      lastHeard: ++this.#heard,
    };
    this.#visitors.set(client, visitor);
    socket.once('close', () => this.#visitors.delete(client));
    // aedes reads on 'readable' with read(): 'data' comes just before and takes nothing away from it.
    socket.on('data', (chunk: Buffer) => this.#onData(client, visitor, chunk));
  }

  /**
   * It has shown who it is.
   * @param topic where a wearable publishes
   * @returns whether it is still there
   */
  admit(client: DoorClient, standing: Standing, topic: string | undefined): boolean {
    const visitor = this.#visitors.get(client);
    if (!visitor) return false;
    this.#makeRoom(standing);
    visitor.standing = standing;
    visitor.holder = topic ?? visitor.holder;
    return true;
  }

  /** Cuts everybody off. */
  clear(): void {
    for (const { socket } of this.#visitors.values()) socket.destroy();
  }

  #makeRoom(standing: Standing): void {
    const places = [...this.#visitors].filter(([, visitor]) => visitor.standing === standing);
    if (places.length < MOST_CONNECTIONS[standing]) return;
    const counts = new Map<string, number>();
    for (const [, { holder }] of places) counts.set(holder, (counts.get(holder) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const isListening = ({ subscriptions }: DoorClient): number => Number(Object.keys(subscriptions).length > 0);
    const [[client, { socket }]] = places
      .filter(([, { holder }]) => counts.get(holder) === most)
      .sort(([a, one], [b, other]) => isListening(a) - isListening(b) || one.lastHeard - other.lastHeard);
    this.#turnOut(client, socket);
    this.#onFull(standing);
  }

  /** Its place is free at once, before the socket says that it is closed. */
  #turnOut(client: DoorClient, socket: Socket): void {
    this.#visitors.delete(client);
    socket.destroy();
  }

  #onData(client: DoorClient, visitor: Visitor, chunk: Uint8Array): void {
    const { socket, meter, standing } = visitor;
    if (socket.destroyed) return;
    visitor.lastHeard = ++this.#heard;
    const mayHoldMore = standing === 'guest' || standing === 'service';
    // By what earlier chunks have left, so that a phone may send right behind its CONNECT.
    const waitingBytes = client.connected ? meter.announcedBytes : meter.receivedBytes;
    if (!mayHoldMore && waitingBytes > MOST_STRANGERS_BYTES) {
      this.#turnOut(client, socket);
      this.#onCutOff(standing, MOST_STRANGERS_BYTES, `one of ${waitingBytes}`);
      return;
    }
    const found = meter.take(chunk, MOST_PACKET_BYTES);
    if (found === undefined) return;
    this.#turnOut(client, socket);
    this.#onCutOff(standing, MOST_PACKET_BYTES, found);
  }

  #onCutOff(standing: Standing, mostBytes: number, found: string): void {
    const problem = `expected a packet of at most ${mostBytes} bytes, found ${found}`;
    this.#log('mqtt.embedded.cut-off', { standing, problem });
  }

  #onFull(standing: Standing): void {
    const problem = `expected at most ${MOST_CONNECTIONS[standing]} connections, found one more`;
    this.#log('mqtt.embedded.full', { standing, problem });
  }

  /** At most once a minute: whoever is turned away may come back at once. A clock that was set back does not silence it. */
  #log(event: DoorEvent, fields: Readonly<Record<string, string>>): void {
    const nowMs = this.#clock.nowMs();
    const last = this.#logged.get(event);
    if (last && nowMs >= last.atMs && nowMs - last.atMs < LOG_INTERVAL_MS) {
      last.heldBack += 1;
      return;
    }
    this.#logged.set(event, { atMs: nowMs, heldBack: 0 });
    this.#logger.warn(event, { ...fields, heldBack: last?.heldBack ?? 0 });
  }
}
