/** Somebody else on the broker: any MQTT client, as a caregiver's app would be. */
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { ReceivedMessage } from '../../contract/alertSink.contract.ts';

export class Caregiver {
  readonly received: (ReceivedMessage & { readonly packet: IPublishPacket })[] = [];
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on('message', (topic, payload, packet) => {
      this.received.push({ topic, payload: payload.toString(), retain: packet.retain, packet });
    });
    client.on('error', () => undefined);
  }

  /** Listens to everything; comes back after an outage. */
  static async join(url: string, options: IClientOptions = {}): Promise<Caregiver> {
    const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 50, ...options });
    const caregiver = new Caregiver(client);
    await client.subscribeAsync('plumbline/#', { qos: 1 });
    return caregiver;
  }

  messages(): ReceivedMessage[] {
    return this.received.map(({ topic, payload, retain }) => ({ topic, payload, retain }));
  }

  on(topic: string): Record<string, unknown>[] {
    return this.received
      .filter((one) => one.topic === topic)
      .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
  }

  async send(topic: string, payload: string): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos: 1 });
  }

  async leave(): Promise<void> {
    await this.client.endAsync(true);
  }
}

/** What somebody who subscribes now gets at once. */
export async function retainedAt(url: string, options: IClientOptions = {}): Promise<ReceivedMessage[]> {
  const newcomer = await Caregiver.join(url, options);
  // Retained messages are sent before anything that is published after SUBACK: our own message marks their end.
  const end = `plumbline/v1/p1/ack/p1.end.${Date.now()}`;
  await newcomer.send(end, '{}');
  while (!newcomer.received.some(({ topic }) => topic === end)) {
    await new Promise((resolve) => newcomer.client.once('message', resolve));
  }
  await newcomer.leave();
  return newcomer.messages().filter(({ retain }) => retain);
}
