/** Defences of what is told: who has an account, what was typed, and what a stolen or edited file gives. */
import { engine, http, rows } from './edit.ts'
import type { Removals } from './edit.ts'

/** Where the password step has refused. */
const REFUSED_PASSWORD = {
  file: engine('login'),
  find: '    return wrong\n  }\n  await renewHash(',
} as const

export const DISCLOSURE = {
  'an unknown login and a wrong password are one answer': [
    {
      ...REFUSED_PASSWORD,
      replace: `    if (account === undefined) throw new EngineError('LOGIN_INVALID')
    return wrong\n  }\n  await renewHash(`,
    },
  ],
  'a second factor is told of after the right password': [
    {
      ...REFUSED_PASSWORD,
      replace: `    if (account?.hasSecondFactor) throw new EngineError('CODE_REQUIRED')
    return wrong\n  }\n  await renewHash(`,
    },
  ],
  'a closed pool answers like a wrong password': [
    {
      file: engine('login'),
      find: "  const returnTry = counted.status === 'counted' ? counted.try : undefined\n",
      replace: `  const returnTry = counted.status === 'counted' ? counted.try : undefined
  if (returnTry === undefined) throw new EngineError('TOO_MANY_ATTEMPTS')\n`,
    },
  ],
  'a closed pool looks at no password': [
    {
      file: engine('login'),
      find: '    : await ports.passwords.verify(undefined, input.password)\n',
      replace: '    : await ports.passwords.verify(account?.passwordHash, input.password)\n',
    },
    {
      file: engine('login'),
      find: '  if (account === undefined || returnTry === undefined || !right) {',
      replace: '  if (account === undefined || !right) {',
    },
  ],
  'a taken login is told after the password rules': [
    {
      file: engine('accounts'),
      find: '  const password = acceptablePassword(input.password, ports, login)\n',
      replace: `  const taken = await ports.store.accountByLogin(loginKey(login))
  if (taken !== undefined) throw new EngineError('LOGIN_TAKEN')
  const password = acceptablePassword(input.password, ports, login)\n`,
    },
  ],
  'an invented ticket is refused whoever it names': [
    {
      file: engine('login'),
      find: `  if (found === undefined) return { status: 'refused', code: 'TICKET_REFUSED' }
  const { ticket, account, deviceId, bearer } = found`,
      replace: `  if (found === undefined) {
    const named = await ports.store.account(readToken(input.ticket)?.accountId ?? '')
    return { status: 'refused', code: named?.hasSecondFactor ? 'CODE_REFUSED' : 'TICKET_REFUSED' }
  }
  const { ticket, account, deviceId, bearer } = found`,
    },
  ],
  'a secret is sealed to its row': [
    {
      file: engine('open-authenticator'),
      find: 'return `halfminute/totp/${accountId}/${authenticatorId}`',
      replace: "return 'halfminute/totp'",
    },
  ],
  'a secret is sealed to its account': [
    {
      file: engine('open-authenticator'),
      find: 'return `halfminute/totp/${accountId}/${authenticatorId}`',
      replace: 'return `halfminute/totp/${authenticatorId}`',
    },
  ],
  'an event is tied to what it says': [
    {
      file: engine('event-chain'),
      find: 'const fields = [before, accountId, sequence, at, kind, result, factor, source]',
      replace: 'const fields = [before, accountId, sequence, at]',
    },
  ],
  'an event is tied to its place': [
    {
      file: engine('event-chain'),
      find: 'const fields = [before, accountId, sequence, at, kind, result, factor, source]',
      replace: 'const fields = [accountId, at, kind, result, factor, source]',
    },
  ],
  'the record must reach its head': [
    {
      file: engine('verify-events'),
      find: 'if (before !== undefined && end < before.sequence) {',
      replace: 'if (before !== undefined && end < 0) {',
    },
  ],
  'the head says what comes next': [
    {
      file: rows('events'),
      find: 'const head = await eventHead(db, event.accountId)',
      replace: `const { rows: newest } = await sql\`
    select sequence, hash from events where account_id = \${event.accountId}
    order by sequence desc limit 1\`.execute(db)
  const head = newest[0]`,
    },
  ],
  'a head that was kept must still stand': [
    {
      file: engine('verify-events'),
      find: '  if (known && (atKnown === undefined ||',
      replace: '  if (known && end < 0 && (atKnown === undefined ||',
    },
  ],
  // As a handler for development does it.
  'a refusal says nothing of the request': [
    {
      file: http('app'),
      find: '  app.onError((error, c) => {\n',
      replace: `  app.onError(async (error, c) => {
    const text = c.req.url + JSON.stringify(c.req.header()) + (await c.req.text().catch(() => ''))
    if (!isPage(c)) error = new Problem('REQUEST_INVALID', { errors: [{ member: '', text }] })\n`,
    },
  ],
  'a log line says nothing of the request but its route': [
    {
      file: http('log'),
      find: '      ...failure,\n',
      replace: '      ...failure,\n      detail: c.req.url + JSON.stringify(c.req.header()),\n',
    },
  ],
  'a form comes back without what was secret in it': [
    {
      file: http('pages/sign-in'),
      find: '      return refused(c, error, (problem) => signInPage(frameOf(c, face), { problem, login }))',
      replace: `      return refused(c, error, ({ text, fields }) => {
        const problem = { text: \`\${text} (\${field('password')})\`, fields }
        return signInPage(frameOf(c, face), { problem, login })
      })`,
    },
  ],
  'an event says nothing of what was typed': [
    {
      file: engine('login'),
      find: "      kind: 'password',\n      client,\n      counted:",
      replace:
        "      kind: 'password',\n      factor: input.password,\n      client,\n      counted:",
    },
  ],
  'no answer repeats a token': [
    {
      file: http('api/records'),
      find: 'sessions: all.map(sessionAnswer)',
      replace: 'sessions: all.map((one) => ({ token: bearer(c).token, ...sessionAnswer(one) }))',
    },
  ],
  'a session comes in its cookie alone': [
    {
      file: http('api/shared'),
      find: 'token: cookies.session.read(c),',
      replace: "token: cookies.session.read(c) ?? c.req.query('token'),",
    },
  ],
  'passwords and recovery codes are kept as hashes': [
    {
      file: engine('passwords'),
      find: "hash: (text) => turn(() => hash(text.normalize('NFC'), COST)),",
      replace: 'hash: (text) => Promise.resolve(text),',
    },
    {
      file: engine('passwords'),
      find: "const right = await turn(() => verify(phc ?? nobody, text.normalize('NFC')))",
      replace: 'const right = (phc ?? nobody) === text',
    },
  ],
  'tokens are kept as hashes': [
    {
      file: engine('tokens'),
      find: "return new Uint8Array(createHash('sha256').update(token).digest())",
      replace: "return new Uint8Array(Buffer.from(token.slice(0, 43), 'base64url'))",
    },
  ],
  'a failure of the vault names no key': [
    {
      file: engine('vault'),
      find: "detail: 'a box does not open', cause",
      replace: "detail: Buffer.from(bytesOf(key)).toString('base64'), cause",
    },
  ],
} as const satisfies Removals
