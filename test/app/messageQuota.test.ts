import { expect, it } from 'vitest';
import { MessageQuota } from '../../src/app/messageQuota.ts';

it('takes so many in a minute that begins with a message, then says how long to wait', () => {
  const quota = new MessageQuota(2);
  expect(quota.take(100_000)).toBeUndefined();
  expect(quota.take(159_999)).toBeUndefined();
  expect(quota.take(159_999)).toMatchObject({ waitMs: 1 });
  expect(quota.take(160_000)).toBeUndefined();
  expect(quota.take(300_000)).toBeUndefined();
  expect(quota.take(300_000)).toBeUndefined();
  expect(quota.take(300_000)).toMatchObject({ waitMs: 60_000 });
});

it('counts what it refused, and says it with the first refusal of a window', () => {
  const quota = new MessageQuota(1);
  const counts = [0, 1, 2, 3, 60_000, 60_001, 60_002, 120_000, 180_000, 180_001].map(
    (nowMs) => quota.take(nowMs)?.countRefused,
  );
  const [taken, silent] = [undefined, undefined];
  expect(counts).toEqual([taken, 1, silent, silent, taken, 3, silent, taken, taken, 2]);
});

it('a clock that is set back keeps nobody out', () => {
  const quota = new MessageQuota(1);
  expect(quota.take(3_600_000)).toBeUndefined();
  expect(quota.take(0)).toBeUndefined();
  expect(quota.take(1)).toMatchObject({ waitMs: 59_999 });
});
