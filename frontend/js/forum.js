// One forum: what it is, where it is, what goes on in it, what was decided before, who is in charge, whom to ask.
import { api, emptyState, everything, html, money, nothing, page, params, path, setHelp, setTitle, show, t, tag } from './lib.js';
import { help } from './ballot/frame.js';
import { follow as followByEmail } from './deliberation/follow.js';
import { fill } from './deliberation/own.js';
import { boundaryMap } from './public/map.js';
import { roundCard, roundTimeline } from './public/rounds.js';

const PAST = ['published', 'delivery', 'closed', 'cancelled'];

page('forum', async () => {
  const slug = encodeURIComponent(params.forum);
  const [forum, rounds] = await Promise.all([api('GET', `/api/forums/${slug}`), everything(`/api/rounds?forum=${slug}`)]);
  setTitle(forum.name);
  setHelp({ phone: forum.contact_phone, email: forum.contact_email });
  const past = rounds.filter((round) => PAST.includes(round.phase));
  const now = rounds.filter((round) => !PAST.includes(round.phase));
  show(html`<p class="over-title"><a href=${path()}>${t('forum.all')}</a></p>
    <p class="quiet">${t(`kind.${forum.kind}`)}</p><h1>${forum.name}</h1>
    <p class="lead read">${forum.description}</p>
    <div class="aside"><div>
      <h2>${t('forum.now')}</h2>
      ${now.length > 0 ? html`<ul class="cards">${now.map((round) => roundCard(round, false))}</ul>` : emptyState(t('forum.nothing_now'), t('forum.nothing_now_text'))}
      ${now.length === 0 ? nothing : html`<section class="sheet" aria-labelledby="dates-title"><h2 id="dates-title">${t('forum.dates', { round: now[0].title })}</h2>${roundTimeline(now[0])}</section>`}
      <h2>${t('forum.past')}</h2>${past.length > 0 ? earlier(past) : html`<p>${t('forum.first')}</p>`}
      ${follow(forum)}</div>
    ${about(forum)}</div>`);
  fill('follow', (place) => followByEmail(place, { kind: 'forum', slug: forum.slug }));
});

/** @param {any[]} rounds */
const earlier = (rounds) => html`<div class="sheet"><table class="stack tight"><thead><tr><th scope="col">${t('col.round')}</th><th scope="col">${t('col.state')}</th>
  <th scope="col" class="num">${t('col.money')}</th><th scope="col">${t('forum.result')}</th></tr></thead><tbody>${rounds.map((round) => html`<tr>
    <th scope="row" class="all"><a href=${path('r', round.slug)}>${round.title}</a></th><td>${tag(round.phase, t(`phase.${round.phase}`))}</td>
    <td class="num">${round.budget ? money(round.budget, round.currency) : '–'}</td>
    <td class="all">${round.phase === 'cancelled' ? '–' : html`<a href=${path('r', round.slug, 'results')}>${t('forum.see_result')}<span class="vh">: ${round.title}</span></a>`}</td></tr>`)}</tbody></table></div>`;

/** Where it is, who lives there, who is in charge. @param {any} forum */
function about(forum) {
  const facts = [
    ['forum.population', forum.population ? t('people', { count: forum.population }) : ''],
    ['forum.wards', forum.wards.join(', ')],
    ['forum.area', forum.postcodes.join(', ')],
  ].filter(([, value]) => value);
  return html`<section class="sheet" aria-labelledby="about-title"><h2 id="about-title">${t('forum.about')}</h2>
    ${forum.boundary ? html`${boundaryMap(forum.boundary, t('forum.map', { forum: forum.name, area: forum.wards.join(', ') || forum.postcodes.join(', ') }))}` : nothing}
    <dl class="facts">${facts.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`)}
      ${forum.people.length === 0 ? nothing : html`<div><dt>${t('forum.people')}</dt>${forum.people.map((/** @type {any} */ one) => html`<dd>${one.name}, ${one.role}</dd>`)}</div>`}
      <div><dt>${t('forum.contact')}</dt><dd>${forum.contact_phone || forum.contact_email ? help({ phone: forum.contact_phone, email: forum.contact_email }) : t('forum.no_contact')}</dd></div></dl></section>`;
}

/** @param {any} forum */
const follow = (forum) => html`<h2>${t('forum.follow')}</h2><ul class="read">
  <li><a href=${`${path('plan')}?forum=${encodeURIComponent(forum.slug)}`}>${t('forum.plan')}</a></li>
  <li><a href="/api/forums/${encodeURIComponent(forum.slug)}/dates.ics">${t('forum.ics')}</a></li>
  <li><a href="/api/forums/${encodeURIComponent(forum.slug)}/news.atom">${t('forum.atom')}</a></li></ul><div id="follow"></div>`;
