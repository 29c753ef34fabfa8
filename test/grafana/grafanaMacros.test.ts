import { describe, expect, it } from 'vitest';
import { formatInterval, interpolate, intervalMs, parseInterval } from './grafanaMacros.ts';

const CONTEXT = {
  variables: { patient: { text: 'a.b' }, site: { verbatim: '.*' } },
  fromMs: 1_000,
  toMs: 2_000,
  intervalMs: 60_000,
};

describe('macros', () => {
  it('are filled in as Grafana does', () => {
    expect(
      interpolate(
        'SELECT sum("x") / $__interval_ms FROM "m" WHERE "p" =~ /^${patient:regex}$/ AND "s" =~ /^${site:regex}$/ AND $timeFilter GROUP BY time($__interval)',
        CONTEXT,
      ),
    ).toBe(
      String.raw`SELECT sum("x") / 60000 FROM "m" WHERE "p" =~ /^a\.b$/ AND "s" =~ /^.*$/ AND time >= 1000ms and time <= 2000ms GROUP BY time(1m)`,
    );
  });

  it.each(['${person:regex}', '$patient', '${patient:csv}', '$__range', '$interval', '[[patient]]', '$__timeFilter'])(
    'refuse %s, which nobody would replace or which means something else',
    (unknown) => {
      expect(() => interpolate(`SELECT ${unknown} FROM "m"`, CONTEXT)).toThrow(/found /);
    },
  );
});

describe('intervals', () => {
  it('are rounded to Grafana’s steps and never shorter than a panel’s own', () => {
    expect(intervalMs(86_400_000, 1_000, 1_000)).toBe(60_000);
    expect(intervalMs(60_000, 1_000, 1_000)).toBe(1_000);
    expect(intervalMs(60_000, 1_000, 3_600_000)).toBe(3_600_000);
  });

  it('are written in the largest unit without a remainder', () => {
    expect([500, 1_000, 90_000, 120_000, 3_600_000, 86_400_000].map(formatInterval)).toEqual([
      '500ms',
      '1s',
      '90s',
      '2m',
      '1h',
      '1d',
    ]);
    expect(parseInterval('2m')).toBe(120_000);
    expect(() => parseInterval('fast')).toThrow(/found "fast"/);
  });
});
