/** A real browser for the page tests. */
import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../services/findServices.ts';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: findBrowser(), headless: true, args: ARGUMENTS });
