/** The catalogues are data that everything else is derived from: metrics, limits, rules, wearables. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KNOWN_DEVICES } from '../src/devices/index.ts';
import { SEVERITIES } from '../src/model/event.ts';
import type { Unit } from '../src/model/metric.ts';
import { TIERS } from '../src/model/person.ts';
import { METRICS } from '../src/motion/metrics.ts';
import { RULES } from '../src/rules/index.ts';
import { LIMITS } from '../src/rules/limitTable.ts';
import { influxMeasurements } from '../src/sinks/influx/schema.ts';

/** The end of a metric's id. */
const SUFFIX: Readonly<Record<Unit, string>> = {
  deg: 'Deg',
  'deg/s': 'Dps',
  s: 'S',
  ratio: 'Ratio',
  count: 'Count',
  g: 'G',
  pct: 'Pct',
  dBm: 'Dbm',
  ms: 'Ms',
  class: 'Class',
};
/** Becomes part of topics, tags and file names. */
const SAFE_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** A therapist hears a sentence, nobody is scolded, frightened or diagnosed. */
const UNKIND = /\b(?:bad|wrong|poor|dangerous|must|never|fracture|injur\w*|diagnos\w*|risk)\b|!/i;

const twice = (values: readonly string[]): string[] => values.filter((value, i) => values.indexOf(value) !== i);

describe('the catalogue of metrics', () => {
  it('names each metric once', () => {
    expect(twice(METRICS.map(({ id }) => id))).toEqual([]);
  });

  it('has one column of its own for each metric in InfluxDB', () => {
    const columns = influxMeasurements(METRICS).find(({ name }) => name === 'posture')?.fields ?? [];
    expect(twice(columns.map(({ name }) => name))).toEqual([]);
    expect(columns.flatMap(({ metricId }) => metricId ?? [])).toEqual(METRICS.map(({ id }) => id));
  });

  it.each(METRICS.map((metric) => [metric.id, metric] as const))('%s can explain itself', (id, metric) => {
    expect(id).toMatch(new RegExp(`^[a-z][A-Za-z0-9]*${SUFFIX[metric.unit]}$`));
    expect(metric.description).toMatch(/^[A-Z].{15,}\.$/);
    expect(metric.reference.length).toBeGreaterThan(10);
    expect(metric.decimals).toBeGreaterThanOrEqual(0);
    if ('positive' in metric) expect(metric.positive).toMatch(/^(?:forward|right|left)$/);
  });
});

describe('the catalogue of limits', () => {
  it('names each limit once', () => {
    expect(twice(LIMITS.map(({ key }) => key))).toEqual([]);
  });

  it.each(LIMITS.map((limit) => [limit.key, limit] as const))('%s has a source and a range', (_key, limit) => {
    // An evidence tag: rule, evidence, or our own decision.
    expect(limit.source).toMatch(/\[(?:R|E|D)(?::[^\]]+)?\]/);
    expect(limit.meaning.length).toBeGreaterThan(10);
    expect(limit.unit).not.toBe('');
    expect(limit.hardMin).toBeLessThan(limit.hardMax);
    for (const tier of TIERS) {
      expect(limit.values[tier]).toBeGreaterThanOrEqual(limit.hardMin);
      expect(limit.values[tier]).toBeLessThanOrEqual(limit.hardMax);
    }
  });

  it('is never looser for a person who breaks more easily', () => {
    for (const { values } of LIMITS) {
      expect(values.T2).toBeLessThanOrEqual(values.T1);
      expect(values.T3).toBeLessThanOrEqual(values.T2);
    }
  });
});

describe('the catalogue of rules', () => {
  it('names each rule and each kind of alert once', () => {
    expect(twice(RULES.map(({ id }) => id))).toEqual([]);
    expect(twice(RULES.map(({ kind }) => kind))).toEqual([]);
  });

  it('leaves no limit without a rule that reads it', () => {
    const read = new Set<string>(RULES.flatMap(({ limits }) => limits));
    expect(LIMITS.map(({ key }) => key).filter((key) => !read.has(key))).toEqual([]);
  });

  it.each(RULES.map((rule) => [rule.id, rule] as const))('%s can explain itself', (id, rule) => {
    expect(id).toMatch(/^EV-[A-Z]+(?:-[A-Z]+)*$/);
    expect(rule.kind).toMatch(SAFE_ID);
    expect(SEVERITIES).toContain(rule.severity);
    expect(rule.source).not.toBe('');
    expect(rule.cueRestS).toBeGreaterThanOrEqual(0);
    const metricIds = new Set<string>(METRICS.map((metric) => metric.id));
    for (const metricId of rule.reads) expect(metricIds).toContain(metricId);
  });

  it.each(RULES.map((rule) => [rule.id, rule.text] as const))('%s speaks plainly and kindly', (_id, text) => {
    expect(text).toMatch(/^[A-Z].*[.?]$/);
    expect(text).not.toMatch(UNKIND);
  });
});

describe('the catalogue of wearables', () => {
  it('names each wearable once', () => {
    expect(twice(KNOWN_DEVICES.map(({ id }) => id))).toEqual([]);
  });

  it.each(KNOWN_DEVICES.map((device) => [device.id, device] as const))('%s is complete', (id, device) => {
    expect(id).toMatch(SAFE_ID);
    expect(device.vendor).not.toBe('');
    expect(device.model).not.toBe('');
    expect(device.rateHz.choices).toContain(device.rateHz.default);
    expect([...device.rateHz.choices].sort((a, b) => a - b)).toEqual(device.rateHz.choices);
    if (device.clock) expect(device.clock.quantisationS).toBeGreaterThan(0);
  });

  it.each(KNOWN_DEVICES.map(({ id }) => id))('%s has golden packets', (id) => {
    expect(existsSync(new URL(`../fixtures/packets/${id}.jsonl`, import.meta.url))).toBe(true);
  });
});
