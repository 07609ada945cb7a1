/** One way to write a route down: method, path, what comes in, what goes out, which refusals to expect. */
import { createRoute } from '@hono/zod-openapi'
import type { z } from '@hono/zod-openapi'
import { PROBLEMS } from './problems.ts'
import type { ProblemCode } from './problems.ts'
import { ProblemShape } from './shapes.ts'

type Method = 'get' | 'post' | 'patch' | 'delete'

interface Answer {
  readonly status: number
  readonly shape?: z.ZodType
  readonly text: string
}

export function route<
  const M extends Method,
  const P extends string,
  Body extends z.ZodType = never,
  Parameters extends z.ZodObject = never,
>(definition: {
  method: M
  path: P
  summary: string
  body?: Body
  params?: Parameters
  answer: Answer
  refusals?: readonly ProblemCode[]
}) {
  const { method, path, summary, body, params, answer, refusals = [] } = definition
  const responses: Record<number, { description: string; content?: object }> = {
    [answer.status]: {
      description: answer.text,
      ...(answer.shape && { content: { 'application/json': { schema: answer.shape } } }),
    },
  }
  const all: ProblemCode[] = [...refusals, ...(body ? (['REQUEST_INVALID'] as const) : [])]
  for (const code of all) {
    const { status, text } = PROBLEMS[code]
    const before = responses[status]?.description
    responses[status] = {
      description: before === undefined ? `${code}: ${text}` : `${before} ${code}: ${text}`,
      content: { 'application/problem+json': { schema: ProblemShape } },
    }
  }
  return createRoute({
    method,
    path,
    summary,
    request: {
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
      ...(params && { params }),
    } as {
      body: { required: true; content: { 'application/json': { schema: Body } } }
      params: Parameters
    },
    responses,
  })
}
