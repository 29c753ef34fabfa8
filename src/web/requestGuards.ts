/**
 * Keeps other web sites away from a page without login: DNS rebinding (a foreign name that resolves to this
 * machine) is stopped by the Host header, cross-site requests by Origin and Fetch Metadata.
 */
import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { WebConfig } from './config.ts';
import { HttpProblem } from './problem.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host.toLowerCase()}]` : host.toLowerCase());

function hostNameOf(header: string | undefined): string | undefined {
  if (header === undefined || !/^[A-Za-z0-9.:[\]-]+$/.test(header)) return undefined;
  const text = `http://${header}`;
  return URL.canParse(text) ? new URL(text).hostname : undefined;
}

/** An address literal cannot be rebound, so it is allowed once the page is offered to the network on purpose. */
export function hostGuard(config: WebConfig): RequestHandler {
  const allowed = new Set([...LOOPBACK, bracketed(config.host), ...config.allowedHosts.map((h) => h.toLowerCase())]);
  const toNetwork = !isLoopback(config.host);
  return (req, _res, next) => {
    const name = hostNameOf(req.headers.host);
    const isLiteral = name !== undefined && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
    if (name !== undefined && (allowed.has(name) || (toNetwork && isLiteral))) {
      next();
      return;
    }
    const found = req.headers.host === undefined ? 'no Host header' : JSON.stringify(req.headers.host.slice(0, 80));
    next(new HttpProblem(421, 'this host by one of its own names (web.allowedHosts)', found));
  };
}

function foreignOrigin(req: Request): string | undefined {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return `Sec-Fetch-Site ${site}`;
  const { origin } = req.headers;
  if (origin === undefined) return undefined;
  const isOwn = URL.canParse(origin) && new URL(origin).host === req.headers.host?.toLowerCase();
  return isOwn ? undefined : `Origin ${JSON.stringify(origin.slice(0, 80))}`;
}

/** For requests that change something. Programs that are no browser send neither header and may pass. */
export const sameOriginGuard: RequestHandler = (req, _res, next) => {
  const found = foreignOrigin(req);
  if (found !== undefined) next(new HttpProblem(403, 'a request from the page itself', found));
  else if (req.is('application/json') === false) {
    next(new HttpProblem(415, 'content-type application/json', req.headers['content-type'] ?? 'none'));
  } else next();
};
