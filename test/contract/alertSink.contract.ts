/** What every `AlertSink` must do, whatever carries the messages. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AlertSink, OutboundMessage } from '../../src/model/ports.ts';
import { mqttTopics } from '../../src/sinks/mqtt/topics.ts';

export interface ReceivedMessage {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** One sink, one broker (up at first, sink not started), and somebody else on that broker. */
export interface AlertSinkHarness {
  readonly sink: AlertSink;
  /** What a caregiver who listens to everything from the beginning has received. */
  received(): ReceivedMessage[];
  /** What one who subscribes only now gets at once. */
  retained(): Promise<ReceivedMessage[]>;
  send(topic: string, payload: string): Promise<void>;
  breakBroker(): Promise<void>;
  healBroker(): Promise<void>;
  close(): Promise<void>;
}

const topics = mqttTopics();
const ALERT_ID = 'p1.EV-BEND.1700000000000';
const event: OutboundMessage = {
  id: 'e1',
  topic: topics.event('p1'),
  payload: '{"id":"e1"}',
  retain: false,
  qos: 1,
  expiresMs: Date.now() + 3_600_000,
};
const state: OutboundMessage = {
  id: 's1',
  topic: topics.alert('p1', 'bend'),
  payload: '{"state":"ON"}',
  retain: true,
  qos: 1,
};

const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

export function alertSinkContract(name: string, open: () => Promise<AlertSinkHarness>): void {
  describe(`AlertSink contract: ${name}`, () => {
    let harness: AlertSinkHarness;
    const isConnected = (): void => expect(harness.sink.state).toBe('connected');
    const startConnected = async (): Promise<void> => {
      await harness.sink.start();
      await until(isConnected);
    };

    beforeEach(async () => {
      harness = await open();
    });
    afterEach(async () => {
      await harness.sink.stop();
      await harness.close();
    });

    it('a published message arrives as it is', async () => {
      await startConnected();
      await harness.sink.publish(event);
      await until(() =>
        expect(harness.received()).toContainEqual(
          expect.objectContaining({ topic: event.topic, payload: event.payload }),
        ),
      );
    });

    it('a retained message waits for those who come later, an event does not', async () => {
      await startConnected();
      await harness.sink.publish(event);
      await harness.sink.publish(state);
      await until(async () => {
        const later = await harness.retained();
        expect(later).toContainEqual({ topic: state.topic, payload: state.payload, retain: true });
        expect(later.map(({ topic }) => topic)).not.toContain(event.topic);
      });
    });

    it('messages arrive in the order in which they were published', async () => {
      await startConnected();
      const ids = Array.from({ length: 50 }, (_, i) => `{"id":"e${i}"}`);
      for (const payload of ids) await harness.sink.publish({ ...event, payload });
      await until(() =>
        expect(
          harness
            .received()
            .filter(({ topic }) => topic === event.topic)
            .map(({ payload }) => payload),
        ).toEqual(ids),
      );
    });

    it('without a broker it starts, refuses to publish, and connects when the broker comes', async () => {
      await harness.breakBroker();
      await harness.sink.start();
      await until(() => expect(harness.sink.state).toBe('down'));
      await expect(harness.sink.publish(event)).rejects.toMatchObject({ code: 'mqtt/unavailable' });
      await harness.healBroker();
      await until(isConnected);
      await harness.sink.publish(event);
    });

    it('after an outage it comes back by itself and says so', async () => {
      const states: string[] = [];
      harness.sink.onStateChange((next) => states.push(next));
      await startConnected();
      await harness.breakBroker();
      await until(() => expect(harness.sink.state).toBe('down'));
      await harness.healBroker();
      await until(isConnected);
      await harness.sink.publish(event);
      expect(states.filter((one) => one !== 'connecting')).toEqual(['connected', 'down', 'connected']);
    });

    it('an acknowledgement is heard, with whose alert and by whom', async () => {
      const heard: unknown[] = [];
      harness.sink.onAcknowledge((acknowledgement) => heard.push(acknowledgement));
      await startConnected();
      await harness.send(topics.acknowledge('p1', ALERT_ID), '{"by":"anna"}');
      await until(() => expect(heard).toEqual([{ personId: 'p1', alertId: ALERT_ID, by: 'anna' }]));
    });

    it('nonsense in the place of an acknowledgement is dropped and the next one is heard', async () => {
      const heard: unknown[] = [];
      harness.sink.onAcknowledge((acknowledgement) => heard.push(acknowledgement));
      await startConnected();
      await harness.send(topics.acknowledge('p1', ALERT_ID), '{"by":');
      await harness.send(topics.acknowledge('p1', 'p2.EV-BEND.1700000000000'), '{"by":"anna"}');
      await harness.send(topics.acknowledge('p1', ALERT_ID), `{"by":"${'x'.repeat(5000)}"}`);
      await harness.send(topics.acknowledge('p1', ALERT_ID), '{"by":"bert"}');
      await until(() => expect(heard).toEqual([{ personId: 'p1', alertId: ALERT_ID, by: 'bert' }]));
    });

    it.each([
      ['a wildcard', { ...event, topic: 'plumbline/v1/+/event' }],
      ['no payload, which would delete what is retained', { ...state, payload: '' }],
    ])('%s is rejected', async (_name, message) => {
      await startConnected();
      await expect(harness.sink.publish(message)).rejects.toMatchObject({ code: 'mqtt/rejected' });
    });

    it('after stop nothing is accepted, and it can be started again', async () => {
      await startConnected();
      await harness.sink.stop();
      expect(harness.sink.state).toBe('stopped');
      await expect(harness.sink.publish(event)).rejects.toMatchObject({ code: 'mqtt/unavailable' });
      await startConnected();
      await harness.sink.publish(event);
    });

    it('a listener that was taken off hears nothing', async () => {
      const states: string[] = [];
      harness.sink.onStateChange((next) => states.push(next))();
      await startConnected();
      expect(states).toEqual([]);
    });
  });
}
