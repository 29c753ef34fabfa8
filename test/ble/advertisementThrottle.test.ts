import { describe, expect, it } from 'vitest';
import { AdvertisementThrottle } from '../../src/ble/advertisementThrottle.ts';
import type { Advertisement } from '../../src/model/ports.ts';

const from = (id: string, name?: string): Advertisement => ({
  id,
  address: id,
  name,
  serviceUuids: [],
  companyId: undefined,
  rssiDbm: -60,
});

describe('AdvertisementThrottle', () => {
  it('admits the first, then four a second of each device', () => {
    const throttle = new AdvertisementThrottle();
    const times = Array.from({ length: 100 }, (_, i) => 10 * i);
    expect(times.filter((ms) => throttle.admits(from('a'), ms))).toEqual([0, 250, 500, 750]);
    expect(throttle.admits(from('b'), 1)).toBe(true);
  });

  it('admits a changed one at once', () => {
    const throttle = new AdvertisementThrottle();
    throttle.admits(from('a'), 0);
    expect(throttle.admits(from('a', 'Bench 1'), 1)).toBe(true);
    expect(throttle.admits(from('a', 'Bench 1'), 2)).toBe(false);
  });
});
