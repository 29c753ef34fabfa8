/** A metric is data: everything that stores, lists, plots or documents it is derived from its definition. */

export type Unit = 'deg' | 'deg/s' | 's' | 'ratio' | 'count' | 'g' | 'pct' | 'dBm' | 'ms' | 'class';

export interface MetricDefinition<Id extends string = string> {
  readonly id: Id;
  readonly unit: Unit;
  /** One sentence a physiotherapist understands. */
  readonly description: string;
  /** What a positive value means, where a sign matters. */
  readonly positive?: string;
  /** Paper, standard or specification it follows. */
  readonly reference: string;
  /** How a second of it is stored. */
  readonly aggregate: 'mean' | 'max' | 'last' | 'sum' | 'fraction';
  /** Which of the stored second's statistics a one-minute roll-up keeps is derived from `aggregate`. */
  readonly decimals: number;
}

export function defineMetric<const Id extends string>(definition: MetricDefinition<Id>): MetricDefinition<Id> {
  return definition;
}
