/** What a sensor's stream is good enough to show; the rest is not said at all. */
export interface SensorSight {
  readonly falls: boolean;
  /** `timeDomain`: the times are too uncertain for spectra. */
  readonly sway: 'full' | 'timeDomain' | 'none';
  /** How far the trunk turns about the vertical: gravity alone does not tell. */
  readonly rotation: boolean;
}
