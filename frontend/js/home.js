import { html, page, show, t } from './lib.js';

page('home', async () => {
  show(html`<h1>${t('home.title')}</h1>`);
});
