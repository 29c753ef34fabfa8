/** Every number can explain itself: which limit, whose, from what source. */
import type { PersonView } from '../../wire.ts';
import { limitSentence } from '../words/limitWords.ts';

export function LimitList({ person }: { person: PersonView }) {
  if (person.limits.length === 0) return null;
  return (
    <details class="card limits">
      <summary>{person.displayName}’s limits, and where each comes from</summary>
      <ul>
        {person.limits.map((limit) => (
          <li key={limit.key}>
            <p>
              <strong>{limitSentence(limit)}</strong>
              {limit.origin === 'override' && ' (set for this person)'}
            </p>
            <p class="soft">{limit.explanation}</p>
            <p class="soft">Source: {limit.source}</p>
          </li>
        ))}
      </ul>
      <p class="soft">
        In sources, E is a published figure, R one recalled from the literature, D a therapist’s usual choice. No
        published figure says which angle is safe for everybody with osteoporosis.
      </p>
    </details>
  );
}
