import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/model/alert.ts';
import type { ClinicalEvent } from '../../../src/model/event.ts';
import type { DeviceHealth, SeriesSecond } from '../../../src/model/ports.ts';
import {
  alertStatePayload,
  deviceHealthPayload,
  eventPayload,
  posturePayload,
  statusPayload,
} from '../../../src/sinks/mqtt/payloads.ts';
import {
  messageForDeviceHealth,
  messageForPosture,
  messagesForAlert,
  messagesForClinicalEvent,
  mqttTopics,
  statusMessage,
} from '../../../src/sinks/mqtt/topics.ts';

const event: ClinicalEvent = {
  id: 'p1.EV-BEND.1700000000000',
  personId: 'p1',
  ruleId: 'EV-BEND',
  kind: 'bend',
  severity: 'low',
  startMs: 1_700_000_000_000,
  decidedMs: 1_700_000_001_000.4,
  confidence: 0.9,
  text: 'You bent far forward.',
  values: { flexionDeg: 61.5, limitDeg: 45, source: 'one sensor', heldS: Number.NaN },
  because: 'Your limit is 45°.',
};

const alert: Alert = {
  id: event.id,
  personId: 'p1',
  kind: 'bend',
  ruleId: 'EV-BEND',
  severity: 'low',
  text: event.text,
  because: event.because,
  active: true,
  raisedMs: 1_700_000_001_000,
  lastMs: 1_700_000_001_000,
  count: 1,
};

describe('MQTT topics', () => {
  it('the tree is the published one', () => {
    const topics = mqttTopics();
    expect(topics.status).toBe('plumbline/v1/_svc/status');
    expect(topics.acknowledgeFilter).toBe('plumbline/v1/+/ack/+');
    expect(topics.posture('p1')).toBe('plumbline/v1/p1/state/posture');
    expect(topics.alert('p1', 'bend')).toBe('plumbline/v1/p1/state/alert/bend');
    expect(topics.event('p1')).toBe('plumbline/v1/p1/event');
    expect(topics.acknowledge('p1', alert.id)).toBe('plumbline/v1/p1/ack/p1.EV-BEND.1700000000000');
    expect(topics.deviceHealth('p1', 'aa:bb:cc:dd:ee:ff')).toBe('plumbline/v1/p1/device/aa:bb:cc:dd:ee:ff/health');
    expect(mqttTopics('home/plumb').event('p1')).toBe('home/plumb/p1/event');
  });

  it.each(['', 'Anna Smith', 'p1/x', 'p+', '#', 'P1', '_svc'])('%j is not a person id', (personId) => {
    expect(() => mqttTopics().event(personId)).toThrow(/person id: expected .* found/);
  });

  it.each(['', '/', 'a/', '/a', 'a//b', 'a/+', '#', '$SYS/a', 'a b'])('%j is not a topic base', (base) => {
    expect(() => mqttTopics(base)).toThrow(/topic base: expected .* found/);
  });
});

describe('MQTT messages', () => {
  it('an event is not retained, carries the event id and its own expiry', () => {
    const [message, ...more] = messagesForClinicalEvent(event);
    expect(more).toEqual([]);
    expect(message).toMatchObject({ id: event.id, topic: 'plumbline/v1/p1/event', retain: false, qos: 1 });
    const payload = eventPayload.parse(JSON.parse(message?.payload ?? ''));
    expect(payload).toEqual({
      schema: 'plumbline.event/1',
      id: event.id,
      event_type: 'EV-BEND',
      kind: 'bend',
      severity: 'low',
      t: 1_700_000_001_000,
      start: 1_700_000_000_000,
      confidence: 0.9,
      text: 'You bent far forward.',
      because: 'Your limit is 45°.',
      values: { flexionDeg: 61.5, limitDeg: 45, source: 'one sensor' },
      expires_at: 1_700_000_001_000 + 3_600_000,
    });
    expect(message?.expiresMs).toBe(payload.expires_at);
  });

  it('an alert is retained, never expires, and is ON until it is closed', () => {
    const [raised] = messagesForAlert(alert);
    expect(raised).toMatchObject({ topic: 'plumbline/v1/p1/state/alert/bend', retain: true, qos: 1 });
    expect(raised).not.toHaveProperty('expiresMs');
    expect(alertStatePayload.parse(JSON.parse(raised?.payload ?? ''))).toMatchObject({
      state: 'ON',
      alert_id: alert.id,
      count: 1,
      active: true,
      ack: null,
    });
    const [closed] = messagesForAlert({
      ...alert,
      active: false,
      acknowledged: { by: 'anna', atMs: 1_700_000_009_000 },
      closedMs: 1_700_000_010_000,
    });
    expect(alertStatePayload.parse(JSON.parse(closed?.payload ?? ''))).toMatchObject({
      state: 'OFF',
      active: false,
      ack: { by: 'anna', at: 1_700_000_009_000 },
    });
  });

  it('each state of an alert has its own message id, the same state always the same', () => {
    const acknowledged = { by: 'anna', atMs: 1_700_000_009_000 };
    const states: Alert[] = [
      alert,
      { ...alert, count: 2 },
      { ...alert, count: 2, active: false },
      { ...alert, count: 2, acknowledged },
      { ...alert, count: 2, active: false, acknowledged, closedMs: 1_700_000_010_000 },
    ];
    const ids = states.flatMap((state) => messagesForAlert(state).map(({ id }) => id));
    expect(new Set([...ids, event.id]).size).toBe(states.length + 1);
    expect(states.flatMap((state) => messagesForAlert(state).map(({ id }) => id))).toEqual(ids);
  });

  it('a name typed by somebody who acknowledges stays in the record', () => {
    const [message] = messagesForAlert({ ...alert, acknowledged: { by: 'Anna Smith', atMs: 1_700_000_009_000 } });
    expect(message?.payload).not.toMatch(/anna|smith/i);
    expect(message?.payload).toContain('"by":"caregiver"');
  });

  it('posture is retained, expires, and leaves out what could not be measured', () => {
    const second: SeriesSecond = {
      personId: 'p1',
      site: 'chest',
      tMs: 1_700_000_000_000,
      values: { flexionDeg: 12.25, rotationDeg: Number.NaN },
      activity: 'standing',
      coverage: 1,
    };
    const message = messageForPosture(second);
    expect(message).toMatchObject({ topic: 'plumbline/v1/p1/state/posture', retain: true });
    const payload = posturePayload.parse(JSON.parse(message.payload));
    expect(payload).toMatchObject({ site: 'chest', activity: 'standing', values: { flexionDeg: 12.25 } });
    expect(payload.values).not.toHaveProperty('rotationDeg');
    expect(message.expiresMs).toBe(payload.expires_at);
  });

  it('device health and status follow their schemas', () => {
    const health: DeviceHealth = {
      personId: 'p1',
      deviceId: 'aa:bb:cc:dd:ee:ff',
      kind: 'plumbline-reference',
      state: 'streaming',
      rssiDbm: -60,
      sees: { falls: false, sway: 'timeDomain', rotation: true },
      timeQuality: 'arrival',
      lossPct: Number.NaN,
      samples: 1000,
      lostSamples: 3,
      repairedSamples: 2,
      reconnects: 1,
    };
    const payload = deviceHealthPayload.parse(JSON.parse(messageForDeviceHealth(health, 1_700_000_000_000).payload));
    expect(payload).toMatchObject({ device: 'aa:bb:cc:dd:ee:ff', rssiDbm: -60, lostSamples: 3 });
    expect(payload).toMatchObject({
      sees: { falls: false, sway: 'timeDomain', rotation: true },
      timeQuality: 'arrival',
    });
    expect(payload).not.toHaveProperty('lossPct');
    expect(statusPayload.parse(JSON.parse(statusMessage('online', 1_700_000_000_000).payload)).state).toBe('online');
    expect(statusPayload.parse(JSON.parse(statusMessage('offline', undefined).payload))).not.toHaveProperty('t');
  });
});
