/** What a sensor does not show, as a therapist would say it. */
import type { SensorSight } from '../model/sensorSight.ts';

export function blindSpots({ falls, sway, rotation }: SensorSight): string[] {
  return [
    ...(falls ? [] : ['falls']),
    ...({ full: [], timeDomain: ['the spectrum of sway'], none: ['sway'] } as const)[sway],
    ...(rotation ? [] : ['twists and turns']),
  ];
}
