/** The built page: hashed assets for ever, everything else asked for anew. */
import { type IRouter, Router, static as serveStatic } from 'express';
import { HttpProblem } from '../problem.ts';

export function pageRoutes(pageDir: string): IRouter {
  const router = Router();
  router.use(
    serveStatic(pageDir, {
      cacheControl: false,
      setHeaders: (res, path) => {
        const isHashed = /[\\/]assets[\\/]/.test(path);
        res.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    }),
  );
  router.get('/', () => {
    throw new HttpProblem(503, 'the built page (npm run build)', 'none');
  });
  return router;
}
