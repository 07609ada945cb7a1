/** A forgotten password: asking for a link, and setting a new one. */
import { html } from 'hono/html'
import { layout } from './layout.ts'
import type { Frame, Html } from './layout.ts'
import { alert, passwordField, textField, usernameForManagers } from './parts.ts'
import type { FormProblem } from './parts.ts'
import { passwordHint } from './sign-in.ts'

const BACK = html`<p class="below"><a href="/login">Back to signing in</a></p>`

export function forgottenPage(frame: Frame): Html {
  return layout(frame, {
    title: 'Forgot your password?',
    narrow: true,
    body: html`<section class="card">
        <h1>Forgot your password?</h1>
        <p class="soft">
          We send a link to the address of your account. It works once, for an hour. Signing in
          still asks for your second factor.
        </p>
        <form method="post" action="/password/forgot" data-once>
          ${textField({
            name: 'login',
            label: 'Login',
            value: '',
            maxLength: 300,
            autocomplete: 'username',
            problem: undefined,
            focus: true,
          })}
          <button class="wide">Send the link</button>
        </form>
      </section>
      ${BACK}`,
  })
}

export function noMailPage(frame: Frame): Html {
  return layout(frame, {
    title: 'Forgot your password?',
    narrow: true,
    body: html`<section class="card">
        <h1>Forgot your password?</h1>
        <p>
          This server sends no mail, so it cannot send you a link for a new one. Ask the people who
          run ${frame.issuer}.
        </p>
      </section>
      ${BACK}`,
  })
}

export function resetPage(
  frame: Frame,
  /** `waiting`: the code from the mail is known already. */
  state: { problem?: FormProblem | undefined; waiting: boolean },
  leastPasswordLength: number,
): Html {
  const { problem, waiting } = state
  return layout(frame, {
    title: 'Set a new password',
    narrow: true,
    body: html`<section class="card">
        <h1>Set a new password</h1>
        <p class="soft">
          Every session of your account ends. Then you sign in with the new password.
        </p>
        ${alert(problem)}
        <form method="post" action="/password/reset" data-once>
          ${usernameForManagers('')}
          ${
            waiting
              ? ''
              : html`<div data-from-link>
                  ${textField({
                    name: 'token',
                    label: 'Code from the mail',
                    value: '',
                    maxLength: 300,
                    autocomplete: 'off',
                    problem,
                    focus: true,
                    hint: 'It stands in the mail below the link.',
                  })}
                </div>`
          }
          ${passwordField({
            name: 'newPassword',
            label: 'New password',
            autocomplete: 'new-password',
            problem,
            focus: waiting,
            hint: passwordHint(leastPasswordLength),
          })}
          <button class="wide">Set password</button>
        </form>
      </section>
      <p class="below">
        No mail, or too late? <a href="/password/forgot">Ask for another link</a>
      </p>`,
  })
}
