import { describe, expect, it } from 'vitest';
import { throughNetwork } from '../../firmware-mocks/phoneNetwork.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { VirtualPhone, type VirtualPhoneOptions } from '../../firmware-mocks/virtualPhone.ts';

const START_S = 1_790_000_000;

interface Message {
  readonly messageId: number;
  readonly sessionId: string;
  readonly deviceId: string;
  readonly payload: { name: string; time: number; values: Record<string, number>; accuracy?: number }[];
}

const phone = (options: Partial<VirtualPhoneOptions> = {}): VirtualPhone =>
  new VirtualPhone({
    motion: new ScriptedMotion([{ do: 'stand', forS: 10, swayDeg: 0 }], { loop: true }),
    flavour: 'ios',
    startS: START_S,
    ...options,
  });
const sent = (options: Partial<VirtualPhoneOptions>, durationS = 1): Message[] =>
  [...phone(options).messages(durationS)].map(({ text }) => JSON.parse(text) as Message);

describe('a virtual phone', () => {
  it('counts its messages, one every batch period, each with all its sensors in the order of time', () => {
    const messages = sent({});
    expect(messages.map(({ messageId }) => messageId)).toEqual([0, 1, 2, 3, 4]);
    for (const { payload } of messages) {
      expect(payload.filter(({ name }) => name === 'accelerometer')).toHaveLength(20);
      expect(payload.map(({ time }) => time)).toEqual(payload.map(({ time }) => time).sort((a, b) => a - b));
    }
    expect(messages[0].payload[0].time).toBe(START_S * 1e9);
  });

  it('an iPhone gives gravity the other sign than an Android phone, which alone sends totals and accuracy', () => {
    const [ios] = sent({ flavour: 'ios' });
    const [android] = sent({ flavour: 'android' });
    const gravity = ({ payload }: Message): number => payload.find(({ name }) => name === 'gravity')?.values['y'] ?? 0;
    expect([gravity(ios), gravity(android)].map(Math.round)).toEqual([-10, 10]);
    const names = ({ payload }: Message): Set<string> => new Set(payload.map(({ name }) => name));
    expect(names(ios).has('totalacceleration')).toBe(false);
    expect(names(android).has('totalacceleration')).toBe(true);
    expect(ios.payload.some(({ accuracy }) => accuracy !== undefined)).toBe(false);
    expect(android.payload.some(({ accuracy }) => accuracy === 3)).toBe(true);
  });

  it('has a clock that drifts', () => {
    const messages = sent({ driftPpm: 1000 }, 100);
    const last = messages.at(-1)?.payload.at(-1)?.time ?? 0;
    expect(last / 1e9 - START_S - 99.99).toBeCloseTo(0.1, 2);
  });
});

describe('its network', () => {
  const messages = [...phone().messages(200)];

  it('loses, repeats and reorders as often as it is told to, and the same every time', () => {
    const options = { lossRatio: 0.1, repeatRatio: 0.2, reorderRatio: 0.1, jitterMs: 10, seed: 5 };
    const deliveries = throughNetwork(messages, options);
    expect(throughNetwork(messages, options)).toEqual(deliveries);
    const ids = deliveries.map(({ text }) => (JSON.parse(text) as Message).messageId);
    const distinct = new Set(ids);
    expect(distinct.size / messages.length).toBeCloseTo(0.9, 1);
    expect(ids.length / distinct.size).toBeCloseTo(1.2, 1);
    expect(ids.filter((id, i) => i > 0 && id < ids[i - 1]).length).toBeGreaterThan(50);
    expect(deliveries.every(({ atS }, i) => i === 0 || atS >= deliveries[i - 1].atS)).toBe(true);
  });

  it('left alone, delivers each in its order', () => {
    expect(throughNetwork(messages).map(({ text }) => text)).toEqual(messages.map(({ text }) => text));
  });
});
