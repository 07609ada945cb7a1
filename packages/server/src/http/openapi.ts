/** The API's description, made from the very routes that answer (OpenAPI 3.1). */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { AppEnv } from './app-env.ts'

export function openApiDocument(app: OpenAPIHono<AppEnv>, sessionCookie: string) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookie,
  })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Halfminute',
      version: '0.1.0',
      description: 'Sign-in with two factors. Errors are RFC 9457 problem details with a `code`.',
      license: { name: 'MIT' },
    },
  })
}
