import type { ServiceView } from '../model/ports.ts';
import { HttpProblem } from './problem.ts';

/** @throws HttpProblem 404 when nobody has this id. */
export function requirePerson(view: ServiceView, personId: string): void {
  const ids = view.people().map((person) => person.id);
  if (!ids.includes(personId)) {
    throw new HttpProblem(404, 'the id of a person who is set up here', JSON.stringify(personId));
  }
}
