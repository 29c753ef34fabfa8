import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bendAlert, bendStored, bendVerdict, sensorHealth } from '../fakes/scriptedView.ts';
import { launchBrowser } from './chromium.ts';
import { startWeb, type WebHarness } from './webHarness.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DESKTOP = { viewport: { width: 1280, height: 900 } } as const;
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true } as const;

const keepsScreenshots = process.env['PLUMBLINE_SCREENSHOTS'] !== undefined;
const screenshotDir = join(tmpdir(), 'plumbline-page');
/** The ones that the documentation shows. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  'live-light-desktop': 'live',
  'alert-light-desktop': 'alert',
  'no-data-light-desktop': 'no-data',
  'alert-dark-phone': 'phone',
};

let pageDir: string;
let browser: Browser;
let web: WebHarness;
const contexts: BrowserContext[] = [];
const ticking: NodeJS.Timeout[] = [];

beforeAll(async () => {
  mkdirSync(screenshotDir, { recursive: true });
  if (keepsScreenshots) mkdirSync(join(ROOT, 'docs/images'), { recursive: true });
  pageDir = mkdtempSync(join(tmpdir(), 'plumbline-page-'));
  const vite = join(ROOT, 'node_modules/.bin/vite');
  const run = spawnSync(vite, ['build', '--config', 'src/web/page/vite.config.ts', '--outDir', pageDir], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`the page does not build:\n${run.stdout}${run.stderr}`);
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  rmSync(pageDir, { recursive: true, force: true });
});

afterEach(async () => {
  for (const timer of ticking.splice(0)) clearInterval(timer);
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  await web.server.stop();
});

interface Opened {
  readonly page: Page;
  /** Console errors and failed policies. */
  readonly complaints: string[];
}

async function openPage(options: BrowserContextOptions = DESKTOP): Promise<Opened> {
  const context = await browser.newContext({ timezoneId: 'Europe/Berlin', ...options });
  contexts.push(context);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(web.server.address);
  return { page, complaints };
}

const startService = async (): Promise<void> => {
  web = await startWeb({ pageDir, nowMs: Date.now, timing: { flushMs: 50, beatMs: 500 } });
};

/** Keeps the wearer at an angle, as a streaming sensor does. */
function hold(flexionDeg: number, more: Parameters<WebHarness['view']['angles']>[1] = {}): void {
  for (const timer of ticking.splice(0)) clearInterval(timer);
  const send = (): void => web.view.angles(flexionDeg, { lateralDeg: 4.2, rotationDeg: 1, ...more });
  send();
  ticking.push(setInterval(send, 50));
}

/** Moves there in a second, as a person does. */
async function lean(fromDeg: number, toDeg: number): Promise<void> {
  const steps = 20;
  for (let i = 1; i <= steps; i++) {
    hold(fromDeg + (toDeg - fromDeg) * (0.5 - 0.5 * Math.cos((Math.PI * i) / steps)));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A minute of somebody who works at a table, as angles that came in the past. */
function playMinute(upToAgoS = 0): void {
  const nowMs = Date.now();
  const bump = (agoS: number, atAgoS: number, widthS: number, deg: number): number =>
    deg * Math.exp(-(((agoS - atAgoS) / widthS) ** 2));
  for (let agoS = 60; agoS >= upToAgoS; agoS -= 0.1) {
    if (agoS < 33 && agoS > 29) continue;
    const sway = 3 + 1.6 * Math.sin(agoS / 1.7) + 0.9 * Math.sin(agoS * 2.3);
    const bends = bump(agoS, 49, 2.2, 34) + bump(agoS, 21, 1.8, 52) + bump(agoS, 12, 2.6, 26);
    web.view.angles(sway + bends, { tMs: nowMs - agoS * 1000 });
  }
}

function happened(): void {
  const nowS = Date.now() / 1000;
  web.view.device(sensorHealth({ lastSampleMs: Date.now() }));
  web.view.motionEvent(bendStored(nowS - 1260, 31, 3.2));
  web.view.motionEvent(bendStored(nowS - 640, 33, 2.1));
  web.view.motionEvent(bendStored(nowS - 49, 37, 3.8));
  web.view.clinicalEvent(bendVerdict(Math.round((nowS - 21.4) * 1000), 55));
  web.view.motionEvent(bendStored(nowS - 21, 55, 3.4));
}

async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(screenshotDir, `${name}.png`), fullPage: true });
  const documented = keepsScreenshots ? DOCUMENTED[name] : undefined;
  if (documented === undefined) return;
  const fullPage = documented !== 'phone';
  await page.screenshot({ path: join(ROOT, 'docs/images', `${documented}.png`), fullPage });
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}
async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResult>('axe.run()');
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect(found).toEqual([]);
}

const sentence = (page: Page) => page.locator('.sentence');
const figure = (page: Page) => page.locator('.now-figure .figure');

describe('the live page in a browser', () => {
  it('leans with the wearer and says so in words, with nothing to complain about', async () => {
    await startService();
    const { page, complaints } = await openPage();
    hold(3);
    await sentence(page)
      .filter({ hasText: /^Upright$/ })
      .waitFor();
    hold(37.8);
    await sentence(page).filter({ hasText: 'Bent forward 37°, in the caution zone' }).waitFor();
    await page.locator('[data-lean="38"]').waitFor();
    hold(47.2);
    await sentence(page).filter({ hasText: 'Bent forward 47°, past the limit of 45°' }).waitFor();
    expect(await figure(page).getAttribute('aria-label')).toContain('Bent forward 47°');
    hold(-90, { posture: 'lying' });
    await sentence(page).filter({ hasText: 'Lying down' }).waitFor();
    hold(2, { lateralDeg: -14.5 });
    await sentence(page).filter({ hasText: 'Leaning left 14°' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('shows an event within a second, and the bend and its verdict as one', async () => {
    await startService();
    const { page } = await openPage();
    hold(5);
    await page.getByText('Nothing yet.').waitFor();
    const nowS = Date.now() / 1000;
    const beganMs = performance.now();
    web.view.clinicalEvent(bendVerdict(Math.round(nowS * 1000), 47));
    await page.locator('.event').filter({ hasText: 'past the limit of 45°' }).waitFor();
    expect(performance.now() - beganMs).toBeLessThan(1000);
    web.view.motionEvent(bendStored(nowS, 52.6, 3.4));
    await page
      .locator('.event')
      .filter({ hasText: /Bent forward.*past the limit of 45°.*52°.*3\.4 s/s })
      .waitFor();
    expect(await page.locator('.event').count()).toBe(1);
    await page
      .locator('[role="status"]')
      .filter({ hasText: /Bent forward/ })
      .waitFor({ state: 'attached' });
  });

  it('an alert appears, is announced, and is acknowledged with the keyboard alone', async () => {
    await startService();
    const { page } = await openPage();
    hold(48);
    await page.getByText('No open alerts').waitFor();
    const verdict = bendVerdict(Date.now(), 48);
    web.view.alert(bendAlert(verdict));
    await page.getByRole('heading', { name: '1 open alert' }).waitFor();
    expect(await page.title()).toBe('(1) Plumbline');
    await page.locator('[role="alert"]').filter({ hasText: 'New alert for Anna' }).waitFor({ state: 'attached' });

    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.textContent || document.activeElement.id');
    for (let i = 0; i < 12 && !(await focused()).startsWith('I have seen it'); i++) await page.keyboard.press('Tab');
    expect(await focused()).toMatch(/^I have seen it/);
    await page.keyboard.press('Enter');
    await page.getByText('Please write your name first').waitFor();
    expect(await focused()).toBe('caregiver-name');
    await page.keyboard.type('Kim');
    await page.keyboard.press('Enter');
    await page.getByText(/Seen by Kim at/).waitFor();
    await page.getByText('It stays here until it is over.').waitFor();
    expect(await focused()).toBe('1 open alert');
    expect(web.record.alert(verdict.id)?.acknowledged?.by).toBe('Kim');

    const known = web.record.alert(verdict.id);
    if (known) web.view.alert({ ...known, active: false, closedMs: Date.now() });
    await page.getByText('No open alerts').waitFor();
    await page.reload();
    web.view.alert(bendAlert(bendVerdict(Date.now(), 50)));
    expect(await page.getByLabel('Your name').inputValue()).toBe('Kim');
  });

  it('says that falls cannot be seen when no data comes, and when the stream is lost', async () => {
    await startService();
    const { page } = await openPage();
    await page.getByText('Waiting for the sensor…').first().waitFor();
    hold(5);
    await sentence(page).filter({ hasText: 'Upright' }).waitFor();
    for (const timer of ticking.splice(0)) clearInterval(timer);
    web.view.device(sensorHealth({ state: 'silent', lastReason: 'the sensor is out of range' }));
    await page.getByText('We cannot see falls right now').waitFor();
    expect(await figure(page).getAttribute('data-lean')).toBe('unseen');
    await web.server.stop();
    await page.getByText('Connection to Plumbline is lost.').waitFor();
  });

  it('comes back by itself after the service was away', async () => {
    await startService();
    const { port } = new URL(web.server.address);
    const { page } = await openPage();
    hold(5);
    await sentence(page).filter({ hasText: 'Upright' }).waitFor();
    await web.server.stop();
    await page.getByText('Connection to Plumbline is lost.').waitFor();
    web = await startWeb({ pageDir, nowMs: Date.now, config: { port: Number(port) } });
    hold(40);
    await sentence(page).filter({ hasText: 'Bent forward 40°' }).waitFor();
    expect(await page.getByText('Connection to Plumbline is lost.').count()).toBe(0);
  });

  it('a service in trouble says which part and what it means', async () => {
    await startService();
    web.view.stages = [
      { stage: 'mqtt', ok: false, detail: 'the broker does not answer; alerts wait and go out later' },
    ];
    const { page } = await openPage();
    await page.getByText('Messages to phones:').waitFor();
    await page.getByText('alerts wait and go out later').waitFor();
  });

  it('two wearers have a place each; ?person= shows one', async () => {
    await startService();
    const bert = { id: 'bert', displayName: 'Bert', tier: 'T1', limits: [] };
    web.view.peopleList = [...web.view.peopleList, bert];
    const { page } = await openPage();
    await page.getByRole('link', { name: 'Bert' }).waitFor();
    expect(await page.locator('.wearer').count()).toBe(2);
    await page.goto(`${web.server.address}?person=bert`);
    await page.getByRole('heading', { name: 'Bert' }).waitFor();
    expect(await page.locator('.wearer').count()).toBe(1);
  });
});

describe('seen by everybody', () => {
  const looks = [
    ['light-desktop', { ...DESKTOP, colorScheme: 'light' }],
    ['dark-desktop', { ...DESKTOP, colorScheme: 'dark' }],
    ['light-phone', { ...PHONE, colorScheme: 'light' }],
    ['dark-phone', { ...PHONE, colorScheme: 'dark' }],
  ] as const satisfies readonly (readonly [string, BrowserContextOptions])[];

  it.each(looks)('%s: live, alert and no data are accessible and fit the screen', async (look, options) => {
    await startService();
    playMinute();
    happened();
    const { page, complaints } = await openPage({ ...options, reducedMotion: 'reduce' });
    hold(4);
    await sentence(page).filter({ hasText: 'Upright' }).waitFor();
    await expectAccessible(page);
    await screenshot(page, `live-${look}`);

    await lean(4, 47.4);
    const verdict = bendVerdict(Date.now() - 1000, 47);
    web.view.clinicalEvent(verdict);
    web.view.alert(bendAlert(verdict));
    await sentence(page).filter({ hasText: 'past the limit' }).waitFor();
    await page.getByRole('heading', { name: '1 open alert' }).waitFor();
    await expectAccessible(page);
    await screenshot(page, `alert-${look}`);
    const overflowPx = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflowPx).toBeLessThanOrEqual(0);

    for (const timer of ticking.splice(0)) clearInterval(timer);
    web.view.device(sensorHealth({ state: 'searching', lastReason: 'the link was lost' }));
    await page.getByText('We cannot see falls right now').waitFor();
    await expectAccessible(page);
    await screenshot(page, `no-data-${look}`);
    expect(complaints).toEqual([]);
  });

  it('everything that can be pressed is at least 44 px high', async () => {
    await startService();
    happened();
    const { page } = await openPage(PHONE);
    hold(50);
    web.view.alert(bendAlert(bendVerdict(Date.now(), 50)));
    await page.getByRole('button', { name: 'I have seen it' }).waitFor();
    const small = await page.evaluate<string[]>(
      `[...document.querySelectorAll('button, summary, input, a:not(.skip)')]
        .filter((element) => element.getBoundingClientRect().height < 44)
        .map((element) => element.outerHTML.slice(0, 80))`,
    );
    expect(small).toEqual([]);
  });

  it('without motion where it is not wanted', async () => {
    await startService();
    const { page } = await openPage({ ...DESKTOP, reducedMotion: 'reduce' });
    hold(20);
    await page.locator('[data-lean="20"]').waitFor();
    const durations = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.turning')].map((element) => getComputedStyle(element).transitionDuration)`,
    );
    expect(new Set(durations)).toEqual(new Set(['0s']));
  });
});
