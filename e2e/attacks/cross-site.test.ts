/** A page of another site acts in the name of the person who looks at it. */
import { PASSWORD } from '../support/person.ts'
import type { Sending } from '../support/person.ts'
import { attack } from './support/attack.ts'
import { newLogin, owner } from './support/people.ts'
import type { Owner } from './support/people.ts'

/** What a browser tells of a page that it was sent from. */
const PAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'another site': { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  'a neighbour under the same name': {
    origin: 'https://shop.example.com',
    'sec-fetch-site': 'same-site',
  },
  'a sandboxed frame': { origin: 'null', 'sec-fetch-site': 'cross-site' },
  'an old browser': { origin: 'https://evil.example' },
  'a browser that hides the origin': { 'sec-fetch-site': 'cross-site' },
}

const FORM = 'application/x-www-form-urlencoded'

/** Every change that a foreign page would like, in the owner's browser. */
function changes({ authenticatorId }: Owner): (readonly [string, string, Sending])[] {
  const form = (fields: Readonly<Record<string, string>>): Sending => ({ form: fields })
  const mallory = { login: newLogin(), password: PASSWORD }
  return [
    ['POST', '/login', form(mallory)],
    ['POST', '/register', form(mallory)],
    ['POST', '/account/password', form({ newPassword: `${PASSWORD}, Mallory’s` })],
    ['POST', '/account/recovery-codes', form({})],
    ['POST', '/account/authenticators/new', form({ name: 'Mallory’s' })],
    ['POST', `/account/authenticators/${authenticatorId}/remove`, form({})],
    ['POST', '/logout', form({})],
    ['POST', '/api/register', { json: mallory }],
    ['POST', '/api/password', { json: { newPassword: `${PASSWORD}, Mallory’s` } }],
    ['POST', '/api/authenticators', { json: { kind: 'totp', name: 'Mallory’s' } }],
    ['POST', '/api/recovery-codes', {}],
    ['DELETE', `/api/authenticators/${authenticatorId}`, {}],
    ['POST', '/api/logout', {}],
  ]
}

attack(
  'a page of another site posts forms and JSON with the owner’s cookies [R40]',
  { defence: 'a change comes from this very site' },
  async (target) => {
    const gains: string[] = []
    const person = await owner(target)
    for (const [page, headers] of Object.entries(PAGES)) {
      for (const [method, path, sending] of changes(person)) {
        const answer = await person.browser.send(method, path, { ...sending, headers })
        // Turned away at the door, whoever it is: not even "sign in first".
        if (answer.status !== 403) gains.push(`${path} from ${page}: ${answer.status}`)
      }
    }
    return gains
  },
)

/* No `Origin`, no `Sec-Fetch-Site`: an old browser, or a proxy that strips them. */
attack(
  'a form goes to the API, without an origin [R40]',
  { defence: 'a form has an origin' },
  async (target) => {
    const { browser } = await owner(target)
    const gains: string[] = []
    for (const type of ['text/plain', FORM, 'multipart/form-data; boundary=x']) {
      const headers = { 'content-type': type }
      const { status } = await browser.send('POST', '/api/recovery-codes', { headers, text: 'x=' })
      if (status < 400) gains.push(`new recovery codes by ${type}`)
    }
    return gains
  },
)

/* An `<img>` needs nobody's consent. */
attack(
  'a picture on another site has an address that changes something [R40]',
  { defence: 'nothing changes on GET' },
  async (target) => {
    const person = await owner(target)
    const { browser, authenticatorId } = person
    for (const [, path] of changes(person)) await browser.get(path)
    if (!(await browser.isSignedIn())) return 'the owner is signed out'
    const codes = (await browser.get('/api/recovery-codes')).json<{ remaining: number }>()
    const phones = await browser.get('/api/authenticators')
    const changed = codes.remaining !== 10 || !phones.text.includes(authenticatorId)
    return changed && 'codes or phones changed'
  },
)
