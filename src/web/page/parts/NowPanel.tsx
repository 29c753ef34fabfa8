/** How the wearer is right now: the figure, and the same in words that can be read at arm's length. */
import type { AnglesMessage } from '../../wire.ts';
import {
  type BendLimits,
  postureSentence,
  postureWords,
  sidewaysWords,
  torsoRotationWords,
  type Zone,
} from '../words/postureWords.ts';
import type { SilenceWords } from '../words/sensorWords.ts';
import { BackFigure } from './BackFigure.tsx';
import { BodyFigure } from './BodyFigure.tsx';
import { Mark, type MarkShape } from './Mark.tsx';
import { useSteady } from './useSteady.ts';

/** Long enough to read a number, short enough to feel live. */
const HOLD_MS = 300;
const MARK_OF: Readonly<Record<Zone, MarkShape>> = {
  within: 'well',
  caution: 'caution',
  limit: 'limit',
  lying: 'lying',
};

function Seen({ angles, limits }: { angles: AnglesMessage; limits: BendLimits }) {
  const words = postureWords(angles, limits);
  return (
    <div class={`words zone-is-${words.zone}`}>
      <div class="degrees-line">
        {words.shownDeg !== undefined && (
          <p class="degrees" aria-hidden="true">
            {words.shownDeg}
            <span>°</span>
          </p>
        )}
        {words.zone !== 'within' && <Mark shape={MARK_OF[words.zone]} />}
      </div>
      <p class="sentence">{postureSentence(words)}</p>
      {words.zone === 'within' && words.against !== '' && (
        <p class="against">
          <Mark shape="well" />
          {words.against.charAt(0).toUpperCase() + words.against.slice(1)}
        </p>
      )}
    </div>
  );
}

function Unseen({ silence }: { silence: SilenceWords }) {
  return (
    <div class="words zone-is-unseen">
      <div class="degrees-line">
        <Mark shape="unseen" />
      </div>
      <p class="sentence">{silence.sentence}</p>
      <p class="reason">{silence.reason}</p>
    </div>
  );
}

function Sideways({ angles }: { angles: AnglesMessage | undefined }) {
  const isLying = angles?.posture === 'lying';
  const upright = isLying ? undefined : angles;
  const words = upright ? sidewaysWords(upright.lateralDeg) : isLying ? 'Not shown while lying' : 'Not seen';
  return (
    <div class="sideways">
      <BackFigure lateralDeg={upright?.lateralDeg} label={`Figure seen from behind: ${words}`} />
      <p>
        <span class="soft">From behind</span>
        {words}
        {upright && <span class="soft">{torsoRotationWords(upright.rotationDeg)}</span>}
      </p>
    </div>
  );
}

function Legend({ limits: { cautionDeg, limitDeg } }: { limits: BendLimits }) {
  return (
    <ul class="legend">
      {cautionDeg !== undefined && (
        <li>
          <span class="swatch swatch-caution" /> Caution from {cautionDeg}°
        </li>
      )}
      {limitDeg !== undefined && (
        <li>
          <span class="swatch swatch-limit" /> Limit {limitDeg}°
        </li>
      )}
    </ul>
  );
}

export function NowPanel({
  personId,
  angles,
  limits,
  silence,
  nowMs,
  headingId,
}: {
  personId: string;
  angles: AnglesMessage | undefined;
  limits: BendLimits;
  /** Set while the wearer is not seen. */
  silence: SilenceWords | undefined;
  nowMs: number;
  headingId: string;
}) {
  const seen = silence ? undefined : angles;
  const steady = useSteady(seen, nowMs, HOLD_MS);
  const shown = seen === undefined ? undefined : (steady ?? seen);
  const label = shown ? postureSentence(postureWords(shown, limits)) : 'not seen right now';
  return (
    <section class="card now" aria-labelledby={headingId}>
      <h3 id={headingId} class="unseen-text">
        Right now
      </h3>
      <div class="now-figure">
        <BodyFigure personId={personId} angles={seen} limits={limits} label={`Figure seen from the side: ${label}`} />
        {seen?.posture !== 'lying' && <Legend limits={limits} />}
      </div>
      <div class="now-words">
        {silence ? <Unseen silence={silence} /> : shown && <Seen angles={shown} limits={limits} />}
        <Sideways angles={shown} />
      </div>
    </section>
  );
}
