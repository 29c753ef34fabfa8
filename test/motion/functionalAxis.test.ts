/** The axis about which a wearer leans, and the words when a movement does not do. */
import { describe, expect, it } from 'vitest';
import { RAD_PER_DEG } from '../../src/model/units.ts';
import { FunctionalAxis } from '../../src/motion/index.ts';

const RATE_HZ = 50;
const UP = [0, 1, 0] as const;

/** Sit-to-stands of 2 s with a rate about each axis, °/s. */
function turnedAbout(dps: readonly [number, number, number], times = 3): FunctionalAxis {
  const axis = new FunctionalAxis(RATE_HZ);
  const n = 100 * times;
  const gyr = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    const share = Math.sin((2 * Math.PI * i) / 100);
    for (let c = 0; c < 3; c++)
      gyr[3 * i + c] = dps[c] * (c === 1 ? Math.cos((2 * Math.PI * i) / 50) : share) * RAD_PER_DEG;
  }
  axis.push(gyr);
  return axis;
}

describe('the functional axis', () => {
  it('is that of three sit-to-stands, whatever else the sensor shakes a little', () => {
    const result = turnedAbout([3, 6, -60]).result(UP);
    expect(result).toMatchObject({ ok: true });
    if (result.ok) expect(Math.abs(result.axis[2])).toBeGreaterThan(Math.cos(4 * RAD_PER_DEG));
  });

  it('needs a second of movement', () => {
    expect(turnedAbout([0, 0, 10]).result(UP)).toEqual({
      ok: false,
      isTooLittle: true,
      reason: 'expected 1 s of leaning or getting up, found 0.0 s',
    });
  });

  it('is refused with turning beside it: below 90 % along one axis', () => {
    const result = turnedAbout([0, 40, 60]).result(UP);
    expect(result).toMatchObject({ ok: false });
    if (!result.ok) expect(result.reason).toMatch(/90 % of the turning straight forward and back, found \d\d %/);
  });

  it('is refused more than 12° off level', () => {
    expect(turnedAbout([0, 0, 60]).result([0, Math.cos(0.2), Math.sin(0.2)])).toMatchObject({ ok: true });
    const result = turnedAbout([0, 0, 60]).result([0, Math.cos(0.25), Math.sin(0.25)]);
    expect(result).toMatchObject({ ok: false });
    if (!result.ok) expect(result.reason).toContain('within 12° of level, found it 14° off');
  });
});
