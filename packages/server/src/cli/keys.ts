/**
 * `halfminute keys new`: the key file that a server in production starts with.
 * Promises: never over an existing file; what an old key sealed, a new one cannot open.
 */
import { existsSync } from 'node:fs'
import type { Command } from './command.ts'
import { refused, usage } from './errors.ts'

const DEFAULT_FILE = 'data/halfminute.key'

export const keys: Command = {
  name: 'keys',
  summary: 'Makes the file of keys that encrypt the secrets: halfminute keys new.',
  notes: [
    'The file is readable by its owner alone and is never overwritten. Keep a copy of it, apart from the database.',
  ],
  operands: ['new'],
  options: {
    'key-file': {
      value: 'FILE',
      help: `Where to write it. Default: HALFMINUTE_KEY_FILE, else ${DEFAULT_FILE}.`,
    },
  },
  async run({ operands: [action], options }, io) {
    if (action !== 'new') throw usage('unknown action', 'halfminute keys new')
    const path = options.get('key-file') ?? io.env['HALFMINUTE_KEY_FILE'] ?? DEFAULT_FILE
    if (existsSync(path)) {
      throw refused(
        'the key file exists already and was left alone',
        'name another with --key-file',
      )
    }
    const [{ generateKeyring }, { writeKeyFile }] = await Promise.all([
      import('@halfminute/engine'),
      import('../key-file.ts'),
    ])
    try {
      writeKeyFile(
        path,
        generateKeyring((length) => io.randomBytes(length)),
      )
    } catch {
      throw refused('the key file cannot be written', 'make its folder first, or name another file')
    }
    io.out(`${path}\n`)
    return 0
  },
}
