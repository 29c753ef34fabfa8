/** Seconds and device health on their way to the record, and once a minute to the broker as state. */
import type { DeviceHealth, OutboundMessage, RecordBatch, SeriesSecond } from '../model/ports.ts';
import { messageForDeviceHealth, messageForPosture } from '../sinks/mqtt/topics.ts';

export interface SeriesKeeperPorts {
  readonly store: (batch: RecordBatch) => void;
  readonly publishState: (message: OutboundMessage) => void;
  readonly nowMs: () => number;
  /** Of the MQTT topics. */
  readonly base: string;
}

const EVERY_MS = 60_000;

/** A last time that lies ahead was told before the host's clock was set back: it holds nothing up. */
const isRecent = (lastMs: number | undefined, nowMs: number): boolean =>
  lastMs !== undefined && lastMs <= nowMs && nowMs - lastMs < EVERY_MS;

export class SeriesKeeper {
  readonly #ports: SeriesKeeperPorts;
  #seconds: SeriesSecond[] = [];
  readonly #lastPosture = new Map<string, number>();
  readonly #lastHealth = new Map<string, { atMs: number; state: string }>();

  constructor(ports: SeriesKeeperPorts) {
    this.#ports = ports;
  }

  /** Seconds that are not stored yet. */
  get waiting(): number {
    return this.#seconds.length;
  }

  onSecond(second: SeriesSecond): void {
    this.#seconds.push(second);
    const key = `${second.personId} ${second.site}`;
    if (isRecent(this.#lastPosture.get(key), second.tMs)) return;
    this.#lastPosture.set(key, second.tMs);
    this.#ports.publishState(messageForPosture(second, this.#ports.base));
  }

  /** Of a gap that was stated before: it goes to the record alone, because a state is what is now. */
  onLateSecond(second: SeriesSecond): void {
    this.#seconds.push(second);
  }

  /** Once a minute, and at once when its state changes. */
  onHealth(health: DeviceHealth): void {
    const nowMs = this.#ports.nowMs();
    const last = this.#lastHealth.get(health.deviceId);
    if (last?.state === health.state && isRecent(last.atMs, nowMs)) return;
    this.#lastHealth.set(health.deviceId, { atMs: nowMs, state: health.state });
    this.#ports.store({ health: [{ tMs: nowMs, health }] });
    this.#ports.publishState(messageForDeviceHealth(health, nowMs, this.#ports.base));
  }

  /** One transaction for what has come since. */
  flush(): void {
    if (this.#seconds.length === 0) return;
    const series = this.#seconds;
    this.#seconds = [];
    this.#ports.store({ series });
  }
}
