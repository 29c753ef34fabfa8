/** Virtual wearables with loss, drift and jitter, each in a session of its own on the real noble; every sample is asked for. */
import { setTimeout as wait } from 'node:timers/promises';
import { createVirtualRadio } from '../firmware-mocks/createVirtualRadio.ts';
import type { VirtualPeripheral } from '../firmware-mocks/peripheral.ts';
import { PLUMBLINE_UUIDS } from '../firmware-mocks/plumblinePacket.ts';
import { createSimulation } from '../firmware-mocks/simulation.ts';
import { pinoLogger } from '../src/app/pinoLogger.ts';
import { SharedScan } from '../src/app/session/sharedScan.ts';
import { systemTimers } from '../src/app/session/timers.ts';
import { WearableSession } from '../src/app/session/wearableSession.ts';
import { nextDelayMs } from '../src/ble/connection.ts';
import { NobleCentral } from '../src/ble/nobleCentral.ts';
import { plumblineReference } from '../src/devices/plumblineReference.ts';

export interface ObservedWearables {
  readonly wearables: number;
  readonly samples: number;
  readonly lost: number;
  readonly repaired: number;
  /** What the wearables put on the air, less what the sessions released and stated as lost. */
  readonly unaccounted: number;
  readonly cpuPct: number;
  /** Ascending. */
  readonly latenciesMs: readonly number[];
}

const CONNECT_LIMIT_MS = 120_000;
const SETTLE_MS = 2000;
const QUIET_MS = 1500;
const FIRST_INDEX_AT = 4;
const COUNT_AT = 1;

export async function observeWearables({
  wearables,
  lossRatio,
  windowS,
}: {
  readonly wearables: number;
  readonly lossRatio: number;
  readonly windowS: number;
}): Promise<ObservedWearables> {
  // The wearables' time can be stopped, so that what is under way arrives and the books can be closed.
  let stoppedMs: number | undefined;
  const nowMs = (): number => performance.timeOrigin + performance.now();
  const simulation = createSimulation(simulationOf(wearables, lossRatio), { now: () => stoppedMs ?? nowMs() });
  const worn = simulation.peripherals.map((peripheral) => new ObservedWearable(peripheral, nowMs));
  const radio = createVirtualRadio(worn.map(({ peripheral }) => peripheral));
  const logger = pinoLogger('error');
  const central = new NobleCentral({ nowMs, logger, hciSocket: radio.HciSocket });
  await central.start();
  const scan = new SharedScan(central, logger);
  for (const wearable of worn) {
    wearable.start({
      central,
      scan,
      clock: { nowMs },
      timers: systemTimers(),
      logger,
      random: Math.random,
      nextDelayMs,
    });
  }
  await until(() => worn.every((wearable) => wearable.isStreaming), CONNECT_LIMIT_MS);
  await wait(SETTLE_MS);
  for (const wearable of worn) wearable.latenciesMs.length = 0;
  const [cpuBefore, startedMs] = [process.cpuUsage(), performance.now()];
  await wait(windowS * 1000);
  const cpu = process.cpuUsage(cpuBefore);
  const elapsedMs = performance.now() - startedMs;
  const latenciesMs = worn.flatMap((wearable) => wearable.latenciesMs).sort((a, b) => a - b);
  stoppedMs = nowMs();
  await wait(QUIET_MS);
  const healths = worn.map((wearable) => wearable.health);
  const sum = (of: (health: (typeof healths)[number]) => number): number => healths.reduce((all, h) => all + of(h), 0);
  const found = {
    wearables,
    samples: sum(({ samples }) => samples),
    lost: sum(({ lostSamples }) => lostSamples),
    repaired: sum(({ repairedSamples }) => repairedSamples),
    unaccounted: worn.reduce((all, wearable) => all + Math.abs(wearable.unaccounted), 0),
    cpuPct: ((cpu.user + cpu.system) / 1000 / elapsedMs) * 100,
    latenciesMs,
  };
  simulation.stop();
  await central.stop();
  return found;
}

const simulationOf = (wearables: number, lossRatio: number): unknown => ({
  wearables: Array.from({ length: wearables }, (_, i) => ({
    kind: 'plumbline',
    name: `Plumbline-${String(i + 1).padStart(4, '0')}`,
    seed: i + 1,
    driftPpm: 40 * ((i % 5) - 2),
    lossRatio,
    motion: { script: 'dailyLoop' },
  })),
});

async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`expected all wearables to stream within ${limitMs / 1000} s`);
    await wait(50);
  }
}

/** One wearable, and what of it was seen on the air: its own numbers in the packets, not ours. */
class ObservedWearable {
  readonly peripheral: VirtualPeripheral;
  readonly latenciesMs: number[] = [];
  readonly #nowMs: () => number;
  /** End index of a packet → when the wearable handed it to its radio. */
  readonly #sentMs = new Map<number, number>();
  #endOnAir = 0;
  #session: WearableSession | undefined;

  constructor(peripheral: VirtualPeripheral, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.peripheral = this.#overheard(peripheral);
  }

  start(ports: ConstructorParameters<typeof WearableSession>[1]): void {
    const { name } = this.peripheral;
    this.#session = new WearableSession(
      { personId: 'bench', deviceId: name, device: plumblineReference, name },
      ports,
      {
        onBlock: () => this.#onBlock(),
        onGap: () => undefined,
        onHealth: () => undefined,
        onProblem: () => undefined,
      },
    );
    this.#session.start();
  }

  get health(): ReturnType<WearableSession['health']> {
    if (!this.#session) throw new Error('expected a started session');
    return this.#session.health();
  }

  get isStreaming(): boolean {
    return this.#session !== undefined && this.health.state === 'streaming' && this.health.samples > 0;
  }

  /** The stream begins with sample 0. */
  get unaccounted(): number {
    const { samples, lostSamples } = this.health;
    return this.#endOnAir - (samples + lostSamples);
  }

  #onBlock(): void {
    const { samples, lostSamples } = this.health;
    const end = samples + lostSamples;
    const sentMs = this.#sentMs.get(end);
    if (sentMs !== undefined) this.latenciesMs.push(this.#nowMs() - sentMs);
    this.#sentMs.delete(end);
  }

  #onAir(packet: Uint8Array): void {
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const end = view.getUint32(FIRST_INDEX_AT, true) + view.getUint8(COUNT_AT);
    if (!this.#sentMs.has(end)) this.#sentMs.set(end, this.#nowMs());
    if (end > this.#endOnAir) this.#endOnAir = end;
  }

  #overheard(peripheral: VirtualPeripheral): VirtualPeripheral {
    const services = peripheral.services.map((service) => ({
      ...service,
      characteristics: service.characteristics.map((characteristic) => {
        if (characteristic.uuid !== PLUMBLINE_UUIDS.imuData) return characteristic;
        return {
          ...characteristic,
          onSubscribe: (send: (value: Uint8Array) => boolean) => {
            characteristic.onSubscribe?.((value) => {
              this.#onAir(value);
              return send(value);
            });
          },
        };
      }),
    }));
    return Object.assign(Object.create(peripheral) as VirtualPeripheral, { services });
  }
}
