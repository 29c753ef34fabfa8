/** Every number can explain itself: which limit, why, from what source. */
import type { PersonView } from '../../wire.ts';

const UNIT_WORDS: Readonly<Record<string, string>> = {
  deg: '°',
  s: ' s',
  'deg/s': '° per second',
  'bends/h': ' per hour',
};
const unitWords = (unit: string): string => UNIT_WORDS[unit] ?? (unit.startsWith('deg trunk') ? '°' : ` ${unit}`);

export function LimitList({ person }: { person: PersonView }) {
  if (person.limits.length === 0) return null;
  return (
    <details class="card limits">
      <summary>{person.displayName}’s limits, and where each comes from</summary>
      <ul>
        {person.limits.map((limit) => (
          <li key={limit.key}>
            <strong>
              {limit.value}
              {unitWords(limit.unit)}
            </strong>
            <p>
              {limit.explanation}
              <span class="soft">
                {limit.origin === 'override' ? 'Set for this person. ' : 'Usual for this tier. '}
                Source: {limit.source}
              </span>
            </p>
          </li>
        ))}
      </ul>
    </details>
  );
}
