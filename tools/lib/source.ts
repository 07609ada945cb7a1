/**
 * A reading of TypeScript that is just good enough for the tools: which characters are code, and where
 * the string literals are. Comments and the insides of strings, templates and regular expressions come
 * back as spaces of the same length, so every position in `code` is a position in the file.
 *
 * It is a scanner, not a parser: a regular expression right after `)` or `}` is taken for a division.
 */
export interface StringLiteral {
  /** Position of the opening quote. */
  readonly start: number
  /** Between the quotes, as written. */
  readonly raw: string
}

export interface Scanned {
  readonly code: string
  readonly strings: ReadonlyMap<number, StringLiteral>
}

const BEFORE_REGEX = new Set(['return', 'typeof', 'case', 'in', 'of', 'delete', 'void', 'await'])

export function scan(source: string): Scanned {
  // UTF-16 units, not characters: positions must equal those of the source.
  const code = Array.from({ length: source.length }, (_, at) => source.charAt(at))
  const strings = new Map<number, StringLiteral>()

  function blank(start: number, end: number): number {
    for (let at = start; at < end; at++) if (code[at] !== '\n') code[at] = ' '
    return end
  }

  function past(mark: string, from: number): number {
    const at = source.indexOf(mark, from)
    return at === -1 ? source.length : at + mark.length
  }

  function quoted(start: number): number {
    let at = start + 1
    while (at < source.length && source[at] !== source[start] && source[at] !== '\n') {
      at += source[at] === '\\' ? 2 : 1
    }
    strings.set(start, { start, raw: source.slice(start + 1, at) })
    return blank(start + 1, at) + 1
  }

  function template(start: number): number {
    let at = start + 1
    let blankFrom = at
    while (at < source.length && source[at] !== '`') {
      if (source.startsWith('${', at)) {
        blank(blankFrom, at)
        at = expression(at + 2, true)
        blankFrom = at
      } else at += source[at] === '\\' ? 2 : 1
    }
    strings.set(start, { start, raw: source.slice(start + 1, at) })
    return blank(blankFrom, Math.min(at, source.length)) + 1
  }

  function regex(start: number): number {
    let inClass = false
    let at = start + 1
    for (; at < source.length && source[at] !== '\n'; at++) {
      if (source[at] === '\\') at++
      else if (source[at] === '[') inClass = true
      else if (source[at] === ']') inClass = false
      else if (source[at] === '/' && !inClass) break
    }
    return blank(start + 1, at) + 1
  }

  /** Walks code from `from` to the end, or to just after the `}` that closes a template's `${`. */
  function expression(from: number, insideTemplate: boolean): number {
    let depth = 0
    let regexMayStart = true
    let at = from
    while (at < source.length) {
      const char = source.charAt(at)
      if (source.startsWith('//', at)) {
        const end = source.indexOf('\n', at)
        at = blank(at, end === -1 ? source.length : end)
      } else if (source.startsWith('/*', at)) at = blank(at, past('*/', at + 2))
      else if (char === '"' || char === "'" || char === '`') {
        at = char === '`' ? template(at) : quoted(at)
        regexMayStart = false
      } else if (char === '/' && regexMayStart) {
        at = regex(at)
        regexMayStart = false
      } else if (/[\w$]/.test(char)) {
        const word = /[\w$]+/y
        word.lastIndex = at
        const text = word.exec(source)?.[0] ?? char
        at += text.length
        regexMayStart = BEFORE_REGEX.has(text)
      } else {
        if (char === '{') depth++
        if (char === '}' && depth-- === 0 && insideTemplate) return at + 1
        if (!/\s/.test(char)) regexMayStart = !/[)\]}]/.test(char)
        at++
      }
    }
    return at
  }

  expression(0, false)
  return { code: code.join(''), strings }
}

export function lineOf(source: string, position: number): number {
  return source.slice(0, position).split('\n').length
}

export interface ImportOf {
  readonly specifier: string
  /** Position of the specifier's opening quote. */
  readonly position: number
}

/** `import`, `export … from`, `import()`, `require()` and `import('…')` in types. */
const BEFORE_SPECIFIER = /(?:\bfrom|\bimport|\b(?:import|require)\s*\()\s*(?=['"`])/g

/** Every module that `source` names, and the positions of dynamic imports whose name is computed. */
export function importsOf(source: string): { imports: ImportOf[]; computed: number[] } {
  const { code, strings } = scan(source)
  const imports: ImportOf[] = []
  for (const match of code.matchAll(BEFORE_SPECIFIER)) {
    const literal = strings.get(match.index + match[0].length)
    if (literal) imports.push({ specifier: literal.raw, position: literal.start })
  }
  const computed = [...code.matchAll(/(?<![.\w$])import\s*\(\s*[^\s'"`]/g)].map((m) => m.index)
  return { imports, computed }
}
