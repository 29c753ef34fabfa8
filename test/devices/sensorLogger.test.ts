import { describe, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { VirtualPhone } from '../../firmware-mocks/virtualPhone.ts';
import { PhoneRun, runPhone, START_S } from './sensorLoggerRun.ts';

const SCRIPT: readonly Movement[] = [
  { do: 'stand', forS: 4 },
  { do: 'bend', toDeg: 60, inS: 1.5, holdS: 1, backS: 1.5 },
  { do: 'walk', forS: 8 },
];
const moving = (): ScriptedMotion => new ScriptedMotion(SCRIPT, { loop: true });

describe('debug', () => {
  it.each([
    ['ios', 'ios', 100.4, 100.4, 0],
    ['android', 'standard', 77.4, 471.2, 0.05],
    ['iosStandardised', 'standard', 99.8, 99.8, 0],
    ['android', 'standard', 208.9, 415, 0.3],
  ] as const)('%s %s %d', (flavour, mode, rateHz, gyroRateHz, stampJitterMs) => {
    const run = runPhone({ motion: moving(), flavour, rateHz, gyroRateHz, stampJitterMs, driftPpm: 40 }, 60, { mode });
    console.log(run.starts, run.stream.stats, run.problems, run.gaps, run.blocks.length);
    const { tS } = run;
    const truth = moving();
    let worstS = 0;
    const out = new Float64Array(6);
    let sq = 0;
    let gq = 0;
    const acc = run.values('accMps2');
    const gyr = run.values('gyrRadps');
    tS.forEach((t, i) => {
      const trueS = Math.round((t - START_S) * rateHz) / rateHz;
      if (t - START_S > 30) worstS = Math.max(worstS, Math.abs(t - START_S - trueS));
      truth.sampleInto(trueS, 0.001, out);
      sq += (acc[3 * i + 1] - out[1]) ** 2;
      gq += (gyr[3 * i + 2] - out[5]) ** 2;
    });
    console.log(
      'worst ms',
      worstS * 1000,
      'acc rms',
      Math.sqrt(sq / tS.length),
      'gyr rms',
      Math.sqrt(gq / tS.length),
      tS[0] - START_S,
      tS.at(-1)! - START_S,
    );
  });
});
void VirtualPhone;
void PhoneRun;
