/** The account at a glance: authenticators, recovery codes, password, sessions, what happened. */
import { html } from 'hono/html'
import { FEW_RECOVERY_CODES } from '@halfminute/engine'
import type { AuthenticatorView, ContactView, Event, Session } from '@halfminute/engine'
import { deviceWords, eventWords } from './activity.ts'
import { contactsCard } from './contacts.ts'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { moment } from './parts.ts'
import { trustedBrowsersCard } from './trusted-browsers.ts'
import type { ListedBrowser } from './trusted-browsers.ts'

export interface AccountState {
  readonly authenticators: readonly AuthenticatorView[]
  readonly recoveryCodesLeft: number
  readonly contacts: readonly ContactView[]
  readonly trustedBrowsers: readonly ListedBrowser[]
  readonly sessions: readonly (Session & { readonly current: boolean })[]
  readonly events: readonly Event[]
}

const EVENTS_SHOWN = 12

export function accountPage(frame: Frame, state: AccountState): Html {
  return layout(frame, {
    title: 'Your account',
    body: html`<h1>Your account</h1>
      ${authenticatorsCard(state.authenticators)} ${recoveryCard(state)}
      <section class="card" aria-labelledby="password">
        <div class="row apart">
          <div class="main">
            <h2 id="password">Password</h2>
            <div class="soft">The first thing you are asked when you sign in.</div>
          </div>
          <a class="button quiet" href="/account/password"
            >Change<span class="unseen"> your password</span></a
          >
        </div>
      </section>
      ${contactsCard(state.contacts)} ${trustedBrowsersCard(state.trustedBrowsers)}
      ${sessionsCard(state.sessions)} ${eventsCard(state)}`,
  })
}

function authenticatorsCard(authenticators: readonly AuthenticatorView[]): Html {
  return html`<section class="card" aria-labelledby="authenticators">
    <div class="row apart">
      <div class="main"><h2 id="authenticators">Authenticators</h2></div>
      <a class="button quiet" href="/account/authenticators/new"
        >Add<span class="unseen"> an authenticator</span></a
      >
    </div>
    ${adviceOn(authenticators)}
    ${
      authenticators.length === 0
        ? ''
        : html`<ul class="items">
            ${authenticators.map(authenticatorItem)}
          </ul>`
    }
  </section>`
}

/** Two that work: then a lost phone locks nobody out. */
function adviceOn(authenticators: readonly AuthenticatorView[]): Html | string {
  const confirmed = authenticators.filter(({ state }) => state !== 'pending')
  const working = confirmed.filter(({ state }) => state === 'active')
  if (confirmed.length === 0) {
    return html`<div class="note warn">
      <p>Only your password protects this account. Add an authenticator.</p>
    </div>`
  }
  if (working.length === 0) {
    return html`<div class="note warn">
      <p>None of these works any more. Add another one while you are signed in.</p>
    </div>`
  }
  return working.length === 1
    ? html`<p class="soft">Add a second one on another device, for the day this one is lost.</p>`
    : ''
}

function authenticatorItem(one: AuthenticatorView): Html {
  const pending = one.state === 'pending'
  return html`<li class="row apart">
    <div class="main">
      <strong>${one.name}</strong>
      ${one.kind === 'passkey' ? html`<span class="tag">passkey</span>` : ''}
      ${pending ? html`<span class="tag warn">not confirmed yet</span>` : ''}
      ${one.state === 'disabled' ? html`<span class="tag warn">switched off</span>` : ''}
      <div class="small soft">
        ${
          one.lastUsedAt === null
            ? html`Added ${moment(one.createdAt)}`
            : html`Last used ${moment(one.lastUsedAt)}`
        }
      </div>
    </div>
    <a class="button quiet" href="/account/authenticators/${one.id}"
      >${pending ? 'Finish' : 'Manage'}<span class="unseen"> ${one.name}</span></a
    >
  </li>`
}

function recoveryCard({ authenticators, recoveryCodesLeft }: AccountState): Html | string {
  if (!authenticators.some(({ state }) => state !== 'pending')) return ''
  const few = recoveryCodesLeft <= FEW_RECOVERY_CODES
  return html`<section class="card" aria-labelledby="recovery">
    <div class="row apart">
      <div class="main">
        <h2 id="recovery">
          Recovery codes <span class="tag ${few ? 'warn' : ''}">${recoveryCodesLeft} left</span>
        </h2>
        <div class="soft">
          ${few ? 'Make a new set before they run out.' : 'For the day your phone is gone.'}
        </div>
      </div>
      <a class="button ${few ? '' : 'quiet'}" href="/account/recovery-codes">Make a new set</a>
    </div>
  </section>`
}

function sessionsCard(sessions: AccountState['sessions']): Html {
  return html`<section class="card" aria-labelledby="sessions">
    <h2 id="sessions">Where you are signed in</h2>
    <ul class="items">
      ${sessions.map(sessionItem)}
    </ul>
  </section>`
}

function sessionItem(one: AccountState['sessions'][number]): Html {
  const device = deviceWords(one.userAgent)
  return html`<li class="row apart">
    <div class="main">
      <strong>${device}</strong>
      ${one.current ? html`<span class="tag">this one</span>` : ''}
      ${one.trustedBrowserId === null ? '' : html`<span class="tag warn">without a code</span>`}
      <div class="small soft">
        ${one.source ?? 'Unknown address'} · since ${moment(one.createdAt)}
      </div>
    </div>
    ${
      one.current
        ? ''
        : html`<form method="post" action="/account/sessions/${one.id}/end" data-once>
            <button class="quiet">End<span class="unseen"> the session of ${device}</span></button>
          </form>`
    }
  </li>`
}

function eventsCard({ events, authenticators }: AccountState): Html {
  const names = new Map(authenticators.map(({ id, name }) => [id, name]))
  return html`<section class="card" aria-labelledby="events">
    <h2 id="events">Recent activity</h2>
    <ul class="items events">
      ${events.slice(0, EVENTS_SHOWN).map(
        (event) =>
          html`<li>
            <span class="${event.result === 'refused' ? 'refused' : ''}"
              >${eventWords(event, names)}</span
            >
            <span class="small soft"
              >${event.source ?? 'Unknown address'} · ${moment(event.at)}</span
            >
          </li>`,
      )}
    </ul>
  </section>`
}
