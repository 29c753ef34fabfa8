/**
 * Wearables that send by themselves deliver here: `POST /api/push/<person>/<device>`, the same two words as in their MQTT topic, with
 * a token of their own. Whoever has none is turned away before a byte of the body is read, and learns nothing about who is enrolled.
 */
import { type IRouter, type Request, type RequestHandler, type Response, Router, text } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { PushAnswer, PushEntrance, PushReceiver } from '../../model/ports.ts';
import { HttpProblem } from '../problem.ts';

const MOST_BODY = '1mb';

type Admitted = Response<unknown, { receive: PushReceiver }>;

export function pushRoutes(entrance: PushEntrance): IRouter {
  const router = Router();
  const body = text({ type: 'application/json', limit: MOST_BODY });
  router.post(
    '/push/:person/:device',
    admission(entrance),
    messageLimit(entrance),
    jsonOnly,
    body,
    (req, res: Admitted) => {
      answer(res, res.locals.receive(typeof req.body === 'string' ? req.body : ''));
    },
  );
  return router;
}

const admission =
  (entrance: PushEntrance): RequestHandler =>
  (req, res, next) => {
    const { person, device } = req.params;
    const receive = entrance.admit(String(person), String(device), tokenOf(req));
    if (!receive) {
      res.set('www-authenticate', 'Bearer realm="plumbline"');
      next(new HttpProblem(401, 'the token of this wearable ("Authorization: Bearer …")', 'none that is valid here'));
      return;
    }
    res.locals['receive'] = receive;
    next();
  };

/**
 * By the wearable, not by the address: behind a proxy all come from one. What comes by MQTT counts too, but only the entrance knows of
 * it; this one keeps more bodies than can be taken from being read at all.
 */
const messageLimit = ({ mostMessagesPerMinute }: PushEntrance): RequestHandler =>
  rateLimit({
    windowMs: 60_000,
    limit: mostMessagesPerMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: ({ params }) => `${String(params['person'])}/${String(params['device'])}`,
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_req, _res, next) => {
      next(new HttpProblem(429, `at most ${mostMessagesPerMinute} messages per minute`, 'more'));
    },
  });

const jsonOnly: RequestHandler = (req, _res, next) => {
  if (req.is('application/json') !== false) next();
  else next(new HttpProblem(415, 'content-type application/json', req.headers['content-type'] ?? 'none'));
};

/** The app's field "Auth Header" is the whole header; where there is none, the token can stand in the address. */
function tokenOf(req: Request): string {
  const { authorization } = req.headers;
  if (authorization !== undefined) return authorization.replace(/^Bearer +/i, '').trim();
  const { token } = req.query;
  return typeof token === 'string' ? token : '';
}

function answer(res: Response, outcome: PushAnswer): void {
  if (outcome.kind === 'refused') {
    throw new HttpProblem(outcome.because === 'sender' ? 403 : 400, outcome.expected, outcome.found);
  }
  if (outcome.kind === 'too-often') {
    res.set('retry-after', String(Math.ceil(outcome.waitMs / 1000)));
    throw new HttpProblem(429, outcome.expected, outcome.found);
  }
  res.json(outcome.kind === 'test' ? { ok: true, test: true } : { ok: true, readings: outcome.readings });
}
