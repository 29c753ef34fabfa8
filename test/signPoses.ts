/** The table of signs: what the tests hold the program to, and what docs/signals.md says. */

export type Triple = readonly [number, number, number];

/** Pose, specific force in m/s² rounded to 0.01, flexion, lateral, inclination in degrees; undefined: not defined by gravity. */
export const POSES: readonly (readonly [string, Triple, number | undefined, number, number])[] = [
  ['upright', [0, 9.81, 0], 0, 0, 0],
  ['bent forward 60°', [-8.5, 4.91, 0], 60, 0, 60],
  ['bent forward 89°', [-9.81, 0.17, 0], 89, 0, 89],
  ['bent forward 90°', [-9.81, 0, 0], 90, 0, 90],
  ['bent forward 91°', [-9.81, -0.17, 0], 91, 0, 91],
  ['bent forward 120°', [-8.5, -4.91, 0], 120, 0, 120],
  ['leaning back 20°', [3.36, 9.22, 0], -20, 0, 20],
  ['leaning right 20°', [0, 9.22, -3.36], 0, 20, 20],
  ['leaning left 20°', [0, 9.22, 3.36], 0, -20, 20],
  // cos 40° cos 20° = 0.7198: 43.96° from the vertical.
  ['forward 40°, its right side 20° low', [-5.93, 7.06, -3.36], 40, 20, 43.96],
  ['forward 40°, its left side 20° low', [-5.93, 7.06, 3.36], 40, -20, 43.96],
  ['lying on the back', [9.81, 0, 0], -90, 0, 90],
  ['lying on the front', [-9.81, 0, 0], 90, 0, 90],
  ['lying on the right side', [0, 0, -9.81], undefined, 90, 90],
  ['lying on the left side', [0, 0, 9.81], undefined, -90, 90],
];
