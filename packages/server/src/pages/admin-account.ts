/** Somebody's account as an administrator sees it, and the question before it is reset. */
import { html } from 'hono/html'
import type { AccountDetails } from '@halfminute/engine'
import { accountName, accountTags, backToAdministration, counted } from './admin.ts'
import { deviceWords, eventWords } from './activity.ts'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { moment } from './parts.ts'

interface State {
  readonly details: AccountDetails
  /** It is the administrator's own. */
  readonly own: boolean
}

const EVENTS_SHOWN = 30

export function adminAccountPage(frame: Frame, state: State): Html {
  const { details, own } = state
  const { account } = details
  return layout(frame, {
    title: `Account ${accountName(account)}`,
    body: html`<h1>${accountName(account)}</h1>
      <p class="soft">Made ${moment(account.createdAt)} ${accountTags(account)}</p>
      ${
        own
          ? html`<div class="note">
              <p>This is your own account. Change it on <a href="/account">its own page</a>.</p>
            </div>`
          : ''
      }
      ${factorsCard(state)} ${sessionsCard(state)} ${eventsCard(details)} ${backToAdministration()}`,
  })
}

const actionOf = ({ account }: AccountDetails) =>
  `/admin/accounts/${encodeURIComponent(account.id)}`

function factorsCard({ details, own }: State): Html {
  const { account, authenticators, resetIsOver } = details
  return html`<section class="card" aria-labelledby="factors">
    <div class="row apart">
      <div class="main">
        <h2 id="factors">Second factor</h2>
        <div class="soft">${counted(account.recoveryCodesLeft, 'recovery code')} left</div>
      </div>
      ${
        own || (account.authenticators === 0 && !resetIsOver)
          ? ''
          : html`<a class="button quiet" href="${actionOf(details)}/reset-second-factor">Reset</a>`
      }
    </div>
    ${
      account.enrolUntil === null
        ? ''
        : html`<div class="note warn">
            <p>
              ${
                resetIsOver
                  ? 'It was reset, and nobody enrolled in time. The password alone signs nobody in any more, until it is reset again.'
                  : html`It was reset. The password alone signs in to enrol anew, until
                    ${moment(account.enrolUntil)}.`
              }
            </p>
          </div>`
    }
    ${authenticators.length === 0 ? html`<p class="soft">There is none.</p>` : ''}
    <ul class="items">
      ${authenticators.map((one) => factorItem(details, one, own))}
    </ul>
  </section>`
}

function factorItem(
  details: AccountDetails,
  one: AccountDetails['authenticators'][number],
  own: boolean,
): Html {
  const { id, kind, name, state, createdAt, lastUsedAt } = one
  // Removing the last one is a reset, which has its own page.
  const removable = !own && (state === 'pending' || details.account.authenticators > 1)
  return html`<li class="row apart">
    <div class="main">
      <strong>${name}</strong>
      ${kind === 'passkey' ? html`<span class="tag">passkey</span>` : ''}
      ${state === 'pending' ? html`<span class="tag warn">not confirmed yet</span>` : ''}
      ${state === 'disabled' ? html`<span class="tag warn">switched off</span>` : ''}
      <div class="small soft">
        ${lastUsedAt === null ? html`Added ${moment(createdAt)}` : html`Last used ${moment(lastUsedAt)}`}
      </div>
    </div>
    ${
      removable
        ? html`<form
            method="post"
            action="${actionOf(details)}/authenticators/${id}/remove"
            data-once
          >
            <button class="quiet">Remove<span class="unseen"> ${name}</span></button>
          </form>`
        : ''
    }
  </li>`
}

function sessionsCard({ details, own }: State): Html {
  const { sessions } = details
  return html`<section class="card" aria-labelledby="sessions">
    <div class="row apart">
      <div class="main"><h2 id="sessions">Sessions</h2></div>
      ${
        own || sessions.length === 0
          ? ''
          : html`<form method="post" action="${actionOf(details)}/sessions/end" data-once>
              <button class="quiet">End all<span class="unseen"> sessions</span></button>
            </form>`
      }
    </div>
    ${sessions.length === 0 ? html`<p class="soft">There is none.</p>` : ''}
    <ul class="items">
      ${sessions.map((one) => {
        const device = deviceWords(one.userAgent)
        return html`<li class="row apart">
          <div class="main">
            <strong>${device}</strong>
            <div class="small soft">
              ${one.source ?? 'Unknown address'} · since ${moment(one.createdAt)}
            </div>
          </div>
          ${
            own
              ? ''
              : html`<form
                  method="post"
                  action="${actionOf(details)}/sessions/${one.id}/end"
                  data-once
                >
                  <button class="quiet">
                    End<span class="unseen"> the session of ${device}</span>
                  </button>
                </form>`
          }
        </li>`
      })}
    </ul>
  </section>`
}

function eventsCard({ events, authenticators }: AccountDetails): Html {
  const names = new Map(authenticators.map(({ id, name }) => [id, name]))
  return html`<section class="card" aria-labelledby="events">
    <h2 id="events">Activity</h2>
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

export function resetPage(frame: Frame, details: AccountDetails): Html {
  const { account, sessions } = details
  const name = accountName(account)
  return layout(frame, {
    title: 'Reset a second factor',
    narrow: true,
    body: html`<section class="card">
        <h1>Reset the second factor of ${name}?</h1>
        <ul>
          <li>
            Every factor (${account.authenticators}) and recovery code
            (${account.recoveryCodesLeft}) stops working at once, and every session
            (${sessions.length}) ends.
          </li>
          <li>
            For a time, a day unless it is set otherwise, the password alone signs in, to enrol
            anew. Whoever has it and comes first has the account.
          </li>
          ${
            account.adminSince === null
              ? ''
              : html`<li class="wrap">
                  ${name} is no administrator any more, and has to be invited again.
                </li>`
          }
        </ul>
        ${
          account.passwordSuspectSince === null
            ? ''
            : html`<div class="note warn">
                <p>
                  Since ${moment(account.passwordSuspectSince)} somebody else seems to know the
                  password.
                </p>
              </div>`
        }
        <p class="wrap">
          Be sure that it is ${name} who asks: call back on a number that you know, or meet.
        </p>
        <form method="post" action="${actionOf(details)}/reset-second-factor" data-once>
          <button class="wide danger">Reset it</button>
        </form>
      </section>
      <p class="below"><a href="${actionOf(details)}">Back, and change nothing</a></p>`,
  })
}
