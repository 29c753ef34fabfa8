/** One shape for every refusal: RFC 9457 problem details with what was expected and what was found. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Logger } from '../model/ports.ts';

/** A refusal with its HTTP status. `expected` and `found` are for people. */
export class HttpProblem extends PlumblineError {
  readonly status: number;
  readonly expected: string;
  readonly found: string;

  constructor(status: number, expected: string, found: string, options: { cause?: unknown } = {}) {
    super('web/invalid', `expected ${expected}, found ${found}`, options);
    this.name = 'HttpProblem';
    this.status = status;
    this.expected = expected;
    this.found = found;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'The request shows no valid token',
  403: 'The request came from somebody else',
  404: 'There is no such thing here',
  413: 'The request is too large',
  415: 'The request is of another type',
  421: 'The request is meant for another host',
  429: 'Too many requests',
  500: 'Something went wrong inside',
  503: 'This is not available right now',
};

interface BodyParserError {
  readonly type: string;
  readonly status: number;
  /** Of the body, bytes; where it was too large. */
  readonly limit?: number;
}
const isBodyParserError = (error: unknown): error is BodyParserError & Error =>
  error instanceof Error && 'type' in error && 'status' in error && typeof error.status === 'number';

function fromBodyParser(error: BodyParserError & Error): HttpProblem {
  if (error.type === 'entity.too.large') {
    const mostKb = Math.round((error.limit ?? 0) / 1024);
    return new HttpProblem(413, `a body of at most ${mostKb} kB`, 'a larger one', { cause: error });
  }
  const status = error.status === 415 ? 415 : 400;
  return new HttpProblem(status, 'a JSON object in UTF-8', `a body that cannot be read (${error.message})`, {
    cause: error,
  });
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isBodyParserError(error)) return fromBodyParser(error);
  if (error instanceof URIError) return new HttpProblem(400, 'a valid percent-encoding in the address', 'a broken one');
  if (error instanceof PlumblineError && error.code.startsWith('storage/')) {
    return new HttpProblem(503, 'the record to answer', 'that it cannot be read or written right now', {
      cause: error,
    });
  }
  return new HttpProblem(500, 'an answer', 'a fault of the service; its log says more', { cause: error });
}

export const nothingHere: RequestHandler = (req, _res, next) => {
  next(new HttpProblem(404, 'a known address and method', `${req.method} ${req.path.slice(0, 120)}`));
};

export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = toProblem(error);
    const fields = { status: problem.status, method: req.method, path: req.path.slice(0, 120) };
    if (problem.status >= 500) logger.error('web.request-failed', { ...fields, reason: messageOf(error) });
    else logger.debug('web.request-refused', { ...fields, reason: problem.message });
    if (res.headersSent) {
      next(error);
      return;
    }
    res
      .status(problem.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title: TITLES[problem.status] ?? 'The request was refused',
          status: problem.status,
          detail: problem.message,
          expected: problem.expected,
          found: problem.found,
        }),
      );
  };
}
