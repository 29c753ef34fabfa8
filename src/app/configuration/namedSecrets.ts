/**
 * Passwords and tokens that stand in the environment instead of the file: `token: ${PHONE_OF_ANNA}`. Only where a secret is
 * expected, and only as the whole value, so that nothing else of the environment gets into the configuration.
 */
import { isRecord } from './configTree.ts';
import { isSecretKey } from './secrets.ts';

export interface NamedSecrets {
  readonly value: unknown;
  /** Variables that the file names. */
  readonly names: ReadonlySet<string>;
  readonly problems: readonly string[];
}

const NAMED = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

export function withNamedSecrets(json: unknown, env: Readonly<Record<string, string | undefined>>): NamedSecrets {
  const names = new Set<string>();
  const problems: string[] = [];
  const visit = (value: unknown, key: string, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, key, `${path}.${i}`));
    if (isRecord(value)) {
      const inside = path === '' ? '' : `${path}.`;
      return Object.fromEntries(Object.entries(value).map(([k, inner]) => [k, visit(inner, k, inside + k)]));
    }
    const name = typeof value === 'string' && isSecretKey(key) ? NAMED.exec(value)?.[1] : undefined;
    if (name === undefined) return value;
    names.add(name);
    const secret = env[name];
    if (secret) return secret;
    problems.push(`${path}: expected the environment variable ${name}, found none`);
    return undefined;
  };
  return { value: visit(json, '', ''), names, problems };
}
