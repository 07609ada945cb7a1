/** What the page routes share: reading forms, the frame, and where a refusal sends people. */
import type { Context } from 'hono'
import { EngineError } from '@halfminute/engine'
import type { Bearer, SessionView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem, problemHeaders, PROBLEMS, toProblem } from '../problems.ts'
import type { Frame, Html } from '../../pages/layout.ts'

export type Page = Context<AppEnv>

export function frameOf(c: Page, { issuer }: Face, session?: SessionView): Frame {
  return { nonce: c.get('nonce'), issuer, login: session?.account.login }
}

export function bearerOf(c: Page, { cookies }: Face): Bearer {
  return { token: cookies.session.read(c), client: c.get('client') }
}

/** The fields of a form; a file or a repeated field is no text and reads as ''. */
export async function readForm(c: Page): Promise<(name: string) => string> {
  const form = await c.req.parseBody({ all: true }).catch(() => {
    throw new Problem('REQUEST_INVALID')
  })
  return (name) => {
    const value = form[name]
    return typeof value === 'string' ? value : ''
  }
}

/** The page again, with what went wrong. */
export function refused(c: Page, error: unknown, page: (problem: string) => Html) {
  const problem = pageProblem(c, error)
  for (const [name, value] of Object.entries(problemHeaders(problem))) c.header(name, value)
  return c.html(page(problemWords(problem)), PROBLEMS[problem.code].status)
}

/** Errors that the form's own page can tell; others go where they belong. */
function pageProblem(c: Page, error: unknown): Problem {
  const known = error instanceof EngineError || error instanceof Problem
  if (!known || elsewhere(error.code)) throw error
  c.set('failure', { code: error.code })
  return toProblem(error)
}

function elsewhere(code: string): boolean {
  return ['SESSION_REQUIRED', 'ENROLMENT_REQUIRED', 'REAUTHENTICATION_REQUIRED'].includes(code)
}

/** A way on where one page's refusal is another page's business. */
export function detour(c: Page, error: unknown): Response | undefined {
  if (!(error instanceof EngineError)) return undefined
  switch (error.code) {
    case 'SESSION_REQUIRED':
      return c.redirect('/login', 303)
    case 'ENROLMENT_REQUIRED':
      return c.redirect('/account/authenticators/new', 303)
    case 'REAUTHENTICATION_REQUIRED':
      return c.redirect(`/reauthenticate?next=${encodeURIComponent(wayBack(c))}`, 303)
    default:
      return undefined
  }
}

/** After proving who they are people come back to the page with the button, never to a POST. */
function wayBack(c: Page): string {
  if (c.req.method === 'GET') return c.req.path
  return /^\/account\/(password|authenticators\/(new|\w+))/.exec(c.req.path)?.[0] ?? '/account'
}

/** Only pages of the account, so that a link cannot send people away from this site. */
export function safeNext(next: string): string {
  return /^\/account(\/[\w-]+)*$/.test(next) ? next : '/account'
}

function problemWords({ code, extras }: Problem): string {
  const { text } = PROBLEMS[code]
  const seconds = extras.retryAfterSeconds
  if (code !== 'TOO_MANY_ATTEMPTS' || seconds === undefined) return text
  return `Too many attempts. Try again in ${waitWords(seconds)}, or use a recovery code.`
}

function waitWords(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`
  if (seconds < 5_400) return `${Math.ceil(seconds / 60)} minutes`
  return `${Math.ceil(seconds / 3_600)} hours`
}
