/**
 * The parts of the manual that are written from code: the NAME of a block → who writes it. A page asks for
 * one with `<!-- generated:NAME -->` and `<!-- /generated -->` on lines of their own, and
 * `npm run docs` fills the space between.
 *
 * To add one: a file here that exports a `Generator`, and a row below. It must not depend on the day, the
 * machine or the order of a directory, and it reads the same table that the program runs on.
 */
import { commands } from './commands.ts'
import { httpErrors, libraryErrors } from './errors.ts'
import { routes } from './routes.ts'
import { securityRequirements } from './security.ts'
import { settings } from './settings.ts'

export interface Generated {
  readonly markdown: string
  /** What is wrong with the source of the block, one line each. Fails the check, even with `--write`. */
  readonly problems?: readonly string[]
}

/** @param root the repository's folder */
export type Generator = (root: string) => Generated | Promise<Generated>

export const GENERATORS: Readonly<Record<string, Generator>> = {
  commands,
  'http-errors': httpErrors,
  'library-errors': libraryErrors,
  routes,
  'security-requirements': securityRequirements,
  settings,
}
