/** The stream behind the live page. */
import { type IRouter, Router } from 'express';
import { z } from 'zod';
import type { ServiceView } from '../../model/ports.ts';
import type { LiveStream } from '../liveStream.ts';
import { parseInput, personIdInput } from '../parseInput.ts';
import { requirePerson } from '../requirePerson.ts';

const lastIdText = 'an event id of this stream';
const liveQuery = z.object({
  person: personIdInput.optional(),
  /** A page that has to open a new EventSource cannot set the header. */
  lastEventId: z.string({ error: lastIdText }).max(64, lastIdText).optional(),
});

export function liveRoutes(view: ServiceView, stream: LiveStream): IRouter {
  const router = Router();
  router.get('/live', (req, res) => {
    const { person, lastEventId } = parseInput(liveQuery, req.query);
    if (person !== undefined) requirePerson(view, person);
    const id = req.get('last-event-id') ?? lastEventId;
    stream.open(req, res, {
      ...(person === undefined ? {} : { personId: person }),
      ...(id === undefined ? {} : { lastEventId: id }),
    });
  });
  return router;
}
