/** Who may deliver samples by HTTP or MQTT, and to whose session they go: one wearable, one token, one topic, one person. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '../config.ts';
import type { PushOutcome } from '../devices/pushedDevice.ts';
import type { Clock, Logger, PushAnswer, PushEntrance, PushReceiver } from '../model/ports.ts';
import { mqttTopics } from '../sinks/mqtt/topics.ts';
import type { AlertChannelOptions } from './alertChannel.ts';
import { MessageQuota } from './messageQuota.ts';
import { enrolledPushed } from './session/enrolledWearable.ts';

export interface PushDeskOptions {
  readonly people: Config['people'];
  /** First levels of every MQTT topic. */
  readonly base: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Never throws. */
  readonly receive: (personId: string, deviceId: string, message: string, arrivalMs: number) => PushOutcome;
}

interface Sender {
  readonly personId: string;
  readonly deviceId: string;
  readonly topic: string;
  readonly token: string | undefined;
  readonly digest: Buffer;
  readonly quota: MessageQuota;
}

/** A message every 100 ms, and as many again after a pause. */
const MESSAGES_PER_MINUTE = 1200;

/** As of HTTP bodies. */
const MOST_BYTES = 1_048_576;

export class PushDesk implements PushEntrance {
  readonly mostMessagesPerMinute = MESSAGES_PER_MINUTE;
  readonly #options: PushDeskOptions;
  readonly #senders: readonly Sender[];

  constructor(options: PushDeskOptions) {
    this.#options = options;
    const topics = mqttTopics(options.base);
    this.#senders = options.people.flatMap(({ id: personId, wearables }) =>
      wearables.flatMap((wearable): Sender[] => {
        const enrolled = enrolledPushed(personId, wearable);
        if (!enrolled) return [];
        const { deviceId } = enrolled;
        const { token } = wearable;
        const topic = topics.raw(personId, deviceId);
        const quota = new MessageQuota(MESSAGES_PER_MINUTE);
        return [{ personId, deviceId, topic, token, digest: digestOf(token ?? ''), quota }];
      }),
    );
  }

  get isOpen(): boolean {
    return this.#senders.some(({ token }) => token !== undefined);
  }

  admit(personId: string, deviceId: string, token: string): PushReceiver | undefined {
    const sender = this.#senders.find((one) => one.personId === personId && one.deviceId === deviceId);
    // Compared also where nobody is enrolled: how long it takes says nothing.
    const isHers = timingSafeEqual(digestOf(token), sender?.digest ?? digestOf(''));
    if (sender?.token === undefined || !isHers) return undefined;
    return (message) => this.#take(sender, () => message);
  }

  /** For the broker; undefined: nobody sends by themselves. */
  get raw(): AlertChannelOptions['raw'] {
    if (this.#senders.length === 0) return undefined;
    return {
      topics: this.#senders.map(({ topic }) => topic),
      guests: this.#senders.flatMap(({ topic, token }) => (token === undefined ? [] : [{ topic, token }])),
      onMessage: (topic, payload) => this.#onMessage(topic, payload),
    };
  }

  #onMessage(topic: string, payload: Uint8Array): void {
    const { logger } = this.#options;
    const sender = this.#senders.find((one) => one.topic === topic);
    if (!sender) return;
    if (payload.byteLength > MOST_BYTES) {
      logger.debug('push.too-large', { topic, sizeBytes: payload.byteLength });
      return;
    }
    const answer = this.#take(sender, () => new TextDecoder().decode(payload));
    if (answer.kind === 'refused') logger.debug('push.refused', { topic, expected: answer.expected });
  }

  /** @param message not read when it is one too many */
  #take({ personId, deviceId, topic, quota }: Sender, message: () => string): PushAnswer {
    const { clock, logger, receive } = this.#options;
    const nowMs = clock.nowMs();
    const refusal = quota.take(nowMs);
    if (!refusal) return receive(personId, deviceId, message(), nowMs);
    const { waitMs, countRefused } = refusal;
    const expected = `at most ${MESSAGES_PER_MINUTE} messages per minute`;
    if (countRefused !== undefined) logger.warn('push.too-often', { topic, expected, waitMs, countRefused });
    return { kind: 'too-often', expected, found: 'more', waitMs };
  }
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
