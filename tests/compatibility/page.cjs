// A page of another origin, without a browser: what a Web SDK looks for among the globals when it is loaded.
'use strict';
const { JSDOM } = require('jsdom');

const NAMES = ['document', 'localStorage', 'navigator', 'XMLHttpRequest', 'WebSocket'];

module.exports = (origin) => {
  const { window } = new JSDOM('<!doctype html>', { url: `${origin}/` });
  const found = { window, self: window, ...Object.fromEntries(NAMES.map((name) => [name, window[name]])) };
  for (const [name, value] of Object.entries(found)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
};
