/** An alert sink without a broker: the same contract as the MQTT one (test/contract/alertSink.contract.ts). */
import { PlumblineError } from '../../src/model/errors.ts';
import type { AlertSink, OutboundMessage, SinkState, Unsubscribe } from '../../src/model/ports.ts';
import { readAcknowledgement } from '../../src/sinks/mqtt/acknowledgement.ts';
import { DEFAULT_TOPIC_BASE } from '../../src/sinks/mqtt/topics.ts';

export class MemoryAlertSink implements AlertSink {
  /** What the "broker" has accepted, in order. */
  readonly accepted: OutboundMessage[] = [];
  state: SinkState = 'stopped';
  readonly #stateListeners = new Set<(state: SinkState) => void>();
  readonly #acknowledgeListeners = new Set<(ack: { personId: string; alertId: string; by: string }) => void>();
  #isBrokerUp = true;

  async start(): Promise<void> {
    this.#setState(this.#isBrokerUp ? 'connected' : 'down');
  }

  async stop(): Promise<void> {
    this.#setState('stopped');
  }

  onStateChange(listener: (state: SinkState) => void): Unsubscribe {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onAcknowledge(listener: (ack: { personId: string; alertId: string; by: string }) => void): Unsubscribe {
    this.#acknowledgeListeners.add(listener);
    return () => this.#acknowledgeListeners.delete(listener);
  }

  async publish(message: OutboundMessage): Promise<void> {
    if (message.topic === '' || /[+#]/.test(message.topic) || message.payload === '') {
      throw new PlumblineError('mqtt/rejected', `expected a topic and a payload, found ${message.topic}`);
    }
    if (this.state !== 'connected') {
      throw new PlumblineError('mqtt/unavailable', `expected a connected broker, found ${this.state}`);
    }
    this.accepted.push(message);
  }

  goDown(): void {
    this.#isBrokerUp = false;
    if (this.state !== 'stopped') this.#setState('down');
  }

  comeBack(): void {
    this.#isBrokerUp = true;
    if (this.state !== 'stopped') this.#setState('connected');
  }

  /** Somebody else publishes. */
  receive(topic: string, payload: string): void {
    const read = readAcknowledgement(topic, new TextEncoder().encode(payload), DEFAULT_TOPIC_BASE);
    if ('problem' in read) return;
    for (const listener of this.#acknowledgeListeners) listener(read.acknowledgement);
  }

  #setState(state: SinkState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}
