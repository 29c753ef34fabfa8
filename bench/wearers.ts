/** Many simulated wearers, each of whom bends too far every ten seconds or so, in a rhythm of her own. */
import { type Config, configSchema } from '../src/config.ts';
import type { Movement } from '../firmware-mocks/movement.ts';

const nameOf = (i: number): string => `Plumbline-${String(i + 1).padStart(4, '0')}`;

/** @param folder for the record */
export function configOf(wearers: number, folder: string): Config {
  return configSchema.parse({
    people: Array.from({ length: wearers }, (_, i) => ({
      id: `p${i + 1}`,
      wearables: [{ device: 'plumbline', name: nameOf(i), placement: 'chest' }],
    })),
    web: { port: 0 },
    mqtt: { broker: 'embedded', port: 0 },
    storage: { file: `${folder}/bench.sqlite` },
  });
}

/** See firmware-mocks/simulationSpec.ts. */
export function simulationOf(wearers: number): unknown {
  return {
    wearables: Array.from({ length: wearers }, (_, i) => ({
      kind: 'plumbline',
      name: nameOf(i),
      seed: i + 1,
      driftPpm: 30,
      jitterMs: 8,
      motion: { script: roundOf(i), loop: true },
    })),
  };
}

/** Rounds of 9.0 to 11 s: bends fall together now and then, as they do. */
function roundOf(i: number): Movement[] {
  const restS = 5.4 + (2 * ((i * 7) % 20)) / 20;
  return [
    { do: 'stand', forS: 0.2 },
    { do: 'bend', toDeg: 60, inS: 1.4, holdS: 0.6, backS: 1.4 },
    { do: 'stand', forS: restS },
  ];
}
