/** Says "I have seen it" to the service. */
import type { Alert } from '../../../model/alert.ts';

/** @throws Error with a sentence for people when the service did not take it. */
export async function acknowledge(alertId: string, by: string): Promise<Alert> {
  let response: Response;
  try {
    response = await fetch(`api/alerts/${encodeURIComponent(alertId)}/acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by }),
      signal: AbortSignal.timeout(8000),
    });
  } catch {
    throw new Error('Plumbline could not be reached. Please try again.');
  }
  if (!response.ok) throw new Error('Plumbline did not take it. Please try again.');
  return (await response.json()) as Alert;
}
