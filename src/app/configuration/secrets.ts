/** What must never be printed: passwords, and whatever hides one. */

const HIDDEN = '(hidden)';
const SECRET_KEY = /passw|secret|token|credential/i;

export const isSecretKey = (key: PropertyKey): boolean => SECRET_KEY.test(String(key));

/** A text without the user, password and query of an address in it. */
export const withoutCredentials = (text: string): string =>
  text.replaceAll(/\/\/[^\s/]*@/g, `//${HIDDEN}@`).replaceAll(/\?\S+/g, `?${HIDDEN}`);

/** A copy for printing. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutCredentials(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      isSecretKey(key) && inner !== undefined ? HIDDEN : withoutSecrets(inner),
    ]),
  );
}
