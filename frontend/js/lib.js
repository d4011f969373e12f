// The one face that pages import; see the modules behind it for what each does.
export { html, nothing, render, svg } from '../vendor/lit-html/lit-html.js';
export { classMap } from '../vendor/lit-html/directives/class-map.js';
export { live } from '../vendor/lit-html/directives/live.js';
export { repeat } from '../vendor/lit-html/directives/repeat.js';
export * from './lib/core.js';
export * from './lib/parts.js';
export * from './lib/forms.js';
export * from './lib/page.js';
