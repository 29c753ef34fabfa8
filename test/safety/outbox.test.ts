import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/model/errors.ts';
import type { OutboundMessage } from '../../src/model/ports.ts';
import { OutboxDispatcher } from '../../src/safety/outbox.ts';
import { ManualTime, settled } from '../fakes/manualTime.ts';
import { MemoryAlertSink } from '../fakes/memoryAlertSink.ts';
import { MemoryRecordStore } from '../fakes/memoryRecordStore.ts';
import { QuietLogger } from '../fakes/quietLogger.ts';

const message = (n: number, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  id: `m${n}`,
  topic: 'plumbline/v1/ada/event',
  payload: `${n}`,
  retain: false,
  qos: 1,
  ...more,
});

async function newOutbox(record = new MemoryRecordStore(), sink = new MemoryAlertSink()) {
  const time = new ManualTime();
  const logger = new QuietLogger();
  await sink.start();
  const outbox = new OutboxDispatcher({ source: record, sink, clock: time, schedule: time.schedule, logger });
  const accepted = (): string[] => sink.accepted.map(({ id }) => id);
  return { outbox, record, sink, time, logger, accepted };
}

describe('the outbox', () => {
  it('sends what waits at its start and what is added later, in order, once', async () => {
    const { outbox, record, accepted } = await newOutbox();
    record.write({ outbox: Array.from({ length: 250 }, (_, n) => message(n)) });
    outbox.start();
    await settled();
    record.write({ outbox: [message(250)] });
    outbox.wake();
    outbox.wake();
    await settled();
    expect(accepted()).toEqual(Array.from({ length: 251 }, (_, n) => `m${n}`));
    expect(record.pendingMessages(10)).toEqual([]);
    expect(outbox.counts).toEqual({ sent: 251, expired: 0, superseded: 0, failedAttempts: 0 });
  });

  it('keeps everything while the broker is down, tries less and less often, and says so once', async () => {
    const { outbox, record, sink, time, logger, accepted } = await newOutbox();
    sink.goDown();
    record.write({ outbox: [message(1), message(2)] });
    outbox.start();
    await settled();
    const waits: number[] = [];
    for (let n = 0; n < 10; n++) {
      waits.push(...time.waitingMs);
      await time.pass(time.waitingMs[0] ?? 0);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(logger.of('outbox.waiting')).toHaveLength(1);
    expect(record.pendingMessages(10)).toHaveLength(2);
    sink.comeBack();
    await settled();
    expect(accepted()).toEqual(['m1', 'm2']);
    expect(time.waitingMs).toEqual([]);
  });

  it('drops what nobody wants any more, counted and logged, and sends the rest', async () => {
    const { outbox, record, time, logger, accepted } = await newOutbox();
    record.write({
      outbox: [message(1, { expiresMs: time.nowMs() }), message(2, { expiresMs: time.nowMs() + 1 }), message(3)],
    });
    outbox.start();
    await settled();
    expect(accepted()).toEqual(['m2', 'm3']);
    expect(outbox.counts.expired).toBe(1);
    expect(logger.of('outbox.expired').map(({ fields }) => fields.messageId)).toEqual(['m1']);
    expect(record.pendingMessages(10)).toEqual([]);
  });

  it('does not let a message that the broker refuses hold up the others, and tries it again later', async () => {
    const { outbox, record, sink, time, logger, accepted } = await newOutbox();
    let refuses = true;
    const publish = sink.publish.bind(sink);
    sink.publish = async (sent) => {
      if (refuses && sent.id === 'm1')
        throw new PlumblineError('mqtt/rejected', 'expected a right to publish, found none');
      await publish(sent);
    };
    record.write({ outbox: [message(1), message(2), message(3)] });
    outbox.start();
    await settled();
    expect(accepted()).toEqual(['m2', 'm3']);
    expect(record.pendingMessages(10).map(({ id }) => id)).toEqual(['m1']);
    expect(logger.of('outbox.refused')).toHaveLength(1);
    refuses = false;
    await time.pass(60_000);
    expect(accepted()).toEqual(['m2', 'm3', 'm1']);
  });

  it('never lets an older retained state follow a newer one', async () => {
    const { outbox, record, sink, time, accepted } = await newOutbox();
    let refuses = true;
    const publish = sink.publish.bind(sink);
    sink.publish = async (sent) => {
      if (refuses && sent.id === 'm1')
        throw new PlumblineError('mqtt/rejected', 'expected a right to publish, found none');
      await publish(sent);
    };
    const state = { retain: true, topic: 'plumbline/v1/ada/state/alert/bend' };
    record.write({ outbox: [message(1, state), message(2, state)] });
    outbox.start();
    await settled();
    refuses = false;
    await time.pass(120_000);
    expect(accepted()).toEqual(['m2']);
    expect(outbox.counts.superseded).toBe(1);
    expect(record.pendingMessages(10)).toEqual([]);
  });

  it('after an outage tells the newest state of each topic only, however much waits between', async () => {
    const { outbox, record, sink, accepted } = await newOutbox();
    sink.goDown();
    const state = (kind: string) => ({ retain: true, topic: `plumbline/v1/ada/state/alert/${kind}` });
    outbox.start();
    record.write({ outbox: [message(1, state('bend')), message(2, state('twist')), message(3, state('bend'))] });
    record.write({ outbox: Array.from({ length: 250 }, (_, n) => message(10 + n)) });
    record.write({ outbox: [message(999, state('bend'))] });
    sink.comeBack();
    await settled();
    expect(accepted()).toEqual(['m2', ...Array.from({ length: 250 }, (_, n) => `m${10 + n}`), 'm999']);
    expect(outbox.counts).toMatchObject({ sent: 252, superseded: 2 });
    expect(record.pendingMessages(10)).toEqual([]);
  });

  it('sends a message again with the same id when the service ended before it was marked', async () => {
    const record = new MemoryRecordStore();
    const sink = new MemoryAlertSink();
    record.write({ outbox: [message(1)] });
    const first = await newOutbox(record, sink);
    record.markSent = () => {
      throw new PlumblineError('storage/failed', 'expected the record, found the end of the process');
    };
    first.outbox.start();
    await settled();
    await first.outbox.stop();
    Reflect.deleteProperty(record, 'markSent');
    const second = await newOutbox(record, sink);
    second.outbox.start();
    await settled();
    expect(second.accepted()).toEqual(['m1', 'm1']);
    expect(record.pendingMessages(10)).toEqual([]);
  });

  it('waits for a record that fails, and goes on when it works again', async () => {
    const { outbox, record, time, accepted } = await newOutbox();
    const pendingMessages = record.pendingMessages.bind(record);
    record.write({ outbox: [message(1)] });
    record.pendingMessages = () => {
      throw new PlumblineError('storage/failed', 'expected the record, found an error');
    };
    outbox.start();
    await settled();
    expect(time.waitingMs).toEqual([250]);
    record.pendingMessages = pendingMessages;
    await time.pass(250);
    expect(accepted()).toEqual(['m1']);
  });

  it('stops after the message that is under way, without waiting for ever, and sends nothing afterwards', async () => {
    const { outbox, record, sink, time, accepted } = await newOutbox();
    let accept = (): void => {};
    sink.publish = (sent) =>
      new Promise((resolve) => {
        accept = () => {
          sink.accepted.push(sent);
          resolve();
        };
      });
    record.write({ outbox: [message(1), message(2)] });
    outbox.start();
    await settled();
    const stopped = outbox.stop();
    accept();
    await stopped;
    outbox.wake();
    await time.pass(60_000);
    expect(accepted()).toEqual(['m1']);
    expect(record.pendingMessages(10).map(({ id }) => id)).toEqual(['m2']);
    expect(time.waitingMs).toEqual([]);
  });

  it('stops within 1.5 s when the broker never answers', async () => {
    const { outbox, record, sink, time } = await newOutbox();
    sink.publish = () => new Promise(() => {});
    record.write({ outbox: [message(1)] });
    outbox.start();
    await settled();
    let hasStopped = false;
    const stop = async (): Promise<void> => {
      await outbox.stop();
      hasStopped = true;
    };
    const stopped = stop();
    await time.pass(1499);
    expect(hasStopped).toBe(false);
    await time.pass(1);
    await stopped;
    expect(hasStopped).toBe(true);
    expect(record.pendingMessages(10)).toHaveLength(1);
  });
});
