/**
 * The pieces that forms are made of. Promises: every field has its label; what went wrong is read out
 * at once, points at the field that it is about, and puts the cursor there.
 */
import { html, raw } from 'hono/html'
import type { Html } from './layout.ts'

/** Why a form came back. */
export interface FormProblem {
  readonly text: string
  /** Names of the fields that it is about, the one to mend first in front. */
  readonly fields: readonly string[]
}

type MaybeProblem = FormProblem | undefined

/** Why it did not work, read out at once by a screen reader. */
export function alert(problem: MaybeProblem): Html | string {
  return problem === undefined
    ? ''
    : html`<div class="note bad" role="alert" id="problem"><p>${problem.text}</p></div>`
}

/** The state of one field. `focus`: whether the cursor starts here when nothing is wrong. */
function fieldState(
  name: string,
  options: { problem: MaybeProblem; focus?: boolean | undefined; hint?: boolean },
): Html {
  const { problem, focus = false, hint = false } = options
  const wrong = problem?.fields.includes(name) ?? false
  const first =
    problem === undefined || problem.fields.length === 0 ? focus : problem.fields[0] === name
  const describedBy = [wrong && 'problem', hint && `${name}-hint`].filter(Boolean).join(' ')
  return raw(
    [
      first && 'autofocus',
      wrong && 'aria-invalid="true"',
      describedBy !== '' && `aria-describedby="${describedBy}"`,
    ]
      .filter(Boolean)
      .join(' '),
  )
}

/** The one field for codes: filled in by phones, and spaces from a copied code do no harm. */
export function codeField(options: {
  problem: MaybeProblem
  name?: string
  focus?: boolean
  label?: string
}): Html {
  const { problem, name = 'code', focus = true, label = 'Code' } = options
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      class="code"
      id="${name}"
      name="${name}"
      type="text"
      inputmode="numeric"
      autocomplete="${name === 'code' ? 'one-time-code' : 'off'}"
      autocapitalize="off"
      spellcheck="false"
      maxlength="24"
      required
      ${fieldState(name, { problem, focus })}
    />
  </div>`
}

export function recoveryCodeField(options: { problem: MaybeProblem; focus?: boolean }): Html {
  const { problem, focus = true } = options
  return html`<div class="field">
    <label for="code">Recovery code</label>
    <input
      class="code long"
      id="code"
      name="code"
      type="text"
      autocomplete="off"
      autocapitalize="characters"
      spellcheck="false"
      maxlength="40"
      required
      ${fieldState('code', { problem, focus, hint: true })}
    />
    <p class="hint" id="code-hint">Capitals, spaces and hyphens do not matter.</p>
  </div>`
}

export function textField(options: {
  name: string
  label: string
  value: string
  maxLength: number
  autocomplete: 'username' | 'email' | 'tel' | 'off'
  problem: MaybeProblem
  focus?: boolean
  hint?: string
}): Html {
  const { name, label, value, maxLength, autocomplete, problem, focus, hint } = options
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="text"
      value="${value}"
      autocomplete="${autocomplete}"
      ${autocomplete === 'off' ? '' : raw('autocapitalize="none" spellcheck="false"')}
      maxlength="${maxLength}"
      required
      ${fieldState(name, { problem, focus, hint: hint !== undefined })}
    />
    ${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`
}

/** Called `password` in every form, so that a problem finds it. */
export function passwordField(options: {
  name?: string
  label: string
  autocomplete: 'current-password' | 'new-password'
  problem: MaybeProblem
  focus?: boolean
  hint?: string
}): Html {
  const { name = 'password', label, autocomplete, problem, focus, hint } = options
  return html`<div class="field">
    <label for="password">${label}</label>
    <div class="reveal">
      <input
        id="password"
        name="${name}"
        type="password"
        autocomplete="${autocomplete}"
        autocapitalize="none"
        spellcheck="false"
        required
        ${fieldState('password', { problem, focus, hint: hint !== undefined })}
      />
      <button type="button" class="link script-only" data-reveal="password">
        Show<span class="unseen"> the password</span>
      </button>
    </div>
    ${hint === undefined ? '' : html`<p class="hint" id="password-hint">${hint}</p>`}
  </div>`
}

/** Unseen, for password managers: whose password this form is about. */
export function usernameForManagers(login: string | undefined): Html {
  return html`<input type="text" name="username" value="${login}" autocomplete="username" hidden />`
}

/** A moment for people, in UTC, with the exact one for machines; the script tells it in local time. */
export function moment(seconds: number): Html {
  const date = new Date(seconds * 1000)
  const words = date.toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return html`<time datetime="${date.toISOString()}">${words} UTC</time>`
}

/** The day alone, as it stands on paper: in UTC. */
export function dayWords(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString('en-GB', {
    dateStyle: 'long',
    timeZone: 'UTC',
  })
}

/** About so long, as people say it. */
export function minutesWords(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  return minutes <= 1 ? 'a minute' : `${minutes} minutes`
}

/** The hour alone, for what is over within minutes. */
export function hour(seconds: number): Html {
  const date = new Date(seconds * 1000)
  const words = date.toLocaleString('en-GB', { timeStyle: 'short', timeZone: 'UTC' })
  return html`<time datetime="${date.toISOString()}" data-hour>${words} UTC</time>`
}

export function backToAccount(): Html {
  return html`<p class="below"><a href="/account">Back to your account</a></p>`
}
