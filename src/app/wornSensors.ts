/** The sensors of everybody who is monitored, and which one of each person's the rules read. */
import type { Config } from '../config.ts';
import { pushedDeviceById } from '../devices/index.ts';
import type { PushOutcome } from '../devices/pushedDevice.ts';
import type { Person, Placement } from '../model/person.ts';
import { SpinePair } from '../spinePair.ts';
import { WornSensor, type WornSensorPorts } from '../wornSensor.ts';

/** With two sensors on one person the rules read the trunk's upper part, and the spine's own angle beside it. */
const RULES_READ: readonly Placement[] = ['chest', 'waist', 'lowerBack'];

/** Without a radio only those that send by themselves. @param people as configured, in the order of `config` */
export function wornSensors(config: Config['people'], people: readonly Person[], ports: WornSensorPorts): WornSensor[] {
  return people.flatMap((person, i) => {
    const wearables = config[i].wearables.filter(({ device }) => ports.radio || pushedDeviceById(device));
    const watched = RULES_READ.map((site) => wearables.find(({ placement }) => placement === site)).find(Boolean);
    const [chest, pelvis] = [['chest'], ['waist', 'lowerBack']].map((sites) =>
      wearables.find(({ placement }) => sites.includes(placement)),
    );
    const spine = chest && pelvis ? new SpinePair() : undefined;
    return wearables.map(
      (wearable) =>
        new WornSensor(
          person,
          wearable,
          wearable === watched,
          ports,
          wearable === chest || wearable === pelvis ? spine : undefined,
        ),
    );
  });
}

/** Hands a message to the session of the wearable that it is addressed to, and to no other. */
export function deliverTo(
  sensors: () => readonly WornSensor[],
): (personId: string, deviceId: string, message: string, arrivalMs: number) => PushOutcome {
  return (personId, deviceId, message, arrivalMs) => {
    const sensor = sensors().find(({ health }) => health.personId === personId && health.deviceId === deviceId);
    if (sensor) return sensor.take(message, arrivalMs);
    return {
      kind: 'refused',
      because: 'message',
      expected: 'a service that has started',
      found: 'that it is starting',
    };
  };
}
