/**
 * The catalogue of clinical rules. The order is that of precedence when several speak within three seconds
 * (clinical specification 3b), and a rule hears the verdicts of those above it.
 */
import { bendFast } from './bendFast.ts';
import { bendHold } from './bendHold.ts';
import { bendLimit } from './bendLimit.ts';
import { bendRepetition } from './bendRepetition.ts';
import { bendTwist } from './bendTwist.ts';
import type { RuleDefinition } from './define.ts';
import { getUp } from './getUp.ts';
import { jerk } from './jerk.ts';
import { prohibited } from './prohibited.ts';
import { side } from './side.ts';
import { slouch } from './slouch.ts';
import { twist } from './twist.ts';
import { wornDifferently } from './wornDifferently.ts';

export const RULES: readonly RuleDefinition[] = [
  prohibited,
  bendTwist,
  bendFast,
  bendLimit,
  bendHold,
  bendRepetition,
  twist,
  side,
  slouch,
  wornDifferently,
  getUp,
  jerk,
];
