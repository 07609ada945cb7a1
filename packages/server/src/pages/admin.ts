/** Administration at a glance: find somebody, who is at risk, invite another one; and becoming one. */
import { html } from 'hono/html'
import type { AccountSummary } from '@halfminute/engine'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, backToAccount, hour, textField } from './parts.ts'
import type { FormProblem } from './parts.ts'

export function adminPage(
  frame: Frame,
  state: { atRisk: readonly AccountSummary[]; moreAtRisk: boolean },
): Html {
  const { atRisk, moreAtRisk } = state
  return layout(frame, {
    title: 'Administration',
    body: html`<h1>Administration</h1>
      ${searchCard('')}
      <section class="card" aria-labelledby="at-risk">
        <h2 id="at-risk">One lost phone from being locked out</h2>
        ${
          atRisk.length === 0
            ? html`<p class="soft">Nobody at the moment.</p>`
            : html`<p class="soft">
                  One factor that works, and no recovery code. Ask them to make new codes or to add
                  another factor.
                </p>
                ${accountItems(atRisk)}`
        }
        ${moreAtRisk ? html`<p class="below">There are more than these.</p>` : ''}
      </section>
      <section class="card" aria-labelledby="invite">
        <div class="row apart">
          <div class="main">
            <h2 id="invite">Another administrator</h2>
            <div class="soft">Whoever you give the invitation to can claim it, once.</div>
          </div>
          <form method="post" action="/admin/invitations" data-once>
            <button class="quiet">Invite<span class="unseen"> another administrator</span></button>
          </form>
        </div>
      </section>`,
  })
}

function searchCard(login: string): Html {
  return html`<section class="card" aria-labelledby="find">
    <h2 id="find">Find somebody</h2>
    <form method="post" action="/admin/accounts">
      ${textField({
        name: 'login',
        label: 'Login',
        value: login,
        maxLength: 300,
        autocomplete: 'off',
        problem: undefined,
        hint: 'All of it, its beginning, or the id of the account.',
      })}
      <button class="wide">Find</button>
    </form>
    <p class="below"><a href="/admin/accounts">All accounts</a></p>
  </section>`
}

export function accountsPage(
  frame: Frame,
  state: {
    accounts: readonly AccountSummary[]
    /** What was looked for; undefined: all, page by page. */
    login: string | undefined
    next: string | undefined
  },
): Html {
  const { accounts, login, next } = state
  return layout(frame, {
    title: login === undefined ? 'All accounts' : 'Accounts found',
    body: html`<h1>${login === undefined ? 'All accounts' : 'Accounts found'}</h1>
      ${login === undefined ? '' : searchCard(login)}
      <section class="card" aria-labelledby="accounts">
        <h2 id="accounts">Accounts</h2>
        ${
          accounts.length === 0
            ? html`<p class="soft">There is no such account.</p>`
            : accountItems(accounts)
        }
        ${
          next === undefined
            ? ''
            : html`<p class="below">
                <a href="/admin/accounts?after=${encodeURIComponent(next)}">Next page</a>
              </p>`
        }
      </section>
      ${backToAdministration()}`,
  })
}

function accountItems(accounts: readonly AccountSummary[]): Html {
  return html`<ul class="items">
    ${accounts.map(
      (one) =>
        html`<li class="row apart">
          <div class="main">
            <strong>${accountName(one)}</strong> ${accountTags(one)}
            <div class="small soft">
              ${counted(one.authenticators, 'factor')} ·
              ${counted(one.recoveryCodesLeft, 'recovery code')}
            </div>
          </div>
          <a class="button quiet" href="/admin/accounts/${encodeURIComponent(one.id)}"
            >Show<span class="unseen"> ${accountName(one)}</span></a
          >
        </li>`,
    )}
  </ul>`
}

/** Accounts of apps have no login. */
export function accountName({ login, id }: AccountSummary): string {
  return login ?? id
}

export function accountTags(one: AccountSummary): (Html | string)[] {
  return [
    one.adminSince === null ? '' : html`<span class="tag">administrator</span> `,
    one.atRisk ? html`<span class="tag warn">at risk</span> ` : '',
    one.enrolUntil === null ? '' : html`<span class="tag warn">to be enrolled</span> `,
    one.passwordSuspectSince === null ? '' : html`<span class="tag warn">password known</span> `,
  ]
}

export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

export function invitationPage(
  frame: Frame,
  { invitation, expiresAt }: { invitation: string; expiresAt: number },
): Html {
  return layout(frame, {
    title: 'An invitation',
    narrow: true,
    body: html`<section class="card">
        <h1>Give this to one person</h1>
        <p>
          It makes an administrator of whoever claims it first, until ${hour(expiresAt)}.
          <strong>It is shown only now</strong>, and an earlier one of yours is void.
        </p>
        <p class="secret" id="invitation" data-text="${invitation}">${invitation}</p>
        <div class="row">
          <button type="button" class="quiet script-only" data-copy="invitation">Copy</button>
        </div>
        <p class="soft">
          They sign in with a second factor, open <code>/admin/claim</code> at this address, and
          give it there.
        </p>
      </section>
      ${backToAdministration()}`,
  })
}

export function claimPage(frame: Frame, state: { problem?: FormProblem | undefined }): Html {
  const { problem } = state
  return layout(frame, {
    title: 'Become an administrator',
    narrow: true,
    body: html`<section class="card">
        <h1>Become an administrator</h1>
        <p class="soft">
          With an invitation from another administrator, or from whoever runs this service.
        </p>
        ${alert(problem)}
        <form method="post" action="/admin/claim" data-once>
          ${textField({
            name: 'invitation',
            label: 'Invitation',
            value: '',
            maxLength: 400,
            autocomplete: 'off',
            problem,
            focus: true,
          })}
          <button class="wide">Claim it</button>
        </form>
      </section>
      ${backToAccount()}`,
  })
}

export function backToAdministration(): Html {
  return html`<p class="below"><a href="/admin">Back to administration</a></p>`
}
