/** Whose wearable is recorded, which one, and how it is worn: what a recorder writes into the sidecar. */
import type { Mount } from '../../model/frames.ts';
import type { Placement } from '../../model/person.ts';
import { mountRows } from '../mountSchema.ts';

export interface RecorderSubject {
  readonly personId: string;
  /** Kind of the wearable. */
  readonly device: string;
  readonly placement: Placement;
  readonly mount: Mount;
  readonly gyroTiming: 'integratesBackward' | 'instantaneous';
}

/** The second wearable of the same person. */
export interface PelvisSubject extends Omit<RecorderSubject, 'personId'> {
  readonly hasGyroscope: boolean;
}

/** The keys of the sidecar. */
export function sidecarOf(
  { personId, device, placement, mount, gyroTiming }: RecorderSubject,
  pelvis: PelvisSubject | undefined,
  start: { readonly startMs: number; readonly rateHz: number; readonly hasGyroscope: boolean },
): Record<string, unknown> {
  const anyGyroscope = start.hasGyroscope || (pelvis?.hasGyroscope ?? false);
  return {
    accUnit: 'm/s2',
    ...(anyGyroscope ? { gyrUnit: 'rad/s' } : {}),
    ...(start.hasGyroscope ? { gyroTiming } : {}),
    placement,
    mount: mountRows(mount),
    rateHz: start.rateHz,
    utcStart: new Date(start.startMs).toISOString(),
    device,
    ...(pelvis ? pelvisKeysOf(pelvis) : {}),
    personId,
  };
}

const pelvisKeysOf = ({ device, placement, mount, gyroTiming, hasGyroscope }: PelvisSubject): object => ({
  pelvisPlacement: placement,
  pelvisMount: mountRows(mount),
  ...(hasGyroscope ? { pelvisGyroTiming: gyroTiming } : {}),
  pelvisDevice: device,
});
