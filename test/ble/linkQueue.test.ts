import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinkQueue } from '../../src/ble/linkQueue.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import { refusalOf } from './radioFixtures.ts';

type Kind = 'read' | 'write';

interface Open {
  readonly resolve: (value: number) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal;
}

describe('LinkQueue', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function setUp() {
    const begun: Open[] = [];
    const timeouts: PlumblineError[] = [];
    const queue: LinkQueue<Kind> = new LinkQueue((error) => {
      timeouts.push(error);
      queue.close('torn down');
    });
    const ask = (kind: Kind = 'read', limitMs = 5000): Promise<number> =>
      queue.run(
        kind,
        'an answer',
        limitMs,
        (signal) => new Promise((resolve, reject) => begun.push({ resolve, reject, signal })),
      );
    return { begun, timeouts, queue, ask };
  }

  it('begins the next operation only when the one in flight has ended', async () => {
    const { begun, ask } = setUp();
    const first = ask();
    const second = ask();
    expect(begun.length).toBe(1);
    begun[0]?.resolve(1);
    expect(await first).toBe(1);
    expect(begun.length).toBe(2);
    begun[1]?.resolve(2);
    expect(await second).toBe(2);
  });

  it('goes on after an operation that failed by itself', async () => {
    const { begun, ask, timeouts } = setUp();
    const first = ask();
    const second = ask();
    begun[0]?.reject(new Error('no'));
    expect((await refusalOf(first)).message).toBe('no');
    begun[1]?.resolve(2);
    expect(await second).toBe(2);
    expect(timeouts).toEqual([]);
  });

  it('rejects with radio/timeout after the time limit, tears the link down and rejects what waited', async () => {
    const { begun, ask, timeouts } = setUp();
    const outcome = Promise.all([refusalOf(ask('read', 5000)), refusalOf(ask())]);
    await vi.advanceTimersByTimeAsync(4999);
    expect(timeouts.length).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    const [first, second] = await outcome;
    expect(first).toEqual({ code: 'radio/timeout', message: 'expected an answer within 5000 ms, found no answer' });
    expect(second.code).toBe('radio/closed');
    expect(timeouts.length).toBe(1);
    expect(begun.length).toBe(1);
  });

  it('counts the time limit from the beginning of the operation, not from the request', async () => {
    const { begun, ask } = setUp();
    const first = ask('read', 5000);
    const second = ask('read', 5000);
    await vi.advanceTimersByTimeAsync(4000);
    begun[0]?.resolve(1);
    await first;
    await vi.advanceTimersByTimeAsync(4000);
    begun[1]?.resolve(2);
    expect(await second).toBe(2);
  });

  it('rejects everything at once when the link closes, and everything asked later', async () => {
    const { ask, queue } = setUp();
    const outcome = Promise.all([refusalOf(ask()), refusalOf(ask())]);
    queue.close('out of range');
    const refusals = await outcome;
    refusals.push(await refusalOf(ask()));
    for (const { code, message } of refusals) {
      expect(code).toBe('radio/closed');
      expect(message).toContain('out of range');
    }
  });

  it('keeps the first reason when it is closed twice', async () => {
    const { ask, queue } = setUp();
    queue.close('first');
    queue.close('second');
    expect((await refusalOf(ask())).message).toContain('first');
  });

  it('refuses only the operation in flight', async () => {
    const { begun, ask, queue } = setUp();
    const first = refusalOf(ask('write'));
    const second = ask();
    expect(queue.current).toBe('write');
    queue.refuse(new PlumblineError('radio/refused', 'not allowed'));
    expect((await first).code).toBe('radio/refused');
    expect(queue.current).toBe('read');
    begun[1]?.resolve(2);
    expect(await second).toBe(2);
    expect(queue.current).toBeUndefined();
  });

  it('tells an operation that nobody waits for it any more, and ignores its late result', async () => {
    const { begun, ask, queue } = setUp();
    const first = refusalOf(ask());
    expect(begun[0]?.signal.aborted).toBe(false);
    queue.refuse(new PlumblineError('radio/refused', 'no'));
    expect(begun[0]?.signal.aborted).toBe(true);
    const second = ask();
    begun[0]?.resolve(1);
    begun[1]?.resolve(2);
    expect((await first).code).toBe('radio/refused');
    expect(await second).toBe(2);
  });

  it('leaves no timer behind', async () => {
    const { begun, ask } = setUp();
    const first = ask();
    begun[0]?.resolve(1);
    await first;
    expect(vi.getTimerCount()).toBe(0);
  });
});
