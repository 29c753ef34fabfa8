/** What may be tuned in the orientation filter, and what is derived from it once per stream. */
import { lowPassCoefficients, type LowPassCoefficients } from '../dsp/lowPass2.ts';
import { type RestCoefficients, restCoefficients, type RestParams } from './restDetection.ts';
import { RAD_PER_DEG } from '../../model/units.ts';

export interface VqfParams extends RestParams {
  readonly mode: 'improved' | 'exact';
  /** `instantaneous`: the output is the orientation in the middle of the last interval, where such a sample lies. */
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
  readonly tauAccS: number;
  readonly biasSigmaInitDps: number;
  readonly biasForgettingTimeS: number;
  readonly biasSigmaMotionDps: number;
  readonly biasVerticalForgettingRatio: number;
  readonly biasSigmaRestDps: number;
}

/** Defaults of the paper (Laidig & Seel 2023). */
export const VQF_DEFAULTS: VqfParams = {
  mode: 'improved',
  gyroTiming: 'integratesBackward',
  tauAccS: 3,
  biasSigmaInitDps: 0.5,
  biasForgettingTimeS: 100,
  biasClipDps: 2,
  biasSigmaMotionDps: 0.1,
  biasVerticalForgettingRatio: 1e-4,
  biasSigmaRestDps: 0.03,
  restMinS: 1.5,
  restTauS: 0.5,
  restGyrDps: 2,
  restAccMps2: 0.5,
};

/** Values derived once from parameters and rate. Covariance is in (0.01 °/s)², as in the paper. */
export interface VqfCoefficients {
  readonly rateHz: number;
  readonly acc: LowPassCoefficients;
  readonly biasClip: number;
  readonly initialVariance: number;
  readonly processNoise: number;
  /** Inverse measurement variances W⁻¹: of the inclination correction, of its vertical part, of the rate at rest. */
  readonly motionTrust: number;
  readonly verticalTrust: number;
  readonly restTrust: number;
  readonly restMinS: number;
  readonly rest: RestCoefficients;
}

/** The last of each set of parameters: streams of one kind, made one after the other, share them. */
const lastMade = new WeakMap<VqfParams, VqfCoefficients>();

export function vqfCoefficients(params: VqfParams, rateHz: number): VqfCoefficients {
  const last = lastMade.get(params);
  if (last?.rateHz === rateHz) return last;
  const made = derive(params, rateHz);
  lastMade.set(params, made);
  return made;
}

function derive(p: VqfParams, rateHz: number): VqfCoefficients {
  const sampleS = 1 / rateHz;
  const processNoise = ((0.1 * 100) ** 2 * sampleS) / p.biasForgettingTimeS;
  const steadyTrust = (sigmaDps: number): number => {
    const variance = (sigmaDps * 100) ** 2;
    return 1 / (variance ** 2 / processNoise + variance);
  };
  const motionTrust = steadyTrust(p.biasSigmaMotionDps);
  return {
    rateHz,
    acc: lowPassCoefficients(p.tauAccS, sampleS),
    biasClip: p.biasClipDps * RAD_PER_DEG,
    initialVariance: (p.biasSigmaInitDps * 100) ** 2,
    processNoise,
    motionTrust,
    verticalTrust: motionTrust * p.biasVerticalForgettingRatio,
    restTrust: steadyTrust(p.biasSigmaRestDps),
    restMinS: p.restMinS,
    rest: restCoefficients(p, sampleS),
  };
}
