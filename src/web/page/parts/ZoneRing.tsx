/** The wearer's own caution and limit zones as a ring, with a bob where the trunk points. */
import type { BendLimits } from '../words/postureWords.ts';
import { type Centre, onRing, ringPiece } from './ringGeometry.ts';

const INNER = 138;
const OUTER = 154;
const LABEL = 171;
const FROM_DEG = -30;
const TO_DEG = 112;
/** So that neighbours do not touch. */
const SEAM_DEG = 0.8;

const piece = (centre: Centre, fromDeg: number, toDeg: number): string =>
  ringPiece(centre, INNER, OUTER, fromDeg + SEAM_DEG, toDeg - SEAM_DEG);

function Patterns({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={`${id}-caution`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="7" height="7" class="zone-caution-ground" />
        <rect width="2.4" height="7" class="zone-caution-line" />
      </pattern>
      <pattern id={`${id}-limit`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="6" height="6" class="zone-limit-ground" />
        <path d="M0 0h6M0 0v6" class="zone-limit-line" />
      </pattern>
    </defs>
  );
}

function DegLabel({ centre, deg }: { centre: Centre; deg: number }) {
  const { x, y } = onRing(centre, LABEL, deg);
  return (
    <text x={x} y={y + 5} class="zone-label" text-anchor="middle">
      {deg}°
    </text>
  );
}

export function ZoneRing({
  id,
  centre,
  limits: { cautionDeg, limitDeg },
  pointsToDeg,
}: {
  /** Unique on the page, for the fill patterns. */
  id: string;
  centre: Centre;
  limits: BendLimits;
  /** undefined: the wearer is not seen. */
  pointsToDeg: number | undefined;
}) {
  const endOfWithin = cautionDeg ?? limitDeg ?? TO_DEG;
  const bobDeg = pointsToDeg === undefined ? undefined : Math.max(FROM_DEG, Math.min(TO_DEG, pointsToDeg));
  return (
    <g>
      <Patterns id={id} />
      <path d={piece(centre, FROM_DEG, endOfWithin)} class="zone-within" />
      {cautionDeg !== undefined && (
        <path d={piece(centre, cautionDeg, limitDeg ?? TO_DEG)} fill={`url(#${id}-caution)`} />
      )}
      {limitDeg !== undefined && <path d={piece(centre, limitDeg, TO_DEG)} fill={`url(#${id}-limit)`} />}
      {cautionDeg !== undefined && <DegLabel centre={centre} deg={cautionDeg} />}
      {limitDeg !== undefined && <DegLabel centre={centre} deg={limitDeg} />}
      {bobDeg !== undefined && (
        <g
          class="turning"
          style={{ transform: `rotate(${bobDeg}deg)`, transformOrigin: `${centre.x}px ${centre.y}px` }}
        >
          <path d={`M${centre.x} ${centre.y - INNER + 8}l-7.6 -15a8.6 8.6 0 1 1 15.200 0Z`} class="zone-bob" />
        </g>
      )}
    </g>
  );
}
