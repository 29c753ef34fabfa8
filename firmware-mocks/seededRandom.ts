/** Randomness that is the same at every run: mulberry32 (Tommy Ettinger, public domain). */

/** Uniform numbers in [0, 1). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Standard normal deviates (Box and Muller 1958). */
export function gaussian(random: Random): Random {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angleRad = 2 * Math.PI * random();
    spare = radius * Math.sin(angleRad);
    return radius * Math.cos(angleRad);
  };
}

/** One well-mixed 32-bit number from several (FNV-1a over their bytes). */
export function mixSeeds(...parts: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, part);
    for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x01000193) >>> 0;
  }
  return hash;
}
