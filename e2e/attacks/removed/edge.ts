/** Defences at the edge: what is taken in at all, from whom, and what is told about it. */
import { engine, http } from './edit.ts'
import type { Removals } from './edit.ts'

export const EDGE = {
  'a change comes from this very site': [
    { file: http('same-origin'), find: '!isOwn(c.req.raw.headers, baseUrl)', replace: 'false' },
  ],
  'a new passkey brings no certificate': [
    {
      file: engine('webauthn'),
      find: 'if (bringsCertificate(answer as RegistrationResponseJSON)) return undefined',
      replace: '',
    },
  ],
  'nothing changes on GET': [
    {
      file: http('pages/sign-in'),
      find: "app.get('/logout', (c) => c.redirect('/', 303))",
      replace: `app.get('/logout', async (c) => {
    await engine.self.logout(bearerOf(c, face))
    return c.redirect('/', 303)
  })`,
    },
  ],
  'a form has an origin': [
    {
      file: http('api/shared'),
      find: 'if (hasBody && !isJson)',
      replace: 'if (hasBody && isJson && !isJson)',
    },
    {
      file: http('same-origin'),
      find: "return site !== null || !FORM_TYPES.test(headers.get('content-type') ?? '')",
      replace: 'return true',
    },
  ],
  'a code is a text': [
    {
      file: engine('verify'),
      find: "if (typeof typed !== 'string' || typed.length > 64) return undefined\n  const digits = typed.replaceAll",
      replace: 'const digits = String(typed).replaceAll',
    },
  ],
  'a code has ASCII digits': [
    {
      file: engine('verify'),
      find: 'const digits = typed.replaceAll(/[ -]/g,',
      replace: "const digits = typed.normalize('NFKC').replaceAll(/[^0-9]/g,",
    },
  ],
  'a code has the length of the phone’s': [
    {
      file: engine('verify'),
      find: 'return /^[0-9]{6,8}$/.test(digits) ? digits : undefined',
      replace:
        "return /^[0-9]{5,9}$/.test(digits) ? digits.padStart(6, '0').slice(0, 6) : undefined",
    },
  ],
  'one request is one guess': [
    {
      file: engine('verify'),
      find: 'export function readDigits(typed: unknown): string | undefined {',
      replace: `export function readDigits(guesses: unknown): string | undefined {
  const typed = Array.isArray(guesses) ? String(guesses.at(-1)) : guesses`,
    },
  ],
  'a body has 16 KiB at most': [
    {
      file: http('app'),
      find: 'const MOST_BODY_BYTES = 16 * 1024',
      replace: 'const MOST_BODY_BYTES = 1024 ** 3',
    },
  ],
  'what comes in is checked by shape': [
    {
      file: http('shapes'),
      find: "    login: z.string().openapi({ example: 'ada@example.com' }),\n    password: z.string().openapi({ format: 'password' }),",
      replace: '    login: z.any(),\n    password: z.any(),',
    },
  ],
} as const satisfies Removals
