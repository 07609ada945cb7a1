/** Trusted browsers: the card on the account page, and the choice beside the code. */
import { html, raw } from 'hono/html'
import type { TrustedBrowser } from '@halfminute/engine'
import { deviceWords } from './activity.ts'
import type { Html } from './layout.ts'
import { moment } from './parts.ts'

export type ListedBrowser = TrustedBrowser & { readonly current: boolean }

export function trustedBrowsersCard(browsers: readonly ListedBrowser[]): Html | string {
  if (browsers.length === 0) return ''
  return html`<section class="card" aria-labelledby="trusted">
    <h2 id="trusted">Trusted browsers</h2>
    <div class="soft">
      They are asked for no code. Forgetting one signs it out, unless a code was given there.
    </div>
    <ul class="items">
      ${browsers.map(browserItem)}
    </ul>
  </section>`
}

function browserItem(one: ListedBrowser): Html {
  const device = deviceWords(one.userAgent)
  return html`<li class="row apart">
    <div class="main">
      <strong>${device}</strong>
      ${one.current ? html`<span class="tag">this one</span>` : ''}
      <div class="small soft">
        ${one.source ?? 'Unknown address'} · last used ${moment(one.lastUsedAt)} · until
        ${moment(one.expiresAt)}
      </div>
    </div>
    <form method="post" action="/account/trusted-browsers/${one.id}/forget" data-once>
      <button class="quiet">Forget<span class="unseen"> ${device}</span></button>
    </form>
  </li>`
}

/** Never chosen beforehand: it is the person who knows whose device this is. */
export function trustField(days: number, chosen: boolean): Html | string {
  if (days === 0) return ''
  const span = days === 1 ? 'a day' : `${days} days`
  return html`<div class="field">
    <label class="choice">
      <input
        type="checkbox"
        name="trust"
        value="yes"
        aria-describedby="trust-hint"
        ${chosen ? raw('checked') : ''}
      />
      Do not ask for a code in this browser for ${span}
    </label>
    <p class="hint" id="trust-hint">Only where nobody else uses it.</p>
  </div>`
}
