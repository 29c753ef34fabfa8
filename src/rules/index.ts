/**
 * The catalogue of clinical rules. The order is that of precedence when several speak within three seconds
 * (clinical specification 3b), and a rule hears the verdicts of those above it.
 */
import { bendFast } from './bendFast.ts';
import { bendHold } from './bendHold.ts';
import { bendLimit } from './bendLimit.ts';
import { bendRepetition } from './bendRepetition.ts';
import type { RuleDefinition } from './define.ts';

export const RULES: readonly RuleDefinition[] = [bendFast, bendLimit, bendHold, bendRepetition];
