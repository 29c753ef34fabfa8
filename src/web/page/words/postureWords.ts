/** The sentence that says how the wearer holds the trunk right now, and the zone it falls into. */
import type { AnglesMessage, PersonView } from '../../wire.ts';

export type Zone = 'within' | 'caution' | 'limit' | 'lying';

export interface BendLimits {
  readonly cautionDeg: number | undefined;
  readonly limitDeg: number | undefined;
}

export interface PostureWords {
  readonly zone: Zone;
  /** "Bent forward" */
  readonly posture: string;
  /** Whole degrees to show; undefined while lying. */
  readonly shownDeg: number | undefined;
  /** "past the limit of 45°"; may be empty. */
  readonly against: string;
}

/** Less than this from upright is upright: the sensor and the clothes move about as much. */
const UPRIGHT_DEG = 10;

export function bendLimits({ limits }: PersonView): BendLimits {
  const valueOf = (key: string): number | undefined => limits.find((limit) => limit.key === key)?.value;
  return { cautionDeg: valueOf('flexCautionDeg'), limitDeg: valueOf('flexAlertDeg') };
}

const isLying = ({ posture }: AnglesMessage): boolean => posture === 'lying' || posture === 'reclined';

function zoneOf(angles: AnglesMessage, { cautionDeg, limitDeg }: BendLimits): Zone {
  if (isLying(angles)) return 'lying';
  if (limitDeg !== undefined && angles.flexionDeg >= limitDeg) return 'limit';
  if (cautionDeg !== undefined && angles.flexionDeg >= cautionDeg) return 'caution';
  return 'within';
}

function postureOf({ flexionDeg, lateralDeg, posture }: AnglesMessage): string {
  if (flexionDeg >= UPRIGHT_DEG) return 'Bent forward';
  if (flexionDeg <= -UPRIGHT_DEG) return 'Leaning back';
  if (lateralDeg >= UPRIGHT_DEG) return 'Leaning right';
  if (lateralDeg <= -UPRIGHT_DEG) return 'Leaning left';
  return posture === 'sitting' ? 'Sitting upright' : posture === 'walking' ? 'Walking upright' : 'Upright';
}

function againstOf(zone: Zone, { limitDeg }: BendLimits): string {
  if (zone === 'limit') return `past the limit of ${limitDeg}°`;
  if (zone === 'caution') return 'in the caution zone';
  return limitDeg === undefined ? '' : `within the limit of ${limitDeg}°`;
}

export function postureWords(angles: AnglesMessage, limits: BendLimits): PostureWords {
  const zone = zoneOf(angles, limits);
  if (zone === 'lying') {
    return { zone, posture: angles.posture === 'lying' ? 'Lying down' : 'Reclined', shownDeg: undefined, against: '' };
  }
  const isSideways = Math.abs(angles.flexionDeg) < UPRIGHT_DEG && Math.abs(angles.lateralDeg) >= UPRIGHT_DEG;
  const deg = isSideways ? angles.lateralDeg : angles.flexionDeg;
  // Cut, not rounded: 44.7° must not read "45°" while it is still below a limit of 45°.
  return { zone, posture: postureOf(angles), shownDeg: Math.trunc(Math.abs(deg)), against: againstOf(zone, limits) };
}

/** "Bent forward 47°, past the limit of 45°"; upright needs no number. */
export function postureSentence(words: PostureWords): string {
  const isUpright = /upright$/i.test(words.posture);
  const deg = words.shownDeg === undefined || isUpright ? '' : ` ${words.shownDeg}°`;
  const against = words.zone === 'within' || words.against === '' ? '' : `, ${words.against}`;
  return `${words.posture}${deg}${against}`;
}

export function sidewaysWords(lateralDeg: number): string {
  const deg = Math.trunc(Math.abs(lateralDeg));
  return deg < 3 ? 'Not leaning sideways' : `${deg}° to the ${lateralDeg > 0 ? 'right' : 'left'}`;
}

export function torsoRotationWords(rotationDeg: number): string {
  const deg = Math.trunc(Math.abs(rotationDeg));
  return deg < 5 ? 'Not turned' : `Torso turned ${deg}° to the ${rotationDeg > 0 ? 'left' : 'right'}`;
}
