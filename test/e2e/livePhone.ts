/** A virtual phone that sends in real time, by HTTP or MQTT, as the app would. */
import mqtt, { type IClientOptions } from 'mqtt';
import { type PhoneNetworkOptions, throughNetwork } from '../../firmware-mocks/phoneNetwork.ts';
import { VirtualPhone, type VirtualPhoneOptions } from '../../firmware-mocks/virtualPhone.ts';

/** Unix ms to what the phone's clock shows: nobody has set it. */
const CLOCK_OFF_S = 3600;

export interface LivePhoneOptions extends Omit<VirtualPhoneOptions, 'startS'> {
  readonly durationS: number;
  readonly network?: PhoneNetworkOptions;
  /** Answers what came of it. */
  readonly send: (text: string) => Promise<unknown>;
}

export class LivePhone {
  readonly #timers: NodeJS.Timeout[];
  readonly answers: unknown[] = [];

  /** Begins to record now. */
  constructor({ durationS, network, send, ...phone }: LivePhoneOptions) {
    const startS = Date.now() / 1000 + CLOCK_OFF_S;
    const messages = new VirtualPhone({ ...phone, startS }).messages(durationS);
    // Making them takes time, in which nothing has been measured.
    const deliveries = throughNetwork(messages, network);
    this.#timers = deliveries.map(({ atS, text }) =>
      setTimeout(() => {
        send(text).then(
          (answer) => this.answers.push(answer),
          (error: unknown) => this.answers.push(error),
        );
      }, atS * 1000),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** As the app: the field "Auth Header" is the whole header. */
export const httpSender =
  (page: string, path: string, token: string) =>
  async (text: string): Promise<number> => {
    const response = await fetch(`${page}/api/push/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: text,
      signal: AbortSignal.timeout(10_000),
    });
    await response.text();
    return response.status;
  };

/** As the app: MQTT 3.1.1, quality of service 0. */
export async function mqttSender(
  url: string,
  topic: string,
  login: Pick<IClientOptions, 'username' | 'password'> = {},
): Promise<{ send(text: string): Promise<unknown>; leave(): Promise<void> }> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...login });
  client.on('error', () => undefined);
  return {
    send: (text) => client.publishAsync(topic, text, { qos: 0 }),
    leave: () => client.endAsync(true),
  };
}
