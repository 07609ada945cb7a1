/**
 * What is no code, sent as one. Each attack begins with the right code, so that a reading that is too kind
 * lets it in; one that is too strict answers 500, which is a gain as well.
 */
import { PASSWORD } from '../support/person.ts'
import type { Answer, HttpClient } from '../support/person.ts'
import { attack } from './support/attack.ts'
import { beginEnrolment, givePassword, newLogin, owner, wrongCode } from './support/people.ts'
import type { Owner } from './support/people.ts'
import type { Target } from './support/target.ts'

/** The doors that take a code: JSON text in, answer out. */
type Door = (code: string) => Promise<Answer>

function postText(browser: HttpClient, path: string, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return browser.send('POST', path, { text: body, headers })
}

/** Every address that takes a code. The waiting phone's shows other codes than the owner's. */
async function doors(
  target: Target,
  { login, browser }: Owner,
): Promise<{ readonly open: Readonly<Record<string, Door>>; readonly pendingCode: string }> {
  const stranger = target.browser()
  const answer = await givePassword(stranger, login)
  const { ticket } = answer.json<{ ticket: string }>()
  const pending = await beginEnrolment(target, browser)
  const at = (who: HttpClient, path: string, rest: object) => (code: string) =>
    postText(
      who,
      path,
      `${JSON.stringify({ ...rest, method: 'totp' }).slice(0, -1)},"code":${code}}`,
    )
  return {
    open: {
      'sign-in': at(stranger, '/api/login/code', { ticket }),
      're-authentication': at(browser, '/api/reauthenticate', { password: PASSWORD }),
      confirmation: at(browser, `/api/authenticators/${pending.id}/confirm`, {}),
    },
    pendingCode: pending.phone.code(),
  }
}

/** @param forms JSON texts made of the right code */
async function tryAll(
  target: Target,
  forms: (code: string) => Readonly<Record<string, string>>,
): Promise<string[]> {
  const person = await owner(target)
  const { open, pendingCode } = await doors(target, person)
  const gains: string[] = []
  for (const [door, send] of Object.entries(open)) {
    const code = door === 'confirmation' ? pendingCode : person.phone.code(1)
    for (const [what, json] of Object.entries(forms(code))) {
      const answer = await send(json)
      // 400 and nothing else: it was not let in, not counted as a guess, and nothing fell over.
      if (answer.status !== 400) gains.push(`${what} at ${door}: ${answer.status}`)
    }
  }
  return gains
}

attack(
  'a code is sent as null, true, a number, a list, an object or not at all [R11]',
  { defence: 'a code is a text' },
  (target) =>
    tryAll(target, (code) => ({
      null: 'null',
      true: 'true',
      false: 'false',
      'an empty text': '""',
      'a number': String(Number(code) || 1),
      'a fraction': `${Number(code) || 1}.0`,
      'a list': `["${code}"]`,
      'a list in a list': `[["${code}"]]`,
      'an object': `{"code":"${code}"}`,
      'an object that looks like a text': `{"length":6,"toString":"${code}"}`,
      'a prototype': '{"__proto__":{"length":6}}',
    })),
)

attack(
  'a code is written in other digits, with a sign, a line or a NUL [R11]',
  { defence: 'a code has ASCII digits' },
  (target) =>
    tryAll(target, (code) => {
      const written = (zero: number) =>
        `"${Array.from(code, (digit) => String.fromCodePoint(zero + Number(digit))).join('')}"`
      return {
        'full-width digits': written(0xff10),
        'Arabic digits': written(0x0660),
        'Devanagari digits': written(0x0966),
        'mathematical digits': written(0x1d7ce),
        'a sign': `"+${code.slice(1)}"`,
        'a sign before all': `"+${code}"`,
        'an underline': `"${code.slice(0, 3)}_${code.slice(3)}"`,
        'a NUL at the end': String.raw`"${code}\u0000"`,
        'a NUL within': String.raw`"${code.slice(0, 3)}\u0000${code.slice(3)}"`,
        'a line end': String.raw`"${code}\n"`,
        'half a character': String.raw`"${code}\ud800"`,
        'an exponent': `"${code.slice(0, 4)}e0"`,
        'hexadecimal digits': '"0x1e24"',
      }
    }),
)

attack(
  'a code is sent with one digit fewer, or one more [R11]',
  { defence: 'a code has the length of the phone’s' },
  (target) =>
    tryAll(target, (code) => ({
      'five digits': `"${code.slice(0, 5)}"`,
      'seven digits': `"${code}0"`,
      'seven digits, a zero first': `"0${code}"`,
      'eight digits': `"${code}00"`,
      'twice the code': `"${code}${code}"`,
      'a thousand digits': `"${code.padEnd(1000, '0')}"`,
    })),
)

/* If a list is searched for the right code, one request is as many guesses as it has room for. */
attack(
  'a thousand codes in one request, as a list and as repeated names [R11] [R14]',
  { defence: 'one request is one guess' },
  async (target) => {
    const person = await owner(target)
    const stranger = target.browser()
    const given = await givePassword(stranger, person.login)
    const { ticket } = given.json<{ ticket: string }>()
    const wrong = wrongCode(person.phone)
    const head = `{"ticket":"${ticket}","method":"totp"`
    const list = [...Array.from({ length: 1000 }, () => wrong), person.phone.code(1)]
    const repeated = [person.phone.code(1), ...Array.from({ length: 100 }, () => wrong)]
    const bodies = [
      `${head},"code":${JSON.stringify(list)}}`,
      `${head}${repeated.map((code) => `,"code":"${code}"`).join('')}}`,
    ]
    for (const body of bodies) await postText(stranger, '/api/login/code', body)
    await stranger.send('POST', '/login', { form: { login: person.login, password: PASSWORD } })
    const fields = repeated.map((code) => `code=${code}`).join('&')
    await stranger.send('POST', '/login/code', {
      form: {},
      text: `method=totp&${fields}`,
    })
    return stranger.isSignedIn()
  },
)

attack(
  'ten megabytes are sent where a code belongs [R11] [R28]',
  { defence: 'a body has 16 KiB at most' },
  async (target) => {
    const { open } = await doors(target, await owner(target))
    const gains: string[] = []
    for (const [door, send] of Object.entries(open)) {
      const { status } = await send(`"${'1'.repeat(10_000_000)}"`)
      if (status !== 413) gains.push(`read at ${door}: ${status}`)
    }
    return gains
  },
)

/* Whatever stands in the place of a login or a password is refused, and nothing falls over. */
attack(
  'a login and a password are sent as anything but a text [R11]',
  { defence: 'what comes in is checked by shape' },
  async (target) => {
    const { login } = await owner(target)
    const gains: string[] = []
    const shapes = ['null', 'true', '1', '[]', '{}', `["${login}"]`, String.raw`"\u0000"`, '""']
    for (const shape of shapes) {
      for (const body of [
        `{"login":${shape},"password":"${PASSWORD}"}`,
        `{"login":"${login}","password":${shape}}`,
        `{"login":"${newLogin()}","password":${shape}}`,
        shape,
      ]) {
        for (const path of ['/api/login', '/api/register']) {
          const { status } = await postText(target.browser(), path, body)
          const refused = status >= 400 && status < 500
          if (!refused) gains.push(`${path} with ${body}: ${status}`)
        }
      }
    }
    return gains
  },
)
