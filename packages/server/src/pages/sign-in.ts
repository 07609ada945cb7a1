/** Register, sign in, code, and "is it still you": the pages on the way in. */
import { html } from 'hono/html'
import type { Method, SignInMethod } from '@halfminute/engine'
import { PASSKEY_SCRIPTS } from './assets.ts'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import {
  alert,
  backToAccount,
  codeField,
  passwordField,
  recoveryCodeField,
  textField,
  usernameForManagers,
} from './parts.ts'
import type { FormProblem } from './parts.ts'
import { passkeyForm } from './passkeys.ts'
import { waysToSend } from './sent-codes.ts'
import { otherWays } from './sign-in-methods.ts'
import type { PageMethod } from './sign-in-methods.ts'
import { trustField } from './trusted-browsers.ts'

export interface FormState {
  readonly problem?: FormProblem | undefined
  readonly login?: string | undefined
}

export function registerPage(frame: Frame, state: FormState, leastPasswordLength: number): Html {
  const { problem, login } = state
  return layout(frame, {
    title: 'Create an account',
    narrow: true,
    body: html`<section class="card">
        <h1>Create an account</h1>
        <p class="soft">After this you connect an authenticator app on your phone.</p>
        ${alert(problem)}
        <form method="post" action="/register" data-once>
          ${loginField({ problem, login, hint: 'Your e-mail address, or a name you choose.' })}
          ${passwordField({
            label: 'Password',
            autocomplete: 'new-password',
            problem,
            hint: passwordHint(leastPasswordLength),
          })}
          <button class="wide">Create account</button>
        </form>
      </section>
      <p class="below">Have an account? <a href="/login">Sign in</a></p>`,
  })
}

export function passwordHint(leastLength: number): string {
  return `At least ${leastLength} characters. A few words you can remember do well.`
}

export function signInPage(frame: Frame, state: FormState): Html {
  const { problem, login } = state
  return layout(frame, {
    title: 'Sign in',
    narrow: true,
    body: html`<section class="card">
        <h1>Sign in</h1>
        ${alert(problem)}
        <form method="post" action="/login" data-once>
          ${loginField({ problem, login })}
          ${passwordField({ label: 'Password', autocomplete: 'current-password', problem })}
          <button class="wide">Continue</button>
        </form>
      </section>
      <p class="below"><a href="/password/forgot">Forgot your password?</a></p>
      <p>New here? <a href="/register">Create an account</a></p>`,
  })
}

function loginField({ problem, login, ...rest }: FormState & { hint?: string }): Html {
  return textField({
    name: 'login',
    label: 'Login',
    value: login ?? '',
    maxLength: 300,
    autocomplete: 'username',
    problem,
    focus: true,
    ...rest,
  })
}

export function codePage(
  frame: Frame,
  state: {
    problem?: FormProblem | undefined
    method: Method
    /** All that the account has. */
    methods: readonly SignInMethod[]
    /** For how many days the browser may be trusted; 0: it may not. */
    trustDays: number
    trust?: boolean
  },
): Html {
  const { problem, method, methods, trustDays, trust = false } = state
  const recovery = method === 'recovery'
  return layout(frame, {
    title: recovery ? 'Use a recovery code' : 'Enter the code',
    narrow: true,
    body: html`<section class="card">
        <h1>${recovery ? 'Use a recovery code' : 'Enter the code'}</h1>
        <p class="soft">
          ${
            recovery
              ? 'One of the ten codes you kept when you set up your authenticator. Each works once.'
              : 'Open your authenticator app and type the code it shows for this account.'
          }
        </p>
        ${alert(problem)}
        <form method="post" action="/login/code" data-once>
          <input type="hidden" name="method" value="${method}" />
          ${recovery ? recoveryCodeField({ problem }) : codeField({ problem })}
          ${recovery ? '' : trustField(trustDays, trust)}
          <button class="wide">Sign in</button>
        </form>
      </section>
      ${otherWays('/login/code?', methods, method)} ${waysToSend(methods)}
      <p>Not you? <a href="/login">Start over</a></p>`,
  })
}

export function reauthenticationPage(
  frame: Frame,
  state: {
    problem?: FormProblem | undefined
    next: string
    /** How the second factor is shown; undefined where the account has none. */
    method: PageMethod | undefined
    /** All that it has. */
    methods: readonly SignInMethod[]
  },
): Html {
  const { problem, next, method, methods } = state
  const fields = html`<input type="hidden" name="next" value="${next}" />
    ${usernameForManagers(frame.login)}
    ${passwordField({
      label: 'Password',
      autocomplete: 'current-password',
      problem,
      focus: true,
    })}
    ${method === undefined ? '' : html`<input type="hidden" name="method" value="${method}" />`}`
  return layout(frame, {
    title: 'Is it still you?',
    narrow: true,
    scripts: method === 'passkey' ? PASSKEY_SCRIPTS : [],
    body: html`<section class="card">
        <h1>Is it still you?</h1>
        <p class="soft">
          Something important is about to change. Confirm once more; it holds for five minutes.
        </p>
        ${alert(problem)}
        ${
          method === 'passkey'
            ? passkeyForm({
                action: '/reauthenticate',
                ask: 'get',
                options: '/api/reauthenticate/passkey/options',
                button: 'Confirm with a passkey',
                fields,
              })
            : html`<form method="post" action="/reauthenticate" data-once>
                ${fields} ${method === 'totp' ? codeField({ problem, focus: false }) : ''}
                ${method === 'recovery' ? recoveryCodeField({ problem, focus: false }) : ''}
                <button class="wide">Confirm</button>
              </form>`
        }
      </section>
      ${
        method === undefined
          ? ''
          : otherWays(`/reauthenticate?next=${encodeURIComponent(next)}&`, methods, method)
      }
      <p><a href="/account">Back to your account</a></p>`,
  })
}

export function passwordPage(
  frame: Frame,
  /** `required`: somebody else seems to know the present one. */
  state: { problem?: FormProblem | undefined; required: boolean },
  leastPasswordLength: number,
): Html {
  const { problem, required } = state
  return layout(frame, {
    title: 'Change your password',
    narrow: true,
    body: html`<section class="card">
        <h1>Change your password</h1>
        ${
          required
            ? html`<div class="note warn">
                <p>
                  Somebody gave your password and then wrong codes, and was stopped. If that was not
                  you, they know it: choose another one before you go on.
                </p>
              </div>`
            : ''
        }
        <p class="soft">Every other session ends. This one stays.</p>
        ${alert(problem)}
        <form method="post" action="/account/password" data-once>
          ${usernameForManagers(frame.login)}
          ${passwordField({
            name: 'newPassword',
            label: 'New password',
            autocomplete: 'new-password',
            problem,
            focus: true,
            hint: passwordHint(leastPasswordLength),
          })}
          <button class="wide">Change password</button>
        </form>
      </section>
      ${required ? '' : backToAccount()}`,
  })
}
