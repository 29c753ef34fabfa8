/** Every conversion factor of the project stands here and nowhere else. */

/** Standard gravity (CGPM 1901), m/s² per g. */
export const STANDARD_GRAVITY_MPS2 = 9.80665;
export const RAD_PER_DEG = Math.PI / 180;
export const DEG_PER_RAD = 180 / Math.PI;

export const radFromDeg = (deg: number): number => deg * RAD_PER_DEG;
export const degFromRad = (rad: number): number => rad * DEG_PER_RAD;
export const mps2FromG = (g: number): number => g * STANDARD_GRAVITY_MPS2;
export const gFromMps2 = (mps2: number): number => mps2 / STANDARD_GRAVITY_MPS2;

export const ACC_UNITS = { g: STANDARD_GRAVITY_MPS2, 'm/s2': 1 } as const;
export const GYR_UNITS = { 'deg/s': RAD_PER_DEG, 'rad/s': 1 } as const;
