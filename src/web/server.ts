/** People look at the service here: the live page, its API, health and metrics. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { MetricDefinition } from '../model/metric.ts';
import type { Clock, Logger, PushEntrance, RecordStore, ServiceView } from '../model/ports.ts';
import type { WebConfig } from './config.ts';
import { LIVE_TIMING, LiveStream, type LiveTiming } from './liveStream.ts';
import { HttpProblem, nothingHere, problemHandler } from './problem.ts';
import { hostGuard, isLoopback, sameOriginGuard } from './requestGuards.ts';
import { alertRoutes } from './routes/alerts.ts';
import { deviceRoutes } from './routes/devices.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { liveRoutes } from './routes/live.ts';
import { metricCatalogueRoutes } from './routes/metricCatalogue.ts';
import { pageRoutes } from './routes/page.ts';
import { peopleRoutes } from './routes/people.ts';
import { pushRoutes } from './routes/push.ts';
import { seriesRoutes } from './routes/series.ts';
import { securityHeaders } from './securityHeaders.ts';

const POSTS_PER_MINUTE = 60;
/** Open requests are given this long when the service stops. */
const CLOSE_MS = 500;

export interface WebServerOptions {
  readonly view: ServiceView;
  readonly record: RecordStore;
  readonly config: WebConfig;
  /** Folder of the built page. */
  readonly pageDir: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: readonly MetricDefinition[];
  /** For wearables that send by themselves. */
  readonly entrance?: PushEntrance;
  readonly timing?: LiveTiming;
}

export interface WebServer {
  /** @throws PlumblineError `web/port-in-use`, or `config/invalid` when the address is not this machine's. */
  start(): Promise<void>;
  /** Ends all streams; resolves within a second. */
  stop(): Promise<void>;
  /** `http://127.0.0.1:8480/` once started, with the port really taken. */
  readonly address: string;
}

const postLimit = (): RequestHandler =>
  rateLimit({
    windowMs: 60_000,
    limit: POSTS_PER_MINUTE,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_req, _res, next) => {
      next(new HttpProblem(429, `at most ${POSTS_PER_MINUTE} changes per minute`, 'more'));
    },
  });

function buildApp(options: WebServerOptions, stream: LiveStream): Express {
  const { view, record, config, pageDir, metrics, logger, entrance } = options;
  const guardPost = [postLimit(), sameOriginGuard, express.json({ limit: '16kb' })];
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(securityHeaders(), hostGuard(config));
  app.use(healthRoutes(view));
  app.use('/api', (_req, res, next) => {
    res.set('cache-control', 'no-store');
    next();
  });
  app.use('/api', peopleRoutes(view), deviceRoutes(view), alertRoutes(view, record, guardPost));
  app.use('/api', eventRoutes(view, record), seriesRoutes(view, record, metrics), metricCatalogueRoutes(metrics));
  if (entrance?.isOpen) app.use('/api', pushRoutes(entrance));
  app.use('/api', liveRoutes(view, stream), nothingHere);
  app.use(pageRoutes(pageDir));
  app.use(nothingHere, problemHandler(logger));
  return app;
}

function listenError(error: NodeJS.ErrnoException, { host, port }: WebConfig): PlumblineError {
  const context = { host, port };
  if (error.code === 'EADDRINUSE') {
    const message = `expected port ${port} on ${host} to be free for the page, found it in use; stop the other program or set web.port`;
    return new PlumblineError('web/port-in-use', message, { context, cause: error });
  }
  const message = `web.host and web.port: expected an address of this machine that may be opened, found ${host}:${port} (${messageOf(error)})`;
  return new PlumblineError('config/invalid', message, { context, cause: error });
}

function listen(server: Server, config: WebConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenError(error, config));
    server.once('error', failed);
    server.listen(config.port, config.host, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

export function createWebServer(options: WebServerOptions): WebServer {
  const { config, logger } = options;
  const stream = new LiveStream({ ...options, timing: options.timing ?? LIVE_TIMING });
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, buildApp(options, stream));
  const address = (): string => {
    const bound = server.address() as AddressInfo | null;
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    return `http://${host}:${bound?.port ?? config.port}/`;
  };
  return {
    async start() {
      await listen(server, config);
      // A broken connection of one page is that page's affair.
      server.on('error', (error) => logger.warn('web.server-error', { reason: messageOf(error) }));
      stream.start();
      logger.info('web.listening', { address: address() });
      if (!isLoopback(config.host)) {
        logger.warn('web.open-to-network', {
          address: address(),
          reason: 'the page has no login; use a proxy that has',
        });
      }
    },
    async stop() {
      stream.stop();
      if (server.listening) await close(server);
    },
    get address() {
      return address();
    },
  };
}
