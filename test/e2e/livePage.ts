/** The page's live stream, read as a browser reads it, with the moment at which each event came. */
import type { LiveEventName, LiveEvents } from '../../src/web/wire.ts';

interface Arrived<Name extends LiveEventName> {
  readonly name: Name;
  readonly data: LiveEvents[Name];
  /** Unix ms. */
  readonly atMs: number;
}

export class LivePage {
  readonly #arrived: Arrived<LiveEventName>[] = [];
  readonly #abort = new AbortController();

  static async open(address: string): Promise<LivePage> {
    const page = new LivePage();
    const response = await fetch(`${address}/api/live`, { signal: page.#abort.signal });
    if (!response.body) throw new Error(`expected a stream, found status ${response.status}`);
    void page.#read(response.body).catch(() => undefined);
    return page;
  }

  of<Name extends LiveEventName>(name: Name): Arrived<Name>[] {
    return this.#arrived.filter((one): one is Arrived<Name> => one.name === name);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const field = (name: string): string | undefined =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const [name, data] = [field('event'), field('data')];
    if (name === undefined || data === undefined) return;
    this.#arrived.push({ name: name as LiveEventName, data: JSON.parse(data), atMs: Date.now() });
  }
}
