/** The service as the web stage sees it, moved by a test. Alerts live in the given record. */
import type { Alert } from '../../src/model/alert.ts';
import { PlumblineError } from '../../src/model/errors.ts';
import type { ClinicalEvent } from '../../src/model/event.ts';
import type {
  DeviceHealth,
  LimitView,
  LiveFeed,
  LiveMessage,
  RecordStore,
  ServiceView,
  StageHealth,
  StoredMotionEvent,
  Unsubscribe,
} from '../../src/model/ports.ts';

type Angles = Extract<LiveMessage, { type: 'angles' }>;

const limit = (key: string, value: number, unit: string, explanation: string): LimitView => ({
  key,
  value,
  unit,
  origin: 'tier',
  explanation,
  source: 'therapist default for the moderate fracture tier',
  min: 10,
  max: 80,
});

/** T2 of the clinical specification. */
export const T2_LIMITS: LimitView[] = [
  limit('flexCautionDeg', 30, 'deg trunk inclination', 'start of the caution zone: 30 deg for tier T2'),
  limit('flexAlertDeg', 45, 'deg trunk inclination', 'bent too far forward (EV-BEND): 45 deg for tier T2'),
  limit('flexMinDurS', 1, 's', 'angle must be held this long to count as a bend: 1 s for tier T2'),
];

const STAGES_OK: StageHealth[] = [
  { stage: 'radio', ok: true, detail: 'receiving from 1 of 1 sensors' },
  { stage: 'storage', ok: true, detail: 'writing to the record' },
  { stage: 'mqtt', ok: true, detail: 'connected to the broker' },
  { stage: 'web', ok: true, detail: 'serving the page' },
];

export class ScriptedView implements ServiceView {
  peopleList: ReturnType<ServiceView['people']>[number][] = [
    { id: 'anna', displayName: 'Anna', tier: 'T2', limits: T2_LIMITS },
  ];
  stages: StageHealth[] = STAGES_OK;
  readonly #devices = new Map<string, DeviceHealth>();
  readonly #listeners = new Set<(message: LiveMessage) => void>();
  readonly #record: RecordStore;
  readonly #nowMs: () => number;

  constructor(record: RecordStore, nowMs: () => number) {
    this.#record = record;
    this.#nowMs = nowMs;
  }

  readonly feed: LiveFeed = {
    subscribe: (listener): Unsubscribe => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  get subscribers(): number {
    return this.#listeners.size;
  }

  people(): ReturnType<ServiceView['people']> {
    return this.peopleList;
  }

  devices(): DeviceHealth[] {
    return [...this.#devices.values()];
  }

  health(): StageHealth[] {
    return this.stages;
  }

  metricsText(): Promise<string> {
    return Promise.resolve('# TYPE plumbline_up gauge\nplumbline_up 1\n');
  }

  acknowledge(alertId: string, by: string): Alert {
    const alert = this.#record.alert(alertId);
    if (!alert) throw new PlumblineError('web/invalid', `expected the id of an alert, found "${alertId}"`);
    const acknowledged = alert.acknowledged ?? { by, atMs: this.#nowMs() };
    const over = alert.active || alert.closedMs !== undefined ? {} : { closedMs: this.#nowMs() };
    const now: Alert = { ...alert, acknowledged, ...over };
    this.alert(now);
    return now;
  }

  emit(message: LiveMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  angles(flexionDeg: number, more: Partial<Angles> = {}): void {
    const tMs = this.#nowMs();
    const upright = { lateralDeg: 0, rotationDeg: 0, inclinationDeg: Math.abs(flexionDeg), posture: 'standing' };
    this.emit({ type: 'angles', personId: 'anna', site: 'chest', tMs, flexionDeg, ...upright, ...more });
  }

  motionEvent(stored: StoredMotionEvent): void {
    this.#record.write({ motionEvents: [stored] });
    this.emit({ type: 'motionEvent', stored });
  }

  clinicalEvent(event: ClinicalEvent): void {
    this.#record.write({ clinicalEvents: [event] });
    this.emit({ type: 'clinicalEvent', event });
  }

  alert(alert: Alert): void {
    this.#record.write({ alerts: [alert] });
    this.emit({ type: 'alert', alert });
  }

  device(health: DeviceHealth): void {
    this.#devices.set(health.deviceId, health);
    this.emit({ type: 'device', health });
  }
}

export function bendStored(peakS: number, peakDeg: number, durationS = 4, personId = 'anna'): StoredMotionEvent {
  const startS = peakS - durationS / 2;
  const endS = peakS + durationS / 2;
  const id = `forwardBend-${Math.round(startS * 1000)}`;
  return {
    personId,
    id: `${personId}.${id}`,
    site: 'chest',
    event: {
      id,
      type: 'forwardBend',
      startS,
      endS,
      peakS,
      decidedS: endS,
      confidence: 0.9,
      peakDeg,
      peakRateDps: 70,
      durationS,
      source: 'thorax',
    },
  };
}

export function bendVerdict(startMs: number, flexionDeg: number, personId = 'anna'): ClinicalEvent {
  return {
    id: `${personId}.EV-BEND.${startMs}`,
    personId,
    ruleId: 'EV-BEND',
    kind: 'bend',
    severity: 'low',
    startMs,
    decidedMs: startMs + 1000,
    confidence: 0.9,
    text: 'You bent far forward. Next time bend your hips and knees and keep your back long.',
    values: { peakDeg: flexionDeg, limitDeg: 45, heldS: 1, source: 'one' },
    because: 'The limit is 45° of forward lean, the usual value for fracture tier T2; source [R:ISO11226] 20/60 zones',
  };
}

export function bendAlert(event: ClinicalEvent, more: Partial<Alert> = {}): Alert {
  const { id, personId, kind, ruleId, severity, text, because } = event;
  const timing = { active: true, raisedMs: event.decidedMs, lastMs: event.decidedMs, count: 1 };
  return { id, personId, kind, ruleId, severity, text, because, ...timing, ...more };
}

export function sensorHealth(more: Partial<DeviceHealth> = {}): DeviceHealth {
  const counts = { samples: 12_000, lostSamples: 24, repairedSamples: 20, reconnects: 0 };
  const radio = { rssiDbm: -58, batteryPct: 82, lossPct: 0.2 };
  return {
    personId: 'anna',
    deviceId: 'imu-1',
    kind: 'plumbline-imu',
    placement: 'chest',
    state: 'streaming',
    ...radio,
    ...counts,
    ...more,
  };
}
