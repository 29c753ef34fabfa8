import { describe, expect, it } from 'vitest';
import { NotificationOutbox } from '../../src/ble/notificationOutbox.ts';
import type { Notification } from '../../src/ble/radioProtocol.ts';

const notification = (arrivalMs: number): Notification => ({ link: 1, uuid: 'a', bytes: Uint8Array.of(1), arrivalMs });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('NotificationOutbox', () => {
  function setUp() {
    const batches: (readonly Notification[])[] = [];
    const sent: (() => void)[] = [];
    const dropped: number[] = [];
    const outbox = new NotificationOutbox({
      send: (items, onSent) => {
        batches.push(items);
        sent.push(onSent);
      },
      onDropped: (count) => dropped.push(count),
    });
    return { batches, sent, dropped, outbox };
  }

  it('sends what came in one turn of the event loop as one message', async () => {
    const { batches, outbox } = setUp();
    outbox.add(notification(1));
    outbox.add(notification(2));
    expect(batches).toEqual([]);
    await turn();
    expect(batches.map((items) => items.map(({ arrivalMs }) => arrivalMs))).toEqual([[1, 2]]);
  });

  it('holds back while the channel is full, then sends everything in order', async () => {
    const { batches, sent, outbox } = setUp();
    for (let i = 0; i < 200; i++) {
      outbox.add(notification(i));
      await turn();
    }
    expect(batches.length).toBe(64);
    sent[0]?.();
    expect(batches.flat().map(({ arrivalMs }) => arrivalMs)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it('gives up the oldest, and says how many, when nobody takes them', () => {
    const { dropped, outbox, batches } = setUp();
    for (let i = 0; i < 100_001; i++) outbox.add(notification(i));
    expect(dropped).toEqual([10_000]);
    outbox.flush();
    expect(batches[0]?.length).toBe(90_001);
    expect(batches[0]?.[0]?.arrivalMs).toBe(10_000);
  });
});
