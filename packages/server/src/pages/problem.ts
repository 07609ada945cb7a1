/** A failure as a page: what happened, and the way on. */
import { html } from 'hono/html'
import { PROBLEMS } from '../http/problems.ts'
import type { Problem } from '../http/problems.ts'
import { layout } from './layout.ts'
import type { Html } from './layout.ts'

export function problemPage(nonce: string, issuer: string, problem: Problem): Html {
  const { status, text } = PROBLEMS[problem.code]
  const heading = status === 404 ? 'Not here' : 'That did not work'
  return layout(
    { nonce, issuer },
    {
      title: heading,
      narrow: true,
      body: html`<section class="card">
        <h1>${heading}</h1>
        <p>${text}</p>
        <div class="row">
          ${
            ['AUTHENTICATOR_UNKNOWN', 'ADMIN_LAST_FACTOR'].includes(problem.code)
              ? html`<a class="button" href="/account/authenticators/new">Set up a new one</a>`
              : ''
          }
          <a class="button quiet" href="/">Back to the start</a>
        </div>
      </section>`,
    },
  )
}
