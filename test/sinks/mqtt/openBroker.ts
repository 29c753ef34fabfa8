/** The broker inside with one phone enrolled, and everybody who may come to it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import mqtt, { MqttClient } from 'mqtt';
import { expect, vi } from 'vitest';
import { MqttAlertPublisher } from '../../../src/sinks/mqtt/alertPublisher.ts';
import { embeddedBrokerConfigSchema } from '../../../src/sinks/mqtt/config.ts';
import { EmbeddedBroker } from '../../../src/sinks/mqtt/embeddedBroker.ts';
import { mqttTopics } from '../../../src/sinks/mqtt/topics.ts';
import { type LogLine, QuietLogger } from '../../fakes/quietLogger.ts';
import { Caregiver } from './caregiver.ts';

const topics = mqttTopics();
export const RAW = topics.raw('anna', 'sensor-logger-waist');
export const ACK = topics.acknowledge('anna', 'anna.x');
export const TOKEN = 'token-of-anna-0123456789';
export const until = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 });

export class OpenBroker {
  /** Of the broker; the service has the real time. */
  nowMs = 1_000_000;
  /** What the service has heard of the phone. */
  readonly samples: Uint8Array[] = [];
  /** Who has acknowledged, as the service has heard it. */
  readonly seenBy: string[] = [];
  readonly #logger = new QuietLogger();
  readonly #closing: (() => unknown)[] = [];
  readonly #broker = new EmbeddedBroker({
    config: embeddedBrokerConfigSchema.parse({ broker: 'embedded', port: 0 }),
    clock: { nowMs: () => this.nowMs },
    logger: this.#logger,
    guests: [{ topic: RAW, token: TOKEN }],
  });

  static async start(): Promise<OpenBroker> {
    const open = new OpenBroker();
    await open.#broker.start();
    return open;
  }

  get url(): string {
    return this.#broker.url;
  }

  lines(event: string): LogLine[] {
    return this.#logger.of(`mqtt.embedded.${event}`);
  }

  async stop(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) await close();
    await this.#broker.stop();
  }

  async connectService(): Promise<MqttAlertPublisher> {
    const service = new MqttAlertPublisher({
      config: this.#broker.connection(),
      clock: { nowMs: () => Date.now() },
      logger: this.#logger,
      raw: { topics: [RAW], onMessage: (_topic, payload) => this.samples.push(payload) },
    });
    service.onAcknowledge(({ by }) => this.seenBy.push(by));
    this.#closing.push(() => service.stop());
    await service.start();
    await until(() => expect(service.state).toBe('connected'));
    return service;
  }

  async join(login: object = {}): Promise<MqttClient> {
    const client = await mqtt.connectAsync(this.url, { protocolVersion: 4, reconnectPeriod: 0, ...login });
    client.on('error', () => undefined);
    this.#closing.push(() => client.endAsync(true));
    return client;
  }

  /** As from another computer: all of 127.0.0.0/8 is this one. */
  async joinFrom(localAddress: string): Promise<MqttClient> {
    const { port, hostname: host } = new URL(this.url);
    const client = new MqttClient(() => connect({ port: Number(port), host, localAddress }), {
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    client.on('error', () => undefined);
    this.#closing.push(() => client.endAsync(true));
    await new Promise((resolve) => client.once('connect', resolve));
    return client;
  }

  async joinCaregiver(login: object = {}): Promise<Caregiver> {
    const caregiver = await Caregiver.join(this.url, login);
    this.#closing.push(() => caregiver.leave());
    return caregiver;
  }

  /** Cutting off resets what is under way: the sender may find that out by an error or by the end. */
  async openSocket(): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }> {
    const socket = connect(Number(new URL(this.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    this.#closing.push(() => socket.destroy());
    await once(socket, 'connect');
    return { socket, closed };
  }
}
