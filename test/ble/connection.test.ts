import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConnectionInput,
  FIRST_CONNECTION_STATE,
  nextConnectionState,
  nextDelayMs,
} from '../../src/ble/connection.ts';

const INPUTS: readonly ConnectionInput[] = ['heard', 'started', 'settled', 'lost', 'released', 'waited'];
const after = (...inputs: readonly ConnectionInput[]) => inputs.reduce(nextConnectionState, FIRST_CONNECTION_STATE);

describe('the connection of one wearable', () => {
  it('goes from scanning over connecting to streaming', () => {
    expect(after('heard').phase).toBe('connecting');
    expect(after('heard', 'started').phase).toBe('streaming');
  });

  it('goes from a lost stream over backing off to scanning', () => {
    expect(after('heard', 'started', 'lost').phase).toBe('lost');
    expect(after('heard', 'started', 'lost', 'released').phase).toBe('backingOff');
    expect(after('heard', 'started', 'lost', 'released', 'waited').phase).toBe('scanning');
  });

  it('counts failures in a row, also of streams that did not last', () => {
    const round: ConnectionInput[] = ['heard', 'started', 'lost', 'released', 'waited'];
    expect(after(...round, ...round, 'heard', 'lost').failures).toBe(3);
  });

  it('forgets the failures once a stream has settled', () => {
    expect(after('heard', 'lost', 'released', 'waited', 'heard', 'started', 'settled').failures).toBe(0);
  });

  it('ignores an input that does not belong to the phase', () => {
    expect(after('lost')).toEqual(FIRST_CONNECTION_STATE);
    expect(after('heard', 'heard', 'waited').phase).toBe('connecting');
    expect(after('heard', 'lost', 'lost').failures).toBe(1);
  });

  it('never gives up: from every reachable state it can stream again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...INPUTS), { maxLength: 40 }), (inputs) => {
        const recovery: ConnectionInput[] = ['released', 'waited', 'heard', 'started'];
        expect([...inputs, ...recovery].reduce(nextConnectionState, FIRST_CONNECTION_STATE).phase).toBe('streaming');
      }),
    );
  });
});

describe('the wait before the next attempt', () => {
  it('doubles from one second to one minute', () => {
    const least = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => nextDelayMs(attempt, () => 0));
    expect(least).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    const most = [1, 2, 3, 7, 1000].map((attempt) => nextDelayMs(attempt, () => 1));
    expect(most).toEqual([2000, 4000, 8000, 60_000, 60_000]);
  });

  it('stays between 1 s and 60 s whatever the attempt and the random number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 1e9 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const delayMs = nextDelayMs(attempt, () => random);
        expect(delayMs).toBeGreaterThanOrEqual(1000);
        expect(delayMs).toBeLessThanOrEqual(60_000);
      }),
    );
  });

  it('is spread, so that wearables lost together do not return together', () => {
    expect(nextDelayMs(5, () => 0.1)).not.toBe(nextDelayMs(5, () => 0.9));
  });
});
