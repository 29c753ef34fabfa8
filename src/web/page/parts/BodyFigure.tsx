/** The wearer from the side, facing right; the trunk leans as the sensor says, the arms hang with gravity. */
import type { AnglesMessage } from '../../wire.ts';
import type { BendLimits } from '../words/postureWords.ts';
import { type Centre, onRing } from './ringGeometry.ts';
import { ZoneRing } from './ZoneRing.tsx';

const HIP: Centre = { x: 150, y: 196 };
const SHOULDER_UP = 72;
const ARM = 62;
/** The drawing goes no further than a body does. */
const MOST_BACK_DEG = -60;
const MOST_FORWARD_DEG = 115;
/** Eyes stay on the way: the head follows the trunk by about two thirds. */
const GAZE_RATIO = -0.3;

type Pose = 'standing' | 'sitting' | 'lying';

function poseOf(posture: string | undefined): Pose {
  if (posture === 'lying') return 'lying';
  return posture === 'sitting' || posture === 'reclined' ? 'sitting' : 'standing';
}

const SENSOR_AT: Readonly<Record<string, Centre>> = {
  chest: { x: 14, y: -58 },
  waist: { x: 12, y: -8 },
  lowerBack: { x: -17, y: -8 },
};

function Legs({ pose }: { pose: Pose }) {
  if (pose === 'sitting') {
    return (
      <g>
        <path d="M96 216h108M110 216v78M196 216v78" class="chair" />
        <path d="M150 198h52l-3 92h20" class="limb limb-leg" />
      </g>
    );
  }
  return (
    <g>
      <path d="M146 198l-8 48-8 44h17" class="limb limb-leg limb-far" />
      <path d="M151 198l5 48-4 44h19" class="limb limb-leg" />
    </g>
  );
}

function Trunk({ leanDeg, site }: { leanDeg: number; site: string | undefined }) {
  const sensor = site === undefined ? undefined : SENSOR_AT[site];
  return (
    <g class="turning" style={{ transform: `translate(${HIP.x}px, ${HIP.y}px) rotate(${leanDeg}deg)` }}>
      <path
        d="M-15 6C-18-14-14-34-16-56C-17-76-10-88 2-88C15-88 20-74 18-58C16-38 14-18 15 6C15 18-15 18-15 6Z"
        class="body"
      />
      <g class="turning" style={{ transform: `translate(2px, -84px) rotate(${leanDeg * GAZE_RATIO}deg)` }}>
        <path d="M0 4v-14" class="limb limb-neck" />
        <path d="M-14-26a17 17 0 0 1 33-4l4 8-4 2a17 17 0 0 1-33-6Z" class="body" />
      </g>
      {sensor && <rect x={sensor.x - 6} y={sensor.y - 9} width="12" height="18" rx="4" class="sensor-dot" />}
    </g>
  );
}

function Arm({ leanDeg }: { leanDeg: number }) {
  const shoulder = onRing(HIP, SHOULDER_UP, leanDeg);
  return (
    <g class="turning" style={{ transform: `translate(${shoulder.x}px, ${shoulder.y}px)` }}>
      <path d={`M0 0c-3 14-4 24-1 34l6 ${ARM - 34}`} class="limb limb-arm-edge" />
      <path d={`M0 0c-3 14-4 24-1 34l6 ${ARM - 34}`} class="limb limb-arm" />
    </g>
  );
}

export function BodyFigure({
  personId,
  angles,
  limits,
  label,
}: {
  personId: string;
  /** undefined: the wearer is not seen; the figure is a pale outline then. */
  angles: AnglesMessage | undefined;
  limits: BendLimits;
  label: string;
}) {
  const pose = poseOf(angles?.posture);
  const flexionDeg = angles?.flexionDeg ?? 0;
  const leanDeg = pose === 'lying' ? 0 : Math.max(MOST_BACK_DEG, Math.min(MOST_FORWARD_DEG, flexionDeg));
  const isProne = pose === 'lying' && flexionDeg > 0;
  const turn = pose === 'lying' ? `rotate(${isProne ? 90 : -90} ${HIP.x} ${HIP.y})` : undefined;
  return (
    <svg
      class={`figure ${angles ? '' : 'figure-unseen'}`}
      viewBox="28 12 304 292"
      role="img"
      aria-label={label}
      data-lean={angles ? leanDeg.toFixed(0) : 'unseen'}
    >
      <path d={pose === 'lying' ? 'M36 222h284' : 'M60 298h200'} class="ground" />
      {pose !== 'lying' && (
        <>
          <path d={`M${HIP.x} ${HIP.y}v-134`} class="plumb" />
          <ZoneRing id={`ring-${personId}`} centre={HIP} limits={limits} pointsToDeg={angles?.flexionDeg} />
        </>
      )}
      <g transform={turn}>
        <Legs pose={pose} />
        <Trunk leanDeg={leanDeg} site={angles?.site} />
        <Arm leanDeg={leanDeg} />
      </g>
    </svg>
  );
}
