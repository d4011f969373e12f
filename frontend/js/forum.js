// One forum: who it is for, its rounds now and before, whom to ask.
import { api, emptyState, everything, html, money, page, params, path, setHelp, setTitle, show, t } from './lib.js';
import { help } from './ballot/frame.js';
import { roundCard } from './public/rounds.js';

page('forum', async () => {
  const slug = encodeURIComponent(params.forum);
  const [forum, rounds] = await Promise.all([api('GET', `/api/forums/${slug}`), everything(`/api/rounds?forum=${slug}`)]);
  setTitle(forum.name);
  setHelp({ phone: forum.contact_phone, email: forum.contact_email });
  const past = rounds.filter((round) => ['published', 'delivery', 'closed', 'cancelled'].includes(round.phase));
  const now = rounds.filter((round) => !past.includes(round));
  const facts = [
    ['forum.population', forum.population ? t('people', { count: forum.population }) : ''],
    ['forum.area', forum.postcodes.join(', ')],
  ].filter(([, value]) => value);
  show(html`<p class="over-title"><a href=${path()}>${t('forum.all')}</a></p>
    <p class="quiet">${t(`kind.${forum.kind}`)}</p><h1>${forum.name}</h1>
    <p class="lead read">${forum.description}</p>
    <dl class="facts wide">${facts.map(([key, value]) => html`<dt>${t(key)}</dt><dd>${value}</dd>`)}
      <dt>${t('forum.contact')}</dt><dd>${help({ phone: forum.contact_phone, email: forum.contact_email })}</dd></dl>
    <h2>${t('forum.now')}</h2>
    ${now.length > 0 ? html`<ul class="cards">${now.map((round) => roundCard(round, false))}</ul>` : emptyState(t('forum.nothing_now'), t('forum.nothing_now_text'))}
    <h2>${t('forum.past')}</h2>
    ${past.length > 0 ? html`<div class="sheet"><table class="tight"><thead><tr><th scope="col">${t('col.round')}</th><th scope="col">${t('col.state')}</th>
      <th scope="col" class="num">${t('col.money')}</th></tr></thead><tbody>${past.map((round) => html`<tr>
        <th scope="row"><a href=${path('r', round.slug)}>${round.title}</a></th><td>${t(`phase.${round.phase}`)}</td><td class="num">${money(round.budget, round.currency)}</td></tr>`)}</tbody></table></div>`
      : html`<p>${t('forum.first')}</p>`}`);
});
