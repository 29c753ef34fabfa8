/** What the enrolled wearables cannot see, said before anybody relies on it. */
import type { Config } from '../../config.ts';
import { deviceById } from '../../devices/index.ts';
import { FALLS_FROM_HZ, fallsProblemOf, shapeAskedFor, sightOf } from '../../devices/sensorSight.ts';
import { type Finding, finding } from './finding.ts';

/** One warning for each wearable that cannot see falls; one line when all can. */
export function wearableChecks(people: Config['people']): Finding[] {
  const blind = people.flatMap(({ id, wearables }) => wearables.flatMap((wearable) => fallsWarning(id, wearable)));
  if (blind.length > 0) return blind;
  const count = people.reduce((sum, { wearables }) => sum + wearables.length, 0);
  return [finding('wearables', 'ok', `falls can be seen with ${count === 1 ? 'the one' : `all ${count}`} enrolled`)];
}

function fallsWarning(personId: string, wearable: Config['people'][number]['wearables'][number]): Finding[] {
  const device = deviceById(wearable.device);
  if (!device) return [];
  const shape = shapeAskedFor(device, wearable);
  if (sightOf(device.capabilities, shape).falls) return [];
  const found = `falls cannot be seen with ${wearable.name ?? `the ${wearable.device}`} of ${personId} (${wearable.placement})`;
  return fallsProblemOf(device.capabilities, shape) === undefined
    ? [
        finding(
          'wearables',
          'warn',
          `${found}: ${device.model} is not made for it`,
          'enrol one that `plumbline devices` lists with falls',
        ),
      ]
    : [
        finding(
          'wearables',
          'warn',
          `${found} at ${shape.rateHz} Hz`,
          `ask it for at least ${FALLS_FROM_HZ} Hz (rateHz)`,
        ),
      ];
}
