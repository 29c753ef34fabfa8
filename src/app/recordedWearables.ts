/** Which wearables of the configuration a recording is of. */
import type { Config } from '../config.ts';
import { PlumblineError } from '../model/errors.ts';
import type { WearableConfig } from './session/enrolledWearable.ts';

export interface RecordedWearables {
  readonly personId: string;
  readonly main: WearableConfig;
  /** On the pelvis, where both are recorded. */
  readonly pelvis: WearableConfig | undefined;
}

export interface WearableChoice {
  readonly personId: string | undefined;
  readonly placement: string | undefined;
  /** The one on the chest, and the one on the pelvis with it. */
  readonly both: boolean;
}

/** @throws PlumblineError `usage` */
export function recordedWearables(people: Config['people'], choice: WearableChoice): RecordedWearables {
  const { personId, placement, both } = choice;
  const person = personId === undefined ? people[0] : people.find(({ id }) => id === personId);
  if (!person) {
    const expected = people.map(({ id }) => id).join(', ') || 'a person in the configuration';
    throw new PlumblineError('usage', `--person: expected one of ${expected}, found ${personId ?? 'none'}`);
  }
  const { wearables, id } = person;
  if (both) return { personId: id, ...chestAndPelvis(id, wearables) };
  const main = placement === undefined ? wearables[0] : wearables.find((each) => each.placement === placement);
  if (main) return { personId: id, main, pelvis: undefined };
  throw new PlumblineError(
    'usage',
    `--placement: expected one of ${placesOf(wearables)} for ${id}, found ${placement}`,
  );
}

function chestAndPelvis(
  personId: string,
  wearables: readonly WearableConfig[],
): Pick<RecordedWearables, 'main' | 'pelvis'> {
  const [main, ...moreChest] = wearables.filter(({ placement }) => placement === 'chest');
  const [pelvis, ...morePelvis] = wearables.filter(({ placement }) => placement !== 'chest');
  if (main && pelvis && moreChest.length + morePelvis.length === 0) return { main, pelvis };
  throw new PlumblineError(
    'usage',
    `--both: expected one wearable on the chest and one on waist or lowerBack of ${personId}, found ${placesOf(wearables)}`,
  );
}

const placesOf = (wearables: readonly WearableConfig[]): string =>
  wearables.map(({ placement }) => placement).join(', ');
