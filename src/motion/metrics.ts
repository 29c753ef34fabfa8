/** The catalogue of metrics, in display order. Storage, dashboards, API and documentation are derived from it. */
import { defineMetric, type MetricDefinition } from '../model/metric.ts';

export const METRICS = [
  defineMetric({
    id: 'flexionDeg',
    unit: 'deg',
    description:
      'Forward lean of the trunk from the wearer’s own upright, mean over the second: thoracic flexion at the chest, pelvic tilt at the waist.',
    positive: 'forward',
    reference: 'Angle of the gravity vector in the sagittal plane; signal specification 2.4',
    aggregate: 'mean',
    decimals: 2,
  }),
  defineMetric({
    id: 'flexionMaxDeg',
    unit: 'deg',
    description: 'Largest forward lean within the second.',
    positive: 'forward',
    reference: 'As flexionDeg',
    aggregate: 'max',
    decimals: 2,
  }),
  defineMetric({
    id: 'lateralDeg',
    unit: 'deg',
    description: 'Sideways lean of the trunk from the wearer’s own upright, mean over the second.',
    positive: 'right',
    reference: 'Angle of the gravity vector in the frontal plane; signal specification 2.4',
    aggregate: 'mean',
    decimals: 2,
  }),
  defineMetric({
    id: 'rotationDeg',
    unit: 'deg',
    description: 'Torso rotation against a slowly following heading, mean over the second.',
    positive: 'left',
    reference: 'Signal specification 2.5 (one sensor: excursion and return)',
    aggregate: 'mean',
    decimals: 2,
  }),
  defineMetric({
    id: 'inclinationDeg',
    unit: 'deg',
    description: 'Angle between the trunk and the wearer’s own upright in any direction, mean over the second.',
    reference: 'Angle between gravity vectors; signal specification 2.4',
    aggregate: 'mean',
    decimals: 2,
  }),
  defineMetric({
    id: 'flexionRateMaxDps',
    unit: 'deg/s',
    description: 'Fastest forward movement within the second.',
    positive: 'forward',
    reference: 'Derivative of flexionDeg over 0.1 s',
    aggregate: 'max',
    decimals: 1,
  }),
  defineMetric({
    id: 'movementG',
    unit: 'g',
    description: 'How much the trunk moves: standard deviation of the acceleration’s magnitude over the second.',
    reference: 'Signal specification 3.4',
    aggregate: 'mean',
    decimals: 4,
  }),
  defineMetric({
    id: 'spinalFlexionDeg',
    unit: 'deg',
    description:
      'Forward bend of the spine itself, thorax relative to pelvis, from two sensors, mean over the second; a clean hip hinge reads about 0.',
    positive: 'forward',
    reference: 'Relative orientation of two segments; signal specification 2.4 step 5',
    aggregate: 'mean',
    decimals: 2,
  }),
  defineMetric({
    id: 'spinalRotationDeg',
    unit: 'deg',
    description: 'Rotation of the thorax against the pelvis, from two sensors, mean over the second.',
    positive: 'left',
    reference: 'As spinalFlexionDeg, headings aligned by rest and straight walking; signal specification 2.3',
    aggregate: 'mean',
    decimals: 2,
  }),
] as const satisfies readonly MetricDefinition[];

export type MetricId = (typeof METRICS)[number]['id'];
