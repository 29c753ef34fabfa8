import { afterAll, beforeAll } from 'vitest';
import type { Clock } from '../../src/model/ports.ts';
import { MqttAlertPublisher } from '../../src/sinks/mqtt/alertPublisher.ts';
import { externalBrokerConfigSchema, embeddedBrokerConfigSchema } from '../../src/sinks/mqtt/config.ts';
import { EmbeddedBroker } from '../../src/sinks/mqtt/embeddedBroker.ts';
import { MemoryAlertSink } from '../fakes/memoryAlertSink.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';
import { freePort } from '../services/serviceProcess.ts';
import { type Mosquitto, startMosquitto } from '../services/mosquitto.ts';
import { Caregiver, retainedAt } from '../sinks/mqtt/caregiver.ts';
import { alertSinkContract } from './alertSink.contract.ts';

const clock: Clock = { nowMs: () => Date.now() };
const logger = new QuietLogger();

alertSinkContract('in memory', async () => {
  const sink = new MemoryAlertSink();
  return {
    sink,
    received: () => sink.accepted,
    retained: async () =>
      sink.accepted.filter(({ retain }) => retain).map(({ topic, payload, retain }) => ({ topic, payload, retain })),
    send: async (topic, payload) => sink.receive(topic, payload),
    breakBroker: async () => sink.goDown(),
    healBroker: async () => sink.comeBack(),
    close: async () => undefined,
  };
});

alertSinkContract('embedded broker, MQTT 3.1.1', async () => {
  const config = embeddedBrokerConfigSchema.parse({ broker: 'embedded', port: await freePort() });
  const broker = new EmbeddedBroker({ config, clock, logger });
  await broker.start();
  const caregiver = await Caregiver.join(broker.url);
  return {
    sink: new MqttAlertPublisher({ config: broker.connection(), clock, logger }),
    received: () => caregiver.messages(),
    retained: async () => retainedAt(broker.url),
    send: async (topic, payload) => caregiver.send(topic, payload),
    breakBroker: async () => broker.stop(),
    healBroker: async () => broker.start(),
    close: async () => {
      await caregiver.leave();
      await broker.stop();
    },
  };
});

let mosquitto: Mosquitto;
let clients = 0;
beforeAll(async () => {
  mosquitto = await startMosquitto();
});
afterAll(async () => {
  await mosquitto.stop();
});

for (const protocolVersion of [5, 4] as const) {
  alertSinkContract(`Mosquitto, MQTT ${protocolVersion === 5 ? '5' : '3.1.1'}`, async () => {
    const caregiver = await Caregiver.join(mosquitto.url, { protocolVersion });
    const config = externalBrokerConfigSchema.parse({
      broker: 'external',
      url: mosquitto.url,
      protocolVersion,
      clientId: `service-${clients++}`,
    });
    return {
      sink: new MqttAlertPublisher({ config, clock, logger }),
      received: () => caregiver.messages(),
      retained: async () => retainedAt(mosquitto.url, { protocolVersion }),
      send: async (topic, payload) => caregiver.send(topic, payload),
      breakBroker: async () => mosquitto.kill(),
      healBroker: async () => mosquitto.restart(),
      close: async () => {
        await caregiver.leave();
      },
    };
  });
}
