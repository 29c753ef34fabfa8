/** Entry of the live page. `?person=<id>` shows one wearer only. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { LiveLink } from './live/liveLink.ts';
import { LiveStore } from './live/liveStore.ts';
import { App } from './parts/App.tsx';

const root = document.getElementById('app');
if (root) {
  const store = new LiveStore();
  render(<App store={store} />, root);
  new LiveLink(store, new URLSearchParams(location.search).get('person')).start();
}
