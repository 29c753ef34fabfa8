/** The wearer from the side, facing right; the trunk leans as the sensor says, the arms hang with gravity. */
import type { AnglesMessage } from '../../wire.ts';
import type { BendLimits } from '../words/postureWords.ts';
import { type Centre, onRing } from './ringGeometry.ts';
import { ZoneRing } from './ZoneRing.tsx';

const HIP: Centre = { x: 150, y: 196 };
const SHOULDER_UP = 72;
/** From the shoulder down to the hand, a little forward at the elbow. */
const ARM_PATH = 'M-1 2C-5 14-5 24-3 32L4 62';
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
        <path d="M150 199h50l-2 90" class="limb limb-leg" />
        <path d="M199 291h15" class="limb limb-foot" />
      </g>
    );
  }
  if (pose === 'lying') return <path d="M150 200l2 46 2 45h11" class="limb limb-leg" />;
  return (
    <g>
      <path d="M147 200l-7 46-8 43" class="limb limb-leg limb-far" />
      <path d="M133 291h13" class="limb limb-foot limb-far" />
      <path d="M151 200l4 46-3 43" class="limb limb-leg" />
      <path d="M153 291h15" class="limb limb-foot" />
    </g>
  );
}

const withTrunk = (leanDeg: number): { transform: string } => ({
  transform: `translate(${HIP.x}px, ${HIP.y}px) rotate(${leanDeg}deg)`,
});

function Trunk({ leanDeg }: { leanDeg: number }) {
  return (
    <g class="turning" style={withTrunk(leanDeg)}>
      <path
        d="M-15 4C-17-14-13-32-16-54C-18-76-11-87 1-87C14-87 19-74 17-57C15-38 13-18 14 4C14 17-15 17-15 4Z"
        class="body"
      />
      <g class="turning" style={{ transform: `translate(2px, -84px) rotate(${leanDeg * GAZE_RATIO}deg)` }}>
        <path d="M0 4v-14" class="limb limb-neck" />
        <path
          d="M-14-25a17 17 0 0 1 33.500-4.500l3 6.500c.5 1.200-.2 1.900-1.400 1.900h-1.300a17 17 0 0 1-33.800-3.900Z"
          class="body"
        />
      </g>
    </g>
  );
}

/** Drawn last: where the sensor sits is seen in every pose. */
function Sensor({ leanDeg, site }: { leanDeg: number; site: string | undefined }) {
  const at = site === undefined ? undefined : SENSOR_AT[site];
  if (!at) return null;
  return (
    <g class="turning" style={withTrunk(leanDeg)}>
      <rect x={at.x - 6} y={at.y - 9} width="12" height="18" rx="4" class="sensor-dot" />
    </g>
  );
}

function Arm({ leanDeg }: { leanDeg: number }) {
  const shoulder = onRing(HIP, SHOULDER_UP, leanDeg);
  return (
    <g class="turning" style={{ transform: `translate(${shoulder.x}px, ${shoulder.y}px)` }}>
      <path d={ARM_PATH} class="limb limb-arm-edge" />
      <path d={ARM_PATH} class="limb limb-arm" />
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
        <Trunk leanDeg={leanDeg} />
        <Arm leanDeg={leanDeg} />
        <Sensor leanDeg={leanDeg} site={angles?.site} />
      </g>
    </svg>
  );
}
